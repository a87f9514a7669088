//! Archive, unarchive, delete (`rollouts.md §9`).

use std::fs;

use codex_protocol::ThreadId;
use codex_rollout::{ListFilter, RolloutError, Shelf, ThreadRef};
use pretty_assertions::assert_eq;

use crate::support::{Home, meta, told};

// covers: rollouts 19
#[test]
fn an_archived_thread_is_resumed_only_after_it_was_taken_back() {
    let home = Home::new();
    let id = home.saved(&["hi"]);
    home.store.set_name(id, "work").expect("name");
    let before = home.file(id).path;
    let archived = home.store.archive(id).expect("archive");
    assert_eq!(archived, home.path().join("archived_sessions").join(before.file_name().expect("name")));

    for thread in [ThreadRef::Id(id), ThreadRef::Name("work".to_owned())] {
        let error = home.store.resume(&thread).expect_err("archived");
        assert!(matches!(error, RolloutError::Archived { .. }), "{error}");
        assert_eq!(error.to_string(), format!("thread {id} is archived"));
        assert!(error.hint().expect("hint").contains(&format!("codex unarchive {id}")));
    }
    assert_eq!(home.store.find(&ThreadRef::Last { cwd: None }).expect("find"), None);
    assert!(home.store.archive(id).is_err());
    let shelf = ListFilter { shelf: Shelf::Archived, ..ListFilter::default() };
    assert_eq!(home.store.list(&shelf).expect("list").len(), 1);

    assert_eq!(home.store.unarchive(id).expect("unarchive"), before);
    assert_eq!(told(&home.resume(id).0.history), ["user: hi"]);
    let error = home.store.unarchive(id).expect_err("not archived");
    assert!(matches!(error, RolloutError::NotArchived { .. }), "{error}");
    let unknown = home.store.unarchive(ThreadId::new_v7()).expect_err("unknown");
    assert!(matches!(unknown, RolloutError::NotFound { .. }), "{unknown}");
}

#[test]
fn a_thread_that_is_written_is_neither_moved_nor_deleted() {
    let home = Home::new();
    let id = home.saved(&["hi"]);
    let (_, writer) = home.resume(id);
    assert!(matches!(home.store.archive(id), Err(RolloutError::ActiveWriter { .. })));
    assert!(matches!(home.store.delete(id), Err(RolloutError::ActiveWriter { .. })));
    assert!(writer.path().exists());
}

#[test]
fn a_source_is_deleted_after_its_forks() {
    let home = Home::new();
    let source = home.saved(&["hi"]);
    let (fork, writer) = home.store.fork(&ThreadRef::Id(source), meta(ThreadId::new_v7())).expect("fork");
    drop(writer);
    home.store.archive(fork.meta.id).expect("archive");
    let error = home.store.delete(source).expect_err("has forks");
    assert!(matches!(&error, RolloutError::HasForks { forks, .. } if *forks == [fork.meta.id]), "{error}");
    home.store.delete(fork.meta.id).expect("delete");
    home.store.delete(source).expect("delete");
    assert_eq!(home.store.find(&ThreadRef::Id(source)).expect("find"), None);
    assert!(matches!(home.store.delete(source), Err(RolloutError::NotFound { .. })));
}

#[test]
fn nothing_is_overwritten_by_moving() {
    let home = Home::new();
    let id = home.saved(&["hi"]);
    let path = home.file(id).path;
    let taken = home.path().join("archived_sessions").join(path.file_name().expect("name"));
    fs::create_dir_all(taken.parent().expect("folder")).expect("folder");
    fs::write(&taken, "other").expect("file");
    assert!(matches!(home.store.archive(id), Err(RolloutError::Exists { .. })));
    assert_eq!(fs::read_to_string(taken).expect("file"), "other");
    assert!(path.exists());
}
