//! A full disk at every byte, a read-only home: what was whole stays whole, and the next try works.

use std::fs;

use codex_protocol::ThreadId;
use codex_rollout::{Faults, RolloutError, ThreadStore};
use pretty_assertions::assert_eq;

use crate::support::{Home, Lines, meta, ordinals, stored, told, user};

fn batch() -> [codex_protocol::RolloutItem; 2] {
    [user("second"), user("third")]
}

fn assert_full(error: &RolloutError) {
    assert!(matches!(error, RolloutError::Write { .. }), "{error}");
    assert!(error.hint().expect("hint").contains("free some space"), "{error}");
}

#[test]
fn a_disk_full_at_any_byte_of_a_batch_leaves_whole_lines_only() {
    let home = Home::new();
    let faults = Faults::default();
    let store = home.store.with_faults(faults.clone());
    let mut writer = store.create(meta(ThreadId::new_v7()));
    writer.append(&user("first")).expect("append");
    let before = fs::read(writer.path()).expect("file");
    writer.append_all(&batch()).expect("append");
    let size = fs::metadata(writer.path()).expect("file").len() - before.len() as u64;

    for room in 0..size {
        let id = ThreadId::new_v7();
        faults.set_bytes_left(u64::MAX);
        let mut writer = store.create(meta(id));
        writer.append(&user("first")).expect("append");
        let before = fs::read(writer.path()).expect("file");
        faults.set_bytes_left(room);
        assert_full(&writer.append_all(&batch()).expect_err("full"));
        assert_eq!(fs::read(writer.path()).expect("file"), before, "after {room} bytes");
        faults.set_bytes_left(u64::MAX);
        writer.append_all(&batch()).expect("there is room again");
        assert_eq!(ordinals(&stored(writer.path())), [0, 1, 2, 3], "after {room} bytes");
    }
}

#[test]
fn a_disk_full_at_the_first_append_leaves_no_file() {
    let home = Home::new();
    let faults = Faults::full_after(100);
    let store = home.store.with_faults(faults.clone());
    let mut writer = store.create(meta(ThreadId::new_v7()));
    assert_full(&writer.append(&user("first")).expect_err("full"));
    assert!(!writer.path().exists());
    faults.set_bytes_left(u64::MAX);
    writer.append(&user("first")).expect("append");
    assert_eq!(ordinals(&stored(writer.path())), [0, 1]);
}

#[test]
fn a_torn_line_that_cannot_be_cut_off_is_never_followed_by_good_text() {
    let home = Home::new();
    let faults = Faults::default();
    let store = home.store.clone().with_faults(faults.clone());
    let id = ThreadId::new_v7();
    let mut writer = store.create(meta(id));
    writer.append(&user("first")).expect("append");
    faults.set_truncate_fails(true);
    for room in [0, 30, 1, 30] {
        faults.set_bytes_left(room);
        assert_full(&writer.append_all(&batch()).expect_err("full"));
    }
    faults.set_bytes_left(u64::MAX);
    writer.append_all(&batch()).expect("append");
    let thread = home.load(id);
    assert_eq!(told(&thread.history), ["user: first", "user: second", "user: third"]);
    assert_eq!(thread.next_ordinal, 4);
    assert_eq!(thread.skipped_total, 2);
}

// covers: rollouts 24
#[test]
fn half_a_copied_fork_is_removed() {
    let home = Home::new();
    let mut lines = Lines::legacy();
    lines.message("user", "q1").message("assistant", "a1");
    home.put(lines.id, &lines.text);
    let store = home.store.clone().with_faults(Faults::full_after(900));
    let id = ThreadId::new_v7();
    let error = store.fork(&codex_rollout::ThreadRef::Id(lines.id), meta(id)).expect_err("full");
    assert_full(&error);
    assert_eq!(home.store.find(&codex_rollout::ThreadRef::Id(id)).expect("find"), None);
}

#[test]
fn a_home_that_cannot_be_written_is_named_with_the_way_out() {
    let dir = tempfile::TempDir::new().expect("folder");
    // A file where the home should be: also the superuser cannot make folders in it.
    let home = dir.path().join("home");
    fs::write(&home, "").expect("file");
    let mut writer = ThreadStore::new(&home).create(meta(ThreadId::new_v7()));
    let error = writer.append(&user("hi")).expect_err("no folder");
    assert_eq!(error.to_string(), format!("cannot write {}", home.join("thread-writer-locks").display()));

    let read_only = RolloutError::Write { path: home, source: std::io::ErrorKind::ReadOnlyFilesystem.into() };
    assert!(read_only.hint().expect("hint").contains("--ephemeral"));
}
