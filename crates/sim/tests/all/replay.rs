//! Replays: a real client against a recorded run, as recorded and not.

use codex_secrets::{KnownSecrets, Secrets};
use codex_sim::{
    Cassette, CassetteTape, Difference, ReplayMode, ReplayOptions, ReplayReport, ReplayServer, RunFolders,
    ThreadOp,
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::cassette::turn;
use crate::client::{events, post_text};

fn body(cwd: &str, rest: Value) -> Value {
    let mut input = vec![
        json!({ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": format!("in {cwd}, {}/tmp", cwd.trim_end_matches("/repo")) }] }),
    ];
    input.extend(rest.as_array().unwrap().iter().cloned());
    json!({ "model": "m", "input": input, "client_metadata": { "turn_id": cwd } })
}

fn call(cwd: &str, session: u64) -> Value {
    let arguments = json!({ "session_id": session, "workdir": cwd }).to_string();
    json!({ "type": "function_call", "call_id": "c2", "name": "write_stdin", "arguments": arguments })
}

fn running(session: u64) -> Value {
    let text = format!(
        "Chunk ID: 0a1b2c\nWall time: 1.0 seconds\nProcess running with session ID {session}\nOutput:\n"
    );
    json!({ "type": "function_call_output", "call_id": "c1", "output": text })
}

fn done(item: &Value) -> Value {
    json!({ "type": "response.output_item.done", "output_index": 0, "item": item })
}

const COMPLETED: &str = r#"{"type":"response.completed","response":{"id":"r"}}"#;

/// Two requests: a call that leaves a process running, then one that writes to its session.
fn recorded(record: impl FnOnce(&CassetteTape)) -> Cassette {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c");
    let tape = CassetteTape::open(&path, "codex", "0.169.0", KnownSecrets::none()).unwrap();
    tape.turn(&turn(ThreadOp::New, "go"));
    record(&tape);
    tape.finish().unwrap();
    Cassette::read(&path).unwrap()
}

fn answered(tape: &CassetteTape, body: &Value, data: &[&str]) {
    let request = tape.request(body.to_string().as_bytes());
    data.iter().for_each(|data| tape.event(request, data.as_bytes()));
    tape.end_ok(request);
}

async fn start(cassette: Cassette, mode: ReplayMode) -> ReplayServer {
    let paths = cassette.path_pairs(&RunFolders {
        cwd: "/now/repo".into(),
        codex_home: "/now/home".into(),
        tmp_dir: Some("/now/tmp".into()),
    });
    ReplayServer::start(cassette, ReplayOptions { mode, paths, secrets: Secrets::none() }).await.unwrap()
}

#[tokio::test]
async fn the_same_run_in_another_folder_is_clean() {
    let cassette = recorded(|tape| {
        answered(tape, &body("/rec/repo", json!([])), &[&json!({ "type": "x" }).to_string(), COMPLETED]);
        let second = body("/rec/repo", json!([running(17)]));
        answered(tape, &second, &[&done(&call("/rec/repo", 17)).to_string(), COMPLETED]);
    });
    let server = start(cassette, ReplayMode::Strict).await;
    let (status, first) = post_text(&server.url(), &body("/now/repo", json!([]))).await;
    assert_eq!((status, events(&first)[0].clone()), (200, json!({ "type": "x" })));
    let (_, second) = post_text(&server.url(), &body("/now/repo", json!([running(4711)]))).await;
    assert_eq!(events(&second)[0], done(&call("/now/repo", 4711)));
    assert!(server.report().is_clean(), "{}", server.report());
    assert_eq!(server.report().to_string(), "2 of 2 recorded requests replayed, 0 differed");

    let (status, text) = post_text(&server.url(), &body("/now/repo", json!([]))).await;
    assert_eq!(status, 400);
    assert!(text.contains("asked for more than the 2 recorded ones"), "{text}");
    assert!(!server.report().is_clean());
    server.stop().await;
}

fn one_request() -> Cassette {
    recorded(|tape| answered(tape, &body("/rec/repo", json!([])), &[COMPLETED]))
}

#[tokio::test]
async fn strict_refuses_a_difference_and_shows_it() {
    let server = start(one_request(), ReplayMode::Strict).await;
    let (status, text) = post_text(&server.url(), &body("/elsewhere", json!([]))).await;
    assert_eq!(status, 400);
    let answer: Value = serde_json::from_str(&text).unwrap();
    let report = server.report();
    let diff = report.differences[0].diff.clone();
    assert!(
        diff.contains("-          \"text\": \"in <cwd>, <tmp>\",\n+          \"text\": \"in /elsewhere, /elsewhere/tmp\",\n"),
        "{diff}"
    );
    let told = format!("request 1 (turn 1) differs from the recording:\n{}", diff.trim_end());
    assert_eq!(answer["error"]["message"], told);
    let differences = vec![Difference { request: 1, turn: 1, diff }];
    assert_eq!(report, ReplayReport { recorded: 1, served: 1, differences, refused: Vec::new() });
    assert_eq!(report.to_string(), format!("{told}\n1 of 1 recorded requests replayed, 1 differed"));
}

#[tokio::test]
async fn lenient_answers_and_counts() {
    let server = start(one_request(), ReplayMode::Lenient).await;
    let (status, text) = post_text(&server.url(), &body("/elsewhere", json!([]))).await;
    assert_eq!((status, events(&text).len()), (200, 1));
    assert_eq!(server.report().differences.len(), 1);
    assert!(!server.report().is_clean());
}

#[tokio::test]
async fn failures_the_run_recovered_from_are_left_out_and_the_final_one_stays() {
    let first = body("/rec/repo", json!([]));
    let cassette = recorded(|tape| {
        let failed = tape.request(first.to_string().as_bytes());
        tape.end_error(failed, Some(429), "slow down");
        answered(tape, &first, &[COMPLETED]);
        for _ in 0..2 {
            let failed = tape.request(body("/rec/repo", json!([{ "type": "x" }])).to_string().as_bytes());
            tape.end_error(failed, Some(503), "{\"error\":{\"message\":\"busy\"}}");
        }
    });
    let server = start(cassette, ReplayMode::Strict).await;
    assert_eq!(post_text(&server.url(), &body("/now/repo", json!([]))).await.0, 200);
    let last = body("/now/repo", json!([{ "type": "x" }]));
    for _ in 0..3 {
        let answer = post_text(&server.url(), &last).await;
        assert_eq!(answer, (503, "{\"error\":{\"message\":\"busy\"}}".to_owned()));
    }
    assert!(server.report().is_clean(), "{}", server.report());
}

#[tokio::test]
async fn a_lost_connection_and_a_broken_stream_are_replayed_as_failures() {
    let cassette = recorded(|tape| {
        let lost = tape.request(body("/rec/repo", json!([])).to_string().as_bytes());
        tape.end_error(lost, None, "connection refused");
        let cut = tape.request(body("/rec/repo", json!([{ "type": "x" }])).to_string().as_bytes());
        tape.event(cut, b"{\"type\":\"response.created\"}");
        tape.end_error(cut, None, "stream closed");
    });
    let server = start(cassette, ReplayMode::Strict).await;
    let (status, text) = post_text(&server.url(), &body("/now/repo", json!([]))).await;
    assert_eq!(status, 502);
    assert!(text.contains("recorded failure: connection refused"), "{text}");
    let mut response = crate::client::post(&server.url(), &body("/now/repo", json!([{ "type": "x" }]))).await;
    let mut read = String::new();
    crate::client::read_until(&mut response, &mut read, |text| text.ends_with("\n\n")).await;
    assert_eq!(events(&read), [json!({ "type": "response.created" })]);
    assert!(response.chunk().await.is_err());
}
