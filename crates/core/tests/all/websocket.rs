//! Threads over a socket that stays open: warmed up, continued across turns, given up for HTTP when it fails.

use codex_core::ThreadOrigin;
use codex_protocol::Event;
use codex_sim::{Handshake, Reply, Script};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, turn};

const SOCKETS: &str = "model_providers.sim.supports_websockets=true";
const ONE_RETRY: &str = "model_providers.sim.stream_max_retries=1";

fn tool() -> Reply {
    Reply::call("exec_command", &json!({"cmd": "echo hi"}), "c1")
}

#[tokio::test]
async fn one_connection_serves_all_turns_and_carries_only_what_is_new() {
    let bench = Bench::with([tool(), Reply::say("one"), Reply::say("two")], &[SOCKETS]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "first").await;
    let events = turn(&mut thread, "second").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert_eq!(bench.server.handshakes().len(), 1);
    let (answer, next) = (bench.server.request(1).unwrap(), bench.server.request(2).unwrap());
    assert!(answer.previous_response_id().is_some() && next.previous_response_id().is_some());
    assert_eq!(answer.input().len(), 1, "the output");
    assert_eq!(next.input().len(), 1, "the person's words");
    assert_eq!(next.input_texts("user"), ["second"]);
}

#[tokio::test]
async fn a_refused_socket_is_given_up_for_http_with_one_warning() {
    let refused = || Handshake::refuse(Reply::status(500));
    let script = Script::new([Reply::say("one"), Reply::say("two")])
        .handshakes([refused(), refused(), refused()])
        .further_handshakes(refused());
    let bench = Bench::with(script, &[SOCKETS, ONE_RETRY]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "first").await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    let warnings = events.iter().filter(|event| matches!(event, Event::Warning { .. })).count();
    assert_eq!(warnings, 1, "{events:?}");
    let tried = bench.server.handshakes().len();
    turn(&mut thread, "second").await;
    assert_eq!(bench.server.handshakes().len(), tried, "given up for the whole thread");
    thread.close().await;
    bench.server.verify().unwrap();
}
