//! Commands that outlive their call: yields, polls, typing, pruning, and the end of the thread.

use std::time::{Duration, Instant};

use codex_protocol::{CallKind, ItemStatus};
use codex_tools::CallEnd;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, CommandText, text, workspace_write};

fn bench() -> Bench {
    Bench::new(workspace_write())
}

// covers: tools T10
#[tokio::test]
async fn a_command_that_outlives_the_wait_becomes_a_session() {
    let mut bench = bench();
    let result =
        bench.exec(json!({"cmd": "echo early; sleep 3; echo late; exit 4", "yield_time_ms": 1000})).await;
    let session = result.session();
    assert!((1.0..2.5).contains(&result.wall), "{result:?}");
    assert_eq!(result.output, "early\n");

    let ended = bench.write_stdin(json!({"session_id": session})).await;
    assert_eq!((ended.state.as_str(), ended.output.as_str()), ("Process exited with code 4", "late\n"));
    assert!(ended.wall < 4.0, "a poll returns as soon as the process ends: {ended:?}");
    let item = bench.completed_command().await;
    assert_eq!(
        (item.status, item.exit_code, item.aggregated_output.as_str()),
        (ItemStatus::Failed, Some(4), "early\nlate\n")
    );

    let gone = bench.function("write_stdin", json!({"session_id": session})).await;
    assert_eq!(gone, format!("write_stdin failed: Unknown process id {session}"));
}

// covers: tools T11
#[tokio::test]
async fn the_shortest_wait_is_a_quarter_of_a_second() {
    let mut bench = bench();
    let result = bench.exec(json!({"cmd": "sleep 3", "yield_time_ms": 1})).await;
    result.session();
    assert!((0.25..1.50).contains(&result.wall), "{result:?}");
}

// covers: tools T16
#[tokio::test]
async fn an_unknown_session_is_named() {
    let mut bench = bench();
    assert_eq!(
        bench.function("write_stdin", json!({"session_id": 12345, "chars": "x"})).await,
        "write_stdin failed: Unknown process id 12345"
    );
}

// covers: tools T17
#[tokio::test]
async fn a_session_without_a_terminal_cannot_be_typed_into() {
    let mut bench = bench();
    let session = bench.exec(json!({"cmd": "sleep 5", "yield_time_ms": 250})).await.session();
    let answer = bench.function("write_stdin", json!({"session_id": session, "chars": "x\n"})).await;
    assert!(answer.starts_with("write_stdin failed: stdin is closed for this session; "), "{answer}");
    assert!(answer.contains("tty=true"), "{answer}");
}

// covers: tools T18
#[tokio::test]
async fn text_and_ctrl_c_reach_a_terminal() {
    let mut bench = bench();
    let session = bench.exec(json!({"cmd": "cat", "tty": true, "yield_time_ms": 250})).await.session();
    let echoed = bench.write_stdin(json!({"session_id": session, "chars": "hello\n"})).await;
    assert_eq!((echoed.session(), echoed.output.as_str()), (session, "hello\r\nhello\r\n"));
    let ended = bench.write_stdin(json!({"session_id": session, "chars": "\u{3}"})).await;
    assert_eq!(ended.output, "^C");
    assert!(ended.state.starts_with("Process exited with code "), "{ended:?}");
}

// covers: tools T20
#[tokio::test]
async fn a_terminal_has_24_rows_80_columns_and_is_an_xterm() {
    let mut bench = bench();
    let result = bench.exec(json!({"cmd": "stty size; echo $TERM", "tty": true})).await;
    assert_eq!(result.output, "24 80\r\nxterm\r\n");
}

// covers: tools T19
#[tokio::test]
async fn a_65th_session_prunes_an_old_one() {
    let mut bench = bench();
    // Started side by side: one after the other they would take 65 waits.
    let mut sessions = Vec::new();
    let first = bench.exec(json!({"cmd": "sleep 60", "yield_time_ms": 250})).await.session();
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let arguments = json!({"cmd": "sleep 60", "yield_time_ms": 250, "login": false}).to_string();
            let call = bench.next_call(CallKind::Function, "exec_command", arguments);
            tokio::spawn(bench.registry.run(call, bench.cx.clone()))
        })
        .collect();
    for call in calls {
        sessions.push(CommandText::parse(&text(call.await.unwrap())).session());
    }
    let item = bench.completed_command().await;
    assert_eq!(
        (item.process_id, item.exit_code, item.status),
        (Some(first.to_string()), Some(-1), ItemStatus::Failed)
    );
    assert_eq!(
        bench.function("write_stdin", json!({"session_id": first})).await,
        format!("write_stdin failed: Unknown process id {first}")
    );
    let typed = bench.function("write_stdin", json!({"session_id": sessions[0], "chars": "x"})).await;
    assert!(typed.starts_with("write_stdin failed: stdin is closed"), "{typed}");

    let begun = Instant::now();
    bench.cx.thread.shutdown().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    for _ in 0..64 {
        assert_eq!(bench.completed_command().await.status, ItemStatus::Failed);
    }
}

#[tokio::test]
async fn a_session_lives_on_in_the_next_turn_and_ends_with_the_thread() {
    let mut bench = bench();
    let session = bench.exec(json!({"cmd": "sleep 60", "yield_time_ms": 250})).await.session();

    // The next turn waits for it and is interrupted: the wait ends, the command does not.
    bench.cx.cancel = tokio_util::sync::CancellationToken::new();
    let call = bench.next_call(CallKind::Function, "write_stdin", json!({"session_id": session}).to_string());
    bench.cx.cancel.cancel();
    let outcome = bench.run_call(call).await;
    assert_eq!(outcome.end, CallEnd::Interrupted);
    let answer = bench.function("write_stdin", json!({"session_id": session, "chars": "x"})).await;
    assert!(answer.starts_with("write_stdin failed: stdin is closed"), "{answer}");

    bench.cx.thread.shutdown().await;
    let item = bench.completed_command().await;
    assert_eq!((item.status, item.exit_code), (ItemStatus::Failed, Some(-1)));
    let after = bench.run(CallKind::Function, "exec_command", r#"{"cmd":"true"}"#).await;
    assert_eq!(after.end, CallEnd::Interrupted);
}

#[tokio::test]
async fn an_interruption_ends_the_turns_background_sessions_too() {
    let mut bench = bench();
    let session = bench.exec(json!({"cmd": "sleep 60", "yield_time_ms": 250})).await.session();
    bench.cx.cancel.cancel();
    let item = bench.completed_command().await;
    assert_eq!((item.process_id, item.status), (Some(session.to_string()), ItemStatus::Failed));
}
