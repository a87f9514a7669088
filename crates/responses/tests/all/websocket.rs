//! The WebSocket transport against the scripted server: when it is used, what is sent, what failures lead to.

use std::time::{Duration, Instant};

use codex_model_provider::ProviderInfo;
use codex_responses::{ClientOptions, Notice, ResponsesClient, Retry, StreamError};
use codex_sim::{Gate, Handshake, RecordedRequest, Reply, Script, SimServer};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::dialogue::{Dialogue, Heard};
use crate::lab::{options, options_in, play, provider};

const LIMIT: Duration = Duration::from_secs(20);

fn socket_provider(url: &str) -> ProviderInfo {
    ProviderInfo { supports_websockets: true, ..provider(url) }
}

fn client_of(provider: ProviderInfo) -> ResponsesClient {
    ResponsesClient::new(options(provider))
}

async fn start(script: impl Into<Script>) -> (SimServer, Dialogue) {
    let server = SimServer::start(script).await.unwrap();
    let dialogue = Dialogue::warmed(client_of(socket_provider(&server.url())));
    (server, dialogue)
}

/// The same with one retry.
async fn start_impatient(script: impl Into<Script>) -> (SimServer, Dialogue) {
    let server = SimServer::start(script).await.unwrap();
    let provider = ProviderInfo { stream_max_retries: 1, ..socket_provider(&server.url()) };
    let dialogue = Dialogue::warmed(client_of(provider));
    (server, dialogue)
}

fn texts(request: &RecordedRequest) -> Vec<&str> {
    request.input_texts("user")
}

fn is_post(request: &RecordedRequest) -> bool {
    request.method() == "POST"
}

// covers: responses-wire 35
#[tokio::test]
async fn a_session_prepares_the_server_before_its_first_turn() {
    let (server, mut dialogue) = start([Reply::say("hi")]).await;
    assert_eq!(dialogue.turn("hello").await, []);
    let handshake = &server.handshakes()[0];
    assert_eq!(handshake.header("openai-beta"), Some("responses_websockets=2026-02-06"));
    let offer = "permessage-deflate; client_max_window_bits";
    assert_eq!(handshake.header("sec-websocket-extensions"), Some(offer));
    assert_eq!(handshake.turn_metadata()["request_kind"], "prewarm");
    assert_eq!(handshake.turn_metadata()["turn_id"], "");
    let frames = server.frames();
    let [prewarm, turn] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(prewarm.json()["generate"], false);
    assert_eq!((prewarm.input().len(), prewarm.client_metadata("root_turn_id")), (1, None));
    assert_eq!(turn.json().get("generate"), None);
    assert_eq!(turn.previous_response_id(), Some("resp_warm_1"));
    assert_eq!(texts(turn), ["hello"], "what was prepared is not sent again");
    assert_eq!((turn.input().len(), turn.full_input().len()), (1, 2));
    assert_eq!(turn.turn_metadata()["request_kind"], "turn");
    server.verify().unwrap();
}

#[tokio::test]
async fn every_frame_names_the_trace_of_the_environment() {
    let server = SimServer::start([Reply::say("hi")]).await.unwrap();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let env = crate::lab::env(&[("TRACEPARENT", parent), ("TRACESTATE", "vendor=1")]);
    let provider = socket_provider(&server.url());
    let mut dialogue = Dialogue::warmed(ResponsesClient::new(options_in(provider, env)));
    assert_eq!(dialogue.turn("hello").await, []);
    for frame in server.frames() {
        assert_eq!(frame.client_metadata("ws_request_header_traceparent"), Some(parent));
        assert_eq!(frame.client_metadata("ws_request_header_tracestate"), Some("vendor=1"));
    }
    assert_eq!(server.frames().len(), 2);
    server.verify().unwrap();
}

// covers: responses-wire 36
#[tokio::test]
async fn outputs_continue_the_response_that_called() {
    let call = Reply::call("exec_command", &json!({"cmd": "ls"}), "c1");
    let (server, mut dialogue) = start([call, Reply::say("done"), Reply::say("again")]).await;
    dialogue.say("list");
    let turn = dialogue.client.turn();
    assert_eq!(dialogue.step(&turn).await, []);
    dialogue.answer_call("c1");
    assert_eq!(dialogue.step(&turn).await, []);
    assert_eq!(dialogue.turn("more").await, []);
    let requests = server.requests();
    let types = |request: &RecordedRequest| -> Vec<Value> {
        request.input().iter().map(|item| item["type"].clone()).collect()
    };
    assert_eq!(requests[1].previous_response_id(), Some("resp_0"));
    assert_eq!(types(&requests[1]), ["function_call_output"]);
    assert_eq!(requests[2].previous_response_id(), Some("resp_1"), "across turns too");
    assert_eq!(texts(&requests[2]), ["more"]);
    assert_eq!(requests[2].full_input().len(), 6);
    assert_eq!(server.handshakes().len(), 1, "one connection");
    server.verify().unwrap();
}

// covers: responses-wire 37
#[tokio::test]
async fn another_effort_is_sent_whole_over_the_same_connection() {
    let (server, mut dialogue) = start([Reply::say("hi"), Reply::say("ho")]).await;
    dialogue.turn("one").await;
    dialogue.effort = "high";
    dialogue.turn("two").await;
    let second = &server.requests()[1];
    assert_eq!((second.previous_response_id(), second.input().len()), (None, 4));
    assert_eq!((second.json()["reasoning"]["effort"].as_str(), second.connection()), (Some("high"), Some(0)));
    server.verify().unwrap();
}

// covers: responses-wire 38
#[tokio::test]
async fn a_cut_connection_is_made_anew_in_silence() {
    for cut in [
        Reply::sse().created().message("kept").text_delta("lost").cut(),
        Reply::sse().created().message("kept"),
        Reply::sse().message("kept").raw("binary"),
        Reply::sse().message("kept").failed("server_error", "boom"),
        Reply::sse().message("kept").event(json!({"type": "error", "error": {"message": "odd"}})),
    ] {
        let (server, mut dialogue) = start([cut, Reply::say("hi")]).await;
        assert_eq!(dialogue.turn("hello").await, [], "nothing is shown");
        let again = &server.requests()[1];
        assert_eq!((again.previous_response_id(), again.connection()), (None, Some(1)));
        assert_eq!(again.input().len(), 3, "base, prompt, the item that was finished");
        assert_eq!(again.input_texts("assistant"), ["kept"]);
        assert_eq!(server.frames().len(), 3, "no second prewarm");
        assert_eq!(server.handshakes()[1].turn_metadata()["request_kind"], "turn");
        server.verify().unwrap();
    }
}

// covers: responses-wire 39
#[tokio::test]
async fn a_connection_that_always_breaks_is_given_up() {
    let cut = || Reply::sse().created().cut();
    let (server, mut dialogue) =
        start_impatient([cut(), cut(), Reply::say("over HTTP"), Reply::say("still")]).await;
    let heard = dialogue.turn("hello").await;
    let [Heard::FallBack(message)] = &heard[..] else { panic!("{heard:?}") };
    assert!(
        message.contains("stream disconnected before completion") && message.contains("HTTP"),
        "{message}"
    );
    assert_eq!(dialogue.turn("more").await, []);
    let posts: Vec<bool> = server.requests().iter().map(is_post).collect();
    assert_eq!((posts, server.handshakes().len()), (vec![false, false, true, true], 2));
    let requests = server.requests();
    assert_eq!(requests[1].json()["input"], requests[2].json()["input"], "the whole input both times");
    server.verify().unwrap();
}

#[tokio::test]
async fn retries_after_the_first_are_shown() {
    let cut = || Reply::sse().created().cut();
    let (server, mut dialogue) = start([cut(), cut(), cut(), Reply::say("hi")]).await;
    assert_eq!(dialogue.turn("hello").await, [Heard::Reconnecting(2), Heard::Reconnecting(3)]);
    server.push([cut(), Reply::say("ho")]);
    assert_eq!(dialogue.turn("more").await, [], "what went well is forgotten");
    server.verify().unwrap();
}

// covers: responses-wire 40
#[tokio::test]
async fn a_server_without_websockets_says_so_once() {
    let refusal = || Handshake::refuse(Reply::status(426));
    for handshakes in [vec![refusal()], vec![Handshake::refuse(Reply::status(500)), refusal()]] {
        let asked = handshakes.len();
        let script = Script::new([Reply::say("hi"), Reply::say("ho")]).handshakes(handshakes);
        let (server, mut dialogue) = start(script).await;
        assert_eq!(dialogue.turn("hello").await, []);
        assert_eq!(dialogue.turn("more").await, []);
        assert!(server.requests().iter().all(is_post));
        assert_eq!(server.handshakes().len(), asked);
        server.verify().unwrap();
    }
}

// covers: responses-wire 41
#[tokio::test]
async fn refused_handshakes_end_in_http() {
    let script = Script::new([Reply::say("hi")]).further_handshakes(Handshake::refuse(Reply::status(500)));
    let (server, mut dialogue) = start(script).await;
    let heard = dialogue.turn("hello").await;
    let [
        Heard::Reconnecting(2),
        Heard::Reconnecting(3),
        Heard::Reconnecting(4),
        Heard::Reconnecting(5),
        Heard::FallBack(_),
    ] = &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert_eq!(server.handshakes().len(), 7, "the preparation and six attempts");
    assert!(is_post(&server.requests()[0]));
    server.verify().unwrap();
}

#[tokio::test]
async fn a_handshake_may_end_the_turn() {
    let limited = Handshake::refuse(Reply::error(429, "x", "slow down"));
    let script = Script::new([]).further_handshakes(limited);
    let (server, mut dialogue) = start(script).await;
    let heard = dialogue.turn("hello").await;
    assert!(matches!(&heard[..], [Heard::Failed(_)]), "{heard:?}");
    assert_eq!((server.handshakes().len(), server.requests().len()), (2, 0));
}

// covers: responses-wire 42
#[tokio::test]
async fn an_error_frame_is_an_answer_with_a_status() {
    let (server, mut dialogue) = start([Reply::error(400, "nope", "bad")]).await;
    let heard = dialogue.turn("hello").await;
    let [Heard::Failed(message)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(serde_json::from_str::<Value>(message).unwrap()["error"]["message"], "bad", "the whole frame");
    assert_eq!(server.handshakes().len(), 1);
    server.verify().unwrap();

    let lost = Reply::error(400, "previous_response_not_found", "gone");
    let (server, mut dialogue) = start([lost, Reply::say("hi")]).await;
    assert_eq!(dialogue.turn("hello").await, []);
    let again = &server.requests()[1];
    assert_eq!((again.previous_response_id(), again.input().len(), again.connection()), (None, 2, Some(1)));
    server.verify().unwrap();

    let busy = || Reply::error(503, "x", "busy");
    let (server, mut dialogue) = start_impatient([busy(), busy(), Reply::say("hi")]).await;
    assert!(matches!(&dialogue.turn("hello").await[..], [Heard::FallBack(_)]));
    server.verify().unwrap();
}

// covers: responses-wire 43
#[tokio::test]
async fn a_failed_preparation_is_nobodys_loss() {
    for prewarm in [Reply::error(500, "x", "no"), Reply::sse().created(), Reply::drop_connection()] {
        let (server, mut dialogue) = start(Script::new([Reply::say("hi")]).prewarms([prewarm])).await;
        assert_eq!(dialogue.turn("hello").await, []);
        let turn = &server.requests()[0];
        assert_eq!((turn.previous_response_id(), turn.input().len(), turn.connection()), (None, 2, Some(1)));
        server.verify().unwrap();
    }
    let script = Script::new([Reply::say("hi")]).handshakes([Handshake::refuse(Reply::status(500))]);
    let (server, mut dialogue) = start_impatient(script).await;
    assert_eq!(dialogue.turn("hello").await, []);
    assert_eq!(server.requests()[0].connection(), Some(1));
    server.verify().unwrap();
}

// covers: responses-wire 44
#[tokio::test]
async fn the_turn_state_is_repeated_within_its_turn() {
    let state = |value: &str| json!({"type": "response.metadata", "headers": {"x-codex-turn-state": value}});
    let said = |value: &str| Reply::sse().event(state(value)).message("hi").completed();
    let handshake = Handshake::accept().header("x-codex-turn-state", "ts-0");
    let script =
        Script::new([said("ts-1"), said("ts-2"), said("ts-3"), said("ts-4")]).handshakes([handshake]);
    let (server, mut dialogue) = start(script).await;
    dialogue.say("hello");
    let turn = dialogue.client.turn();
    for _ in 0..3 {
        assert_eq!(dialogue.step(&turn).await, []);
        dialogue.say("go on");
    }
    assert_eq!(dialogue.turn("another").await, []);
    let requests = server.requests();
    let sent: Vec<_> = requests.iter().map(|request| request.client_metadata("x-codex-turn-state")).collect();
    assert_eq!(sent, [None, Some("ts-1"), Some("ts-1"), None]);
    server.verify().unwrap();
}

#[tokio::test]
async fn a_silent_preparation_holds_the_turn_no_longer_than_a_handshake_may_last() {
    let server =
        SimServer::start(Script::new([Reply::say("hi")]).prewarms([Reply::sse().hold()])).await.unwrap();
    let limit = Duration::from_millis(300);
    let provider = ProviderInfo { websocket_connect_timeout: limit, ..socket_provider(&server.url()) };
    let start = Instant::now();
    let mut dialogue = Dialogue::warmed(client_of(provider));
    assert!(start.elapsed() < limit, "preparing waits for nothing");
    assert_eq!(dialogue.turn("hello").await, []);
    assert!(start.elapsed() >= limit && start.elapsed() < LIMIT, "{:?}", start.elapsed());
    assert_eq!(server.requests()[0].connection(), Some(1));
    server.verify().unwrap();
}

#[tokio::test]
async fn a_silent_server_is_tried_as_often_as_allowed() {
    let gate = Gate::new();
    let script = Script::new([Reply::say("hi")]).further_handshakes(Handshake::accept().gate(&gate));
    let server = SimServer::start(script).await.unwrap();
    let limit = Duration::from_millis(200);
    let provider = ProviderInfo {
        websocket_connect_timeout: limit,
        stream_max_retries: 1,
        ..socket_provider(&server.url())
    };
    let mut dialogue = Dialogue::warmed(client_of(provider));
    let heard = dialogue.turn("hello").await;
    let [Heard::FallBack(message)] = &heard[..] else { panic!("{heard:?}") };
    assert!(message.contains("no WebSocket within 0.2 s"), "{message}");
    assert_eq!(server.handshakes().len(), 3);
}

#[tokio::test]
async fn an_interrupt_works_while_it_connects_and_loses_nothing() {
    let gate = Gate::new();
    let script = Script::new([Reply::say("hi")]).handshakes([Handshake::accept().gate(&gate)]);
    let (server, mut dialogue) = start(script).await;
    dialogue.say("hello");
    let (turn, request) = (dialogue.client.turn(), dialogue.prepare());
    tokio::select! {
        result = turn.stream(&request) => panic!("{result:?}"),
        () = gate.reached() => {}
    }
    gate.open();
    assert_eq!(dialogue.turn("again").await, []);
    assert_eq!(server.handshakes().len(), 1, "the connection in the making was kept");
    server.verify().unwrap();
}

#[tokio::test]
async fn an_interrupted_response_takes_its_connection_along() {
    let gate = Gate::new();
    let (server, mut dialogue) =
        start([Reply::sse().created().text_delta("x").pause(&gate), Reply::say("hi")]).await;
    dialogue.say("hello");
    let mut stream = dialogue.client.turn().stream(&dialogue.prepare()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(dialogue.turn("again").await, []);
    assert_eq!(server.requests()[1].connection(), Some(1));
    server.verify().unwrap();
}

#[tokio::test]
async fn an_idle_connection_that_dies_with_its_server_is_the_networks_state() {
    let (server, mut dialogue) = start([Reply::say("hi")]).await;
    assert_eq!(dialogue.turn("hello").await, []);
    server.stop().await;
    let (turn, request) = (dialogue.client.turn(), dialogue.prepare());
    let mut error = play(&turn, &request).await.1.unwrap();
    if error.notice() == Notice::Silent {
        // The farewell had not arrived yet when the request left.
        error = play(&turn, &request).await.1.unwrap();
    }
    // The server is gone as well: that is the network's state and not a broken connection.
    assert!(matches!(error, StreamError::Network { .. }) && error.retry() == Retry::Network, "{error:?}");
    assert_eq!(error.notice(), Notice::Shown);
}

#[tokio::test]
async fn a_connection_that_ends_between_turns_is_made_anew_in_silence() {
    let (server, mut dialogue) = start([Reply::say("hi").cut(), Reply::say("ho"), Reply::say("ho")]).await;
    assert_eq!(dialogue.turn("hello").await, []);
    assert_eq!(dialogue.turn("more").await, []);
    let last = server.requests().pop().unwrap();
    assert_eq!((last.previous_response_id(), last.connection()), (None, Some(1)));
    assert_eq!(last.input().len(), 4);
}

#[tokio::test]
async fn sessions_that_do_not_prepare_speak_http() {
    let server = SimServer::start([Reply::say("hi")]).await.unwrap();
    let mut dialogue = Dialogue::new(client_of(socket_provider(&server.url())));
    assert_eq!(dialogue.turn("hello").await, []);
    // A provider that has no WebSocket is not asked for one.
    server.push([Reply::say("ho")]);
    let mut dialogue = Dialogue::warmed(client_of(provider(&server.url())));
    assert_eq!(dialogue.turn("hello").await, []);
    assert!(server.requests().iter().all(is_post) && server.handshakes().is_empty());
    server.verify().unwrap();
}

#[tokio::test]
async fn a_dropped_session_ends_what_it_began() {
    let gate = Gate::new();
    let script = Script::new([]).handshakes([Handshake::accept().gate(&gate)]);
    let (server, dialogue) = start(script).await;
    gate.reached().await;
    drop(dialogue);
    gate.open();
    server.stop().await;
    assert!(server.frames().is_empty(), "nothing is prepared for a session that is over");
}

#[tokio::test]
async fn a_continuation_is_a_small_part_of_a_long_history() {
    let (server, mut dialogue) = start([Reply::say("hi"), Reply::say("ho")]).await;
    let long = "x".repeat(2 << 20);
    assert_eq!(dialogue.turn(&long).await, []);
    assert_eq!(dialogue.turn("more").await, []);
    let sizes: Vec<usize> = server.requests().iter().map(|request| request.body().len()).collect();
    assert!(sizes[0] > 2 << 20 && sizes[1] * 50 < sizes[0], "{sizes:?}");
    server.verify().unwrap();
}

#[tokio::test]
async fn the_tape_holds_whole_requests_and_no_preparation() {
    use crate::streams::Log;
    use std::sync::Arc;
    let server = SimServer::start([Reply::error(503, "x", "busy"), Reply::say("hi")]).await.unwrap();
    let log = Arc::new(Log::default());
    let tape: Arc<dyn codex_responses::Tape> = Arc::<Log>::clone(&log);
    let options = ClientOptions { tape: Some(tape), ..options(socket_provider(&server.url())) };
    let mut dialogue = Dialogue::warmed(ResponsesClient::new(options));
    assert_eq!(dialogue.turn("hello").await, []);
    let size = {
        dialogue.history.truncate(1);
        dialogue.prepare().body().len()
    };
    let log = log.0.lock().unwrap();
    assert_eq!(log[0], format!("request of {size} bytes"));
    assert_eq!(log[1], "1 error");
    assert!(log[2].starts_with("1 Status { status: 503"), "{}", log[2]);
    assert_eq!(log[3], format!("request of {size} bytes"));
    assert_eq!(log.last().unwrap(), "4 Completed");
}

#[tokio::test]
async fn a_server_that_compresses_is_understood_and_sent_compressed_frames() {
    let script =
        Script::new([Reply::say("one"), Reply::say("two")]).handshakes([Handshake::accept().deflate()]);
    let (server, mut dialogue) = start(script).await;
    assert_eq!(dialogue.turn(&"the same words ".repeat(5000)).await, []);
    assert_eq!(dialogue.turn("second").await, []);
    assert_eq!(server.handshakes().len(), 1);
    assert_eq!(server.requests()[1].input_texts("user"), ["second"]);
    server.verify().unwrap();
}

#[tokio::test]
async fn a_server_that_chooses_what_was_not_offered_is_not_spoken_to() {
    let odd = || Handshake::accept().header("sec-websocket-extensions", "x-secret-sauce");
    let script = Script::new([Reply::say("one")]).further_handshakes(odd());
    let (server, mut dialogue) = start(script).await;
    let heard = dialogue.turn("hello").await;
    let named = |heard: &Heard| matches!(heard, Heard::FallBack(why) if why.contains("x-secret-sauce"));
    assert!(heard.iter().any(named), "{heard:?}");
    assert!(is_post(&server.requests()[0]), "HTTP in the end");
}
