//! Finding threads by id, by name and the last one; packed threads.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use codex_protocol::{SessionMeta, ThreadId};
use codex_rollout::{ListFilter, ListOrder, Packing, Prompt, PromptLog, RolloutError, ThreadFile, ThreadRef};
use codex_secrets::KnownSecrets;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{Home, Lines, meta, stored, told, user};

fn found(home: &Home, thread: &ThreadRef) -> Option<ThreadFile> {
    home.store.find(thread).expect("find")
}

// covers: rollouts 18
#[test]
fn the_files_alone_are_enough() {
    let home = Home::new();
    let id = home.saved(&["hi"]);
    // A home with nothing but `sessions`.
    fs::remove_dir_all(home.path().join("thread-writer-locks")).expect("remove");
    let (thread, _) = home.resume(id);
    assert_eq!(told(&thread.history), ["user: hi"]);
    assert_eq!(found(&home, &ThreadRef::Last { cwd: None }).map(|file| file.id), Some(id));
}

#[test]
fn a_file_is_found_by_id_anywhere_below_sessions() {
    let home = Home::new();
    let id = home.saved(&["hi"]);
    let file = home.file(id);
    let name = file.path.file_name().expect("name").to_owned();
    for folder in ["sessions", "sessions/2001/01/01", "sessions/a/b/c/d/e"] {
        let moved = home.path().join(folder).join(&name);
        fs::create_dir_all(moved.parent().expect("folder")).expect("folder");
        fs::rename(home.file(id).path, &moved).expect("move");
        assert_eq!(home.file(id).path, moved);
    }
    let odd = home.path().join("sessions").join(format!("foo-{id}.jsonl"));
    fs::rename(home.file(id).path, odd).expect("move");
    assert_eq!(found(&home, &ThreadRef::Id(id)), None);
}

#[test]
fn an_unknown_thread_is_named_with_the_way_out() {
    let home = Home::new();
    for (thread, message) in [
        (
            ThreadRef::parse("01a1fcb1-7956-71e3-9cb6-b65e57be8259"),
            "no saved thread with id 01a1fcb1-7956-71e3-9cb6-b65e57be8259",
        ),
        (ThreadRef::parse("my work"), "no saved thread named `my work`"),
        (ThreadRef::Last { cwd: Some("/x".into()) }, "no saved thread was started in /x"),
        (ThreadRef::Last { cwd: None }, "no saved thread at all"),
    ] {
        let error = home.store.resume(&thread).expect_err("none");
        assert_eq!(error.to_string(), message);
        assert!(error.hint().is_some());
    }
}

fn age(file: &ThreadFile, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - seconds);
    File::options().append(true).open(&file.path).expect("file").set_modified(time).expect("time");
}

#[test]
fn the_last_thread_is_the_one_written_last_in_the_folder() {
    let home = Home::new();
    let saved = |cwd: &str, source: serde_json::Value, seconds: u64| {
        let id = ThreadId::new_v7();
        let mut writer = home.store.create(SessionMeta { cwd: cwd.into(), source, ..meta(id) });
        writer.append(&user("hi")).expect("append");
        age(&home.file(id), seconds);
        id
    };
    let older_here = saved("/here", json!("exec"), 50);
    let newest_here = saved("/here", json!("cli"), 40);
    let elsewhere = saved("/elsewhere", json!("exec"), 30);
    saved("/here", json!({"subagent": "review"}), 20);
    let broken = home.put(ThreadId::new_v7(), "garbage");
    let empty = home.put(ThreadId::new_v7(), "");
    let last = |cwd: Option<&str>| {
        found(&home, &ThreadRef::Last { cwd: cwd.map(PathBuf::from) }).map(|file| file.id)
    };
    assert_eq!(last(Some("/here")), Some(newest_here));
    assert_eq!(last(Some("/elsewhere")), Some(elsewhere));
    assert_eq!(last(Some("/nowhere")), None);
    assert_eq!(last(None), Some(elsewhere));
    // Resuming an old thread makes it the last one.
    home.resume(older_here).1.append(&user("more")).expect("append");
    assert_eq!(last(Some("/here")), Some(older_here));
    assert!(broken.exists() && empty.exists());

    let listed: Vec<ThreadId> = home
        .store
        .list(&ListFilter { cwd: Some("/here".into()), ..ListFilter::default() })
        .expect("list")
        .into_iter()
        .map(|thread| thread.file.id)
        .collect();
    assert_eq!(listed, [older_here, newest_here]);
}

#[test]
fn the_newest_line_of_an_id_is_its_name() {
    let home = Home::new();
    let [first, second, gone] = [home.saved(&["1"]), home.saved(&["2"]), home.saved(&["3"])];
    let by_name = |name: &str| found(&home, &ThreadRef::Name(name.to_owned())).map(|file| file.id);
    assert_eq!(by_name("work"), None);
    home.store.set_name(first, "work").expect("name");
    home.store.set_name(second, "Work").expect("name");
    assert_eq!((by_name("work"), by_name("Work"), by_name("wor")), (Some(first), Some(second), None));
    home.store.set_name(first, "other").expect("name");
    assert_eq!((by_name("work"), by_name("other")), (None, Some(first)));
    // Two threads of one name: the one named last, as long as it is there.
    home.store.set_name(second, "other").expect("name");
    home.store.set_name(gone, "other").expect("name");
    assert_eq!(by_name("other"), Some(gone));
    home.store.delete(gone).expect("delete");
    assert_eq!(by_name("other"), Some(second));

    let index = home.path().join("session_index.jsonl");
    let lines = stored(&index);
    assert_eq!((lines.len(), &lines[0]["id"], &lines[0]["thread_name"]), (5, &json!(first), &json!("work")));
    // A torn or odd line in the index costs only itself.
    fs::write(&index, format!("garbage\n{{\"id\":\"{first}\",\"thread_name\":\"kept\"}}\n{{\"id\":\"01a1"))
        .expect("file");
    assert_eq!(by_name("kept"), Some(first));
    home.store.set_name(second, "new").expect("name");
    assert_eq!((by_name("kept"), by_name("new")), (Some(first), Some(second)));
    for name in ["", "  ", "a\nb"] {
        assert!(matches!(home.store.set_name(first, name), Err(RolloutError::InvalidName { .. })));
    }
}

#[test]
fn names_and_prompts_are_kept_without_secrets() {
    let home = Home::new();
    let id = home.saved(&["1"]);
    let secrets = KnownSecrets::none();
    let store = home.store.clone().masking(secrets.clone());
    let log = PromptLog::new(home.path(), None).masking(secrets.clone());
    let prompt = |text: &str| Prompt { session_id: id, ts: 1, text: text.to_owned() };
    log.append(&prompt("use sk-4f9A0bC1")).expect("prompt");
    secrets.learn("API_KEY", "sk-4f9A0bC1");
    log.append(&prompt("use sk-4f9A0bC1")).expect("prompt");
    store.set_name(id, "about sk-4f9A0bC1").expect("name");
    // What was written before a secret was known stays.
    let expected = [prompt("use [secret:API_KEY]"), prompt("use sk-4f9A0bC1")];
    assert_eq!(log.newest(9).expect("prompts"), expected);
    assert_eq!(store.name(id).expect("name").as_deref(), Some("about [secret:API_KEY]"));
}

/// Packs a thread's file as the official program does.
fn pack(file: &ThreadFile) -> PathBuf {
    let text = fs::read(&file.path).expect("file");
    let packed = PathBuf::from(format!("{}.zst", file.path.display()));
    fs::write(&packed, zstd::encode_all(&text[..], 3).expect("pack")).expect("file");
    packed
}

// covers: rollouts 17
#[test]
fn a_packed_thread_is_unpacked_when_it_is_resumed() {
    let home = Home::new();
    let id = home.saved(&["one"]);
    let plain = home.file(id);
    let packed = pack(&plain);
    assert_eq!(home.file(id), plain, "the plain file wins");
    fs::remove_file(&plain.path).expect("remove");

    let file = home.file(id);
    assert_eq!(file, ThreadFile { id, part: id, path: packed.clone(), packing: Packing::Zstd });
    // Reading alone, and forking, leave it packed.
    assert_eq!(told(&home.store.load(&file).expect("load").history), ["user: one"]);
    let (fork, writer) = home.store.fork(&ThreadRef::Id(id), meta(ThreadId::new_v7())).expect("fork");
    drop(writer);
    assert_eq!(told(&home.load(fork.meta.id).history), ["user: one"]);
    assert!(packed.exists() && !plain.path.exists());

    let (thread, mut writer) = home.resume(id);
    assert_eq!((told(&thread.history), thread.path.as_path()), (vec!["user: one".to_owned()], writer.path()));
    assert!(!packed.exists());
    writer.append(&user("two")).expect("append");
    assert_eq!(stored(&plain.path).len(), 3);
}

#[test]
fn a_damaged_packed_thread_stays_as_it_is() {
    let home = Home::new();
    let id = home.saved(&["one"]);
    let plain = home.file(id);
    let packed = pack(&plain);
    fs::remove_file(&plain.path).expect("remove");
    let bytes = fs::read(&packed).expect("file");
    fs::write(&packed, &bytes[..bytes.len() / 2]).expect("file");
    assert!(matches!(home.store.resume(&ThreadRef::Id(id)), Err(RolloutError::Read { .. })));
    let left: Vec<_> = fs::read_dir(packed.parent().expect("folder")).expect("folder").collect();
    assert_eq!((left.len(), packed.exists()), (1, true));
}

#[test]
fn a_thread_is_listed_with_its_name() {
    let home = Home::new();
    let mut lines = Lines::legacy();
    lines.message("user", "a");
    home.put(lines.id, &lines.text);
    home.store.set_name(lines.id, "old one").expect("name");
    let listed = home.store.list(&ListFilter::default()).expect("list");
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.as_deref(), listed[0].meta.cli_version.as_str()), (Some("old one"), "0.40.0"));
}

#[test]
fn only_the_files_of_a_page_are_looked_into() {
    let home = Home::new();
    let ids: Vec<ThreadId> = (0..300).map(|_| home.saved(&["a"])).collect();
    let files: Vec<PathBuf> = ids.iter().map(|id| home.file(*id).path).collect();
    let order = ListFilter { order: ListOrder::Created, ..ListFilter::default() };
    let mut pages = home.store.pages(&order).expect("pages");
    let first: Vec<ThreadId> = pages.page(100).iter().map(|thread| thread.file.id).collect();
    let newest: Vec<ThreadId> = ids.iter().rev().take(100).copied().collect();
    assert_eq!((first, pages.left()), (newest, 200));
    // What the pages have not reached is read when they do, not before: these say nothing any more.
    for file in &files[50..200] {
        fs::write(file, "").expect("file");
    }
    assert_eq!((pages.page(100).len(), pages.left()), (0, 100));
    assert_eq!((pages.page(1000).len(), pages.left()), (50, 0));
    assert_eq!(pages.page(10).len(), 0);
}
