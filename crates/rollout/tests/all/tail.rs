//! Loading costs what the live context costs, not what the file weighs.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use codex_rollout::{ThreadRef, ThreadStore};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{Home, Lines, meta, told, user};

/// Bytes the first line and the reader's blocks may cost beside the context itself.
const OVERHEAD_BYTES_MAX: u64 = 512 * 1024;

/// Makes the file large in front of `tail`, which begins with a compaction.
fn put_large(home: &Home, bytes: usize, tail: impl FnOnce(&mut Lines)) -> codex_protocol::ThreadId {
    let mut lines = Lines::paginated();
    let path = home.put(lines.id, &lines.text);
    let mut file = BufWriter::new(File::create(path).expect("file"));
    let filler = "x".repeat(8000);
    while lines.text.len() < 100_000 {
        lines
            .message("assistant", &filler)
            .event(json!({"type": "item_completed", "item": {"text": filler}}));
    }
    let mut written = 0;
    while written < bytes {
        file.write_all(&lines.text).expect("write");
        written += lines.text.len();
        lines.text.clear();
        while lines.text.len() < 100_000 {
            lines.message("assistant", &filler);
        }
    }
    lines.text.clear();
    tail(&mut lines);
    file.write_all(&lines.text).expect("write");
    lines.id
}

#[test]
fn what_was_before_the_last_compaction_is_not_read() {
    let home = Home::new();
    let id = put_large(&home, 20 * 1024 * 1024, |lines| {
        lines.line("compacted", json!({"replacement_history": [], "window_number": 1}));
        lines.message("user", "after");
    });
    let (thread, writer) = home.resume(id);
    assert_eq!(told(&thread.history), ["user: after"]);
    assert!(thread.size > 20 * 1024 * 1024);
    assert!(thread.bytes_read < OVERHEAD_BYTES_MAX, "{} of {} bytes", thread.bytes_read, thread.size);
    drop(writer);

    let (fork, _) =
        home.store.fork(&ThreadRef::Id(id), meta(codex_protocol::ThreadId::new_v7())).expect("fork");
    assert!(fork.bytes_read < OVERHEAD_BYTES_MAX);
    assert!(fork.size < 8 * 1024, "a fork is small: {} bytes", fork.size);
}

#[test]
fn a_compaction_in_the_fork_leaves_its_source_alone() {
    let home = Home::new();
    let source = put_large(&home, 4 * 1024 * 1024, |lines| {
        lines.message("user", "q");
    });
    let id = codex_protocol::ThreadId::new_v7();
    let (_, mut writer) = home.store.fork(&ThreadRef::Id(source), meta(id)).expect("fork");
    writer.append(&user("before")).expect("append");
    let path = writer.path().to_owned();
    let next = writer.next_ordinal();
    drop(writer);
    let mut lines = std::fs::read_to_string(&path).expect("file");
    for (at, (kind, payload)) in [
        ("compacted", json!({"replacement_history": [], "window_number": 1})),
        ("turn_context", serde_json::to_value(crate::support::turn_context("m")).expect("json")),
        ("token_usage_record", json!({"usage": {}, "thread_token_usage": {}})),
        ("event_msg", json!({"type": "task_complete"})),
    ]
    .into_iter()
    .enumerate()
    {
        let line = json!({"timestamp": "t", "ordinal": next + at as u64, "type": kind, "payload": payload});
        lines.push_str(&format!("{line}\n"));
    }
    std::fs::write(&path, lines).expect("file");
    let source_path = home.file(source).path;
    std::fs::remove_file(source_path).expect("remove");
    let (thread, _) = home.resume(id);
    assert_eq!((thread.history.len(), thread.window.number), (0, 1));
    assert!(thread.bytes_read < 16 * 1024, "{}", thread.bytes_read);
}

#[test]
fn a_giant_line_that_is_not_needed_is_read_once_and_not_kept() {
    let home = Home::new();
    let mut lines = Lines::paginated();
    let output = "y".repeat(6 * 1024 * 1024);
    lines.message("user", "a").event(json!({"x": output, "type": "item_completed"})).message("user", "b");
    // In the order writers use, the type is first.
    lines.raw(format!(
        "{{\"timestamp\":\"t\",\"ordinal\":4,\"type\":\"event_msg\",\"payload\":{{\"type\":\"item_completed\",\"x\":\"{output}\"}}}}\n"
    ));
    lines.message("user", "c");
    home.put(lines.id, &lines.text);
    let thread = ThreadStore::new(home.path()).load(&home.file(lines.id)).expect("load");
    assert_eq!(told(&thread.history), ["user: a", "user: b", "user: c"]);
    // The line in an unusual order is read twice, the other once.
    let output = output.len() as u64;
    assert!(thread.bytes_read < 3 * output + OVERHEAD_BYTES_MAX, "{}", thread.bytes_read);
}

#[test]
fn a_giant_item_is_kept_whole() {
    let home = Home::new();
    let mut lines = Lines::paginated();
    let image = "z".repeat(5 * 1024 * 1024);
    lines.message("user", &image).message("user", "b");
    home.put(lines.id, &lines.text);
    assert_eq!(told(&home.load(lines.id).history), [format!("user: {image}"), "user: b".to_owned()]);
}
