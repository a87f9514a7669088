//! Forks (`rollouts.md §8`): what they write, what they remember, how deep they go.

use std::fs;

use codex_protocol::{HistoryBase, HistoryMode, SessionMeta, ThreadId, TurnContext};
use codex_rollout::{LoadedThread, RolloutError, SkipReason, ThreadRef, ThreadWriter};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{Home, Lines, meta, ordinals, stored, told, user};

fn fork(home: &Home, source: ThreadId) -> (LoadedThread, ThreadWriter) {
    let new = SessionMeta { base_instructions: None, model_provider: None, ..meta(ThreadId::new_v7()) };
    home.store.fork(&ThreadRef::Id(source), new).expect("fork")
}

// covers: rollouts 20, rollouts 21, rollouts 22
#[test]
fn a_fork_refers_to_its_source_up_to_where_it_was() {
    let home = Home::new();
    let source = home.saved(&["one", "two"]);
    let source_path = home.file(source).path;
    let source_size = fs::metadata(&source_path).expect("file").len();

    let (thread, mut writer) = fork(&home, source);
    assert_eq!(told(&thread.history), ["user: one", "user: two"]);
    let id = writer.thread_id();
    assert_eq!((thread.meta.id, thread.path.as_path()), (id, writer.path()));
    let base = HistoryBase { thread_id: source, end_ordinal_exclusive: 3, end_byte_offset: source_size };
    assert_eq!(
        thread.meta,
        SessionMeta {
            forked_from_id: Some(source),
            forked_from_ordinal_exclusive: Some(3),
            history_base: Some(base),
            history_mode: Some(HistoryMode::Paginated),
            ..meta(id)
        }
    );
    // On disk before anything was appended.
    let lines = stored(writer.path());
    assert_eq!(ordinals(&lines), [3]);
    assert_eq!(
        serde_json::from_value::<SessionMeta>(lines[0]["payload"].clone()).expect("meta"),
        thread.meta
    );
    assert_eq!(thread.size, fs::metadata(writer.path()).expect("file").len());

    writer.append(&user("in the fork")).expect("append");
    assert_eq!(ordinals(&stored(writer.path())), [3, 4]);
    let (_, mut source_writer) = home.resume(source);
    source_writer.append(&user("in the source, later")).expect("append");
    drop(writer);
    let (again, writer) = home.resume(id);
    assert_eq!(told(&again.history), ["user: one", "user: two", "user: in the fork"]);
    assert_eq!(writer.next_ordinal(), 5);
}

// covers: rollouts 23
#[test]
fn forks_of_forks_resolve_to_any_depth() {
    let home = Home::new();
    let mut last = home.saved(&["0"]);
    for depth in 1..30 {
        let (_, mut writer) = fork(&home, last);
        writer.append(&user(&depth.to_string())).expect("append");
        last = writer.thread_id();
        drop(writer);
        // Neither the source nor anything between sees what comes later.
        let (_, mut side) = fork(&home, last);
        side.append(&user("aside")).expect("append");
    }
    let (thread, writer) = home.resume(last);
    let expected: Vec<String> = (0..30).map(|depth| format!("user: {depth}")).collect();
    assert_eq!(told(&thread.history), expected);
    assert_eq!(writer.next_ordinal(), 2 * 30);
}

#[test]
fn settings_reach_through_forks() {
    let home = Home::new();
    let mut lines = Lines::paginated();
    let context: TurnContext = crate::support::turn_context("m");
    lines.line("world_state", json!({"full": true, "state": {"a": 1, "b": 2}}));
    lines.line("turn_context", serde_json::to_value(&context).expect("json"));
    lines.line("token_usage_record", json!({"usage": {}, "thread_token_usage": {"total_tokens": 7}}));
    home.put(lines.id, &lines.text);
    let source = home.load(lines.id);
    let (_, mut writer) = fork(&home, lines.id);
    writer.append(&crate::support::world(false, json!({"b": 3}))).expect("append");
    let id = writer.thread_id();
    drop(writer);
    let thread = home.load(id);
    assert_eq!(thread.world_state, Some(json!({"a": 1, "b": 3})));
    assert_eq!(thread.turn_context, Some(context));
    assert_eq!(thread.thread_usage.total_tokens, 7);
    // The window goes on in the fork.
    assert_eq!(thread.window, source.window);
    assert_eq!(thread.next_ordinal, 6);
}

#[test]
fn a_fork_in_the_middle_of_a_turn_ends_with_the_last_whole_line() {
    let home = Home::new();
    let mut lines = Lines::paginated();
    lines.event(json!({"type": "task_started", "turn_id": "t"})).message("user", "a");
    let whole = lines.text.len() as u64;
    lines.raw("{\"timestamp\":\"t\",\"ordinal\":3,\"type\":\"response_item\",\"pay");
    home.put(lines.id, &lines.text);
    let (thread, writer) = fork(&home, lines.id);
    assert!(thread.mid_turn);
    assert_eq!(told(&thread.history), ["user: a"]);
    let base = thread.meta.history_base.expect("base");
    assert_eq!((base.end_byte_offset, base.end_ordinal_exclusive), (whole, 3));
    drop(writer);
    assert_eq!(home.load(thread.meta.id).skipped, []);
}

#[test]
fn a_source_with_a_live_writer_can_be_forked() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let mut writer = home.store.create(meta(id));
    writer.append(&user("a")).expect("append");
    let (thread, _fork) = fork(&home, id);
    writer.append(&user("b")).expect("append");
    assert_eq!(told(&home.load(thread.meta.id).history), ["user: a"]);
}

// covers: rollouts 24
#[test]
fn a_fork_of_a_legacy_thread_is_a_legacy_copy() {
    let home = Home::new();
    let mut lines = Lines::legacy();
    lines.message("user", "q1").message("assistant", "a1");
    let whole = lines.text.clone();
    lines.raw("{\"torn");
    home.put(lines.id, &lines.text);
    let (thread, mut writer) = fork(&home, lines.id);
    assert_eq!(thread.mode, HistoryMode::Legacy);
    let copied = fs::read(writer.path()).expect("file");
    assert!(copied.ends_with(&whole));
    let first = &stored(writer.path())[0];
    assert_eq!(first.get("ordinal"), None);
    assert_eq!(first["payload"]["history_mode"], "legacy");
    assert_eq!(first["payload"]["forked_from_id"], json!(lines.id));
    assert_eq!(first["payload"].get("history_base"), None);
    writer.append(&user("q2")).expect("append");
    drop(writer);
    // The copy needs its source no longer.
    fs::remove_file(home.file(lines.id).path).expect("remove");
    let (again, _) = home.resume(thread.meta.id);
    assert_eq!(told(&again.history), ["user: q1", "assistant: a1", "user: q2"]);
    assert_eq!(again.skipped, []);
}

#[test]
fn a_legacy_source_without_its_last_newline_is_copied_whole() {
    let home = Home::new();
    let mut lines = Lines::legacy();
    lines.message("user", "q1");
    lines.text.pop();
    home.put(lines.id, &lines.text);
    let (_, mut writer) = fork(&home, lines.id);
    writer.append(&user("q2")).expect("append");
    assert_eq!(stored(writer.path()).len(), 4);
}

#[test]
fn a_fork_whose_source_is_gone_says_so() {
    let home = Home::new();
    let source = home.saved(&["one"]);
    let (thread, writer) = fork(&home, source);
    drop(writer);
    fs::remove_file(home.file(source).path).expect("remove");
    let error = home.store.resume(&ThreadRef::Id(thread.meta.id)).expect_err("no source");
    assert!(error.to_string().starts_with("missing source rollout"), "{error}");
    assert!(error.hint().expect("hint").contains(&source.to_string()));
}

#[test]
fn a_source_that_lost_its_end_is_read_as_far_as_it_goes() {
    let home = Home::new();
    let source = home.saved(&["one", "two"]);
    let (thread, writer) = fork(&home, source);
    drop(writer);
    let path = home.file(source).path;
    let text = fs::read(&path).expect("file");
    fs::write(&path, &text[..text.len() - 5]).expect("file");
    let thread = home.load(thread.meta.id);
    assert_eq!(told(&thread.history), ["user: one"]);
    assert_eq!(thread.skipped[0].reason, SkipReason::SourceShort { origin: source });
}

#[test]
fn an_archived_source_still_serves_its_forks() {
    let home = Home::new();
    let source = home.saved(&["one"]);
    let (thread, writer) = fork(&home, source);
    drop(writer);
    home.store.archive(source).expect("archive");
    assert_eq!(told(&home.resume(thread.meta.id).0.history), ["user: one"]);
}

#[test]
fn forks_in_a_circle_are_refused() {
    let home = Home::new();
    let mut ids = [Lines::paginated(), Lines::paginated()];
    let [first, second] = [ids[0].id, ids[1].id];
    for (lines, other) in ids.iter_mut().zip([second, first]) {
        let base = json!({"thread_id": other, "end_ordinal_exclusive": 5, "end_byte_offset": 90000});
        let text = String::from_utf8(lines.text.clone()).expect("text");
        lines.text = text
            .replace("\"history_mode\"", &format!("\"history_base\":{base},\"history_mode\""))
            .into_bytes();
        home.put(lines.id, &lines.text);
    }
    let error = home.store.load(&home.file(first)).expect_err("circle");
    assert!(matches!(error, RolloutError::SourceCycle { id } if id == first), "{error}");
}

#[test]
fn forks_of_unknown_threads_leave_nothing_behind() {
    let home = Home::new();
    let error =
        home.store.fork(&ThreadRef::Id(ThreadId::new_v7()), meta(ThreadId::new_v7())).expect_err("none");
    assert!(matches!(error, RolloutError::NotFound { .. }), "{error}");
    assert_eq!(fs::read_dir(home.path()).expect("home").count(), 0);
}
