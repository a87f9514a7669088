//! One writer per thread, also between processes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use codex_protocol::ThreadId;
use codex_rollout::{RolloutError, ThreadRef, ThreadStore};
use pretty_assertions::assert_eq;

use crate::support::{Home, meta, user};

const HOME_VAR: &str = "ROLLOUT_TEST_HOME";
const THREAD_VAR: &str = "ROLLOUT_TEST_THREAD";

// covers: rollouts 29
#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let mut writer = home.store.create(meta(id));
    writer.append(&user("hi")).expect("append");

    let refused = home.store.resume(&ThreadRef::Id(id)).expect_err("locked");
    assert!(matches!(refused, RolloutError::ActiveWriter { id: held, .. } if held == id), "{refused}");
    assert_eq!(refused.to_string(), format!("thread {id} already has an active writer"));
    assert!(refused.hint().expect("hint").contains("fork"));
    // Reading and forking need no lock.
    assert_eq!(home.load(id).history.len(), 1);
    home.store.fork(&ThreadRef::Id(id), meta(ThreadId::new_v7())).expect("fork");

    drop(writer);
    let (_, mut writer) = home.resume(id);
    writer.append(&user("again")).expect("append");
    drop(writer);
    assert_eq!(home.load(id).history.len(), 2);
    let left: Vec<_> = std::fs::read_dir(home.path().join("thread-writer-locks"))
        .expect("locks")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    assert_eq!(left, [".coordination.lock"]);
}

#[test]
fn a_lock_file_left_behind_is_no_lock() {
    let home = Home::new();
    let id = home.saved(&["hi"]);
    let lock = home.path().join(format!("thread-writer-locks/{id}.lock"));
    std::fs::write(lock, "").expect("lock");
    home.resume(id);
}

/// Not a test of its own: the other process of the test below.
#[test]
fn child_holds_the_lock() {
    let (Ok(home), Ok(thread)) = (std::env::var(HOME_VAR), std::env::var(THREAD_VAR)) else { return };
    let id: ThreadId = thread.parse().expect("id");
    let (_, mut writer) = ThreadStore::new(home).resume(&ThreadRef::Id(id)).expect("resume");
    writer.append(&user("from the child")).expect("append");
    println!("\nlocked");
    // Ends only by being killed, or when the parent is gone.
    let _ = std::io::stdin().read(&mut [0]);
}

// covers: rollouts 29
#[test]
fn the_lock_dies_with_its_process() {
    let home = Home::new();
    let id = home.saved(&["hi"]);
    let mut child = Command::new(std::env::current_exe().expect("path"))
        .args(["--exact", "lock::child_holds_the_lock", "--nocapture", "--test-threads=1"])
        .env(HOME_VAR, home.path())
        .env(THREAD_VAR, id.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("child");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    assert!(lines.any(|line| line.expect("line") == "locked"));
    assert!(matches!(home.store.resume(&ThreadRef::Id(id)), Err(RolloutError::ActiveWriter { .. })));
    child.kill().expect("kill");
    child.wait().expect("wait");
    assert_eq!(home.resume(id).0.history.len(), 2);
}
