//! Streams as they come over a socket: chunked, cut, silent, oversized; and what is sticky within a turn.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use codex_model_provider::ProviderInfo;
use codex_protocol::{ItemKind, TokenUsage};
use codex_responses::{ClientOptions, ResponsesClient, Retry, StreamError, StreamEvent, Tape, TapeEnd};
use codex_sim::{Gate, Item, Reply, Script, SimServer, Usage};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::lab::{client, completed, options, play, provider, request, run};

const STREAM: Retry = Retry::Stream { after: None };

async fn serve(reply: Reply) -> (Vec<StreamEvent>, Option<StreamError>) {
    let server = SimServer::start([reply]).await.unwrap();
    let result = run(&client(&server.url())).await;
    server.verify().unwrap();
    result
}

fn text(events: &[StreamEvent]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::TextDelta { delta, .. } => Some(delta.as_str()),
            _ => None,
        })
        .collect()
}

fn items(events: &[StreamEvent]) -> Vec<ItemKind> {
    events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::ItemDone(item) => Some(item.kind().clone()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_response_arrives_under_any_chunking() {
    let usage = Usage { input: 100, cached: 40, output: 7, reasoning: 3 };
    let reply = || {
        Reply::sse()
            .created()
            .reasoning("thinking", "gAAA")
            .text_deltas(30, "wörd ")
            .message("done")
            .function_call("exec_command", &json!({"cmd": "ls"}), "c1")
            .completed_with(usage)
    };
    let (expected, _) = serve(reply()).await;
    let kinds = items(&expected);
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    for reply in
        [reply().chunk_bytes(1), reply().chunk_bytes(7), reply().crlf(), reply().crlf().chunk_bytes(3)]
    {
        let (events, error) = serve(reply).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((text(&events), items(&events)), (text(&expected), kinds.clone()));
        let Some(StreamEvent::Completed { usage, end_turn, .. }) = events.last() else {
            panic!("{events:?}")
        };
        let counted = TokenUsage {
            input_tokens: 100,
            cached_input_tokens: 40,
            output_tokens: 7,
            reasoning_output_tokens: 3,
            ..*usage
        };
        assert_eq!((usage, end_turn), (&counted, &None));
    }
}

// covers: responses-wire 15, responses-wire 16
#[tokio::test]
async fn noise_between_events_is_ignored() {
    let reply = Reply::sse()
        .raw("data: [DONE]\n\n: comment\n\ndata: {oops\n\nretry: 1\n\n")
        .event(json!({"type": "response.made_up"}))
        .event(json!({"no": "type"}))
        .raw(b"data: \xFF\xFE\n\n".to_vec())
        .item_done(json!({"type": "made_up_item", "id": "x"}))
        .event(json!({"type": "error", "error": {"message": "ignored"}}))
        .message("still here")
        .completed();
    let (events, error) = serve(reply).await;
    assert!(error.is_none() && completed(&events), "{error:?}");
    assert_eq!(items(&events).len(), 1);
}

// covers: responses-wire 19, responses-wire 20, responses-wire 21
#[tokio::test]
async fn what_was_finished_before_a_broken_end_is_given() {
    let begun = || Reply::sse().created().message("whole").text_delta("par");
    let without_id = begun().completed_fields(json!({"id": null}));
    let failed = begun().failed("server_error", "boom");
    for (reply, words) in [
        (begun(), "stream closed before response.completed"),
        (begun().cut(), "stream disconnected before completion: "),
        (without_id, "response.completed has no response id"),
        (failed, "stream disconnected before completion: boom"),
    ] {
        let (events, error) = serve(reply).await;
        let error = error.unwrap();
        assert_eq!((items(&events).len(), error.retry()), (1, STREAM), "{error}");
        assert!(error.message().contains(words), "{error}");
    }
    let (_, error) = serve(Reply::sse().incomplete("max_output_tokens")).await;
    assert_eq!(error.unwrap().retry(), Retry::Final);
}

fn impatient(url: &str) -> ResponsesClient {
    let idle = Duration::from_millis(150);
    ResponsesClient::new(options(ProviderInfo { stream_idle_timeout: idle, ..provider(url) }))
}

// covers: responses-wire 22, responses-wire 23
#[tokio::test]
async fn silence_breaks_the_stream_but_late_headers_do_not() {
    let server = SimServer::start([Reply::sse().created().raw(": ping\n\n").hold()]).await.unwrap();
    let start = Instant::now();
    let (events, error) = run(&impatient(&server.url())).await;
    assert_eq!(events, vec![StreamEvent::Created]);
    assert!(matches!(error, Some(StreamError::Idle { .. })), "{error:?}");
    assert!(start.elapsed() >= Duration::from_millis(150));

    let gate = Gate::new();
    let server = SimServer::start([Reply::say("hi").header_gate(&gate)]).await.unwrap();
    let client = impatient(&server.url());
    let late = async {
        gate.reached().await;
        // Twice the idle limit, without which the test would prove nothing.
        let _ = tokio::time::timeout(Duration::from_millis(300), std::future::pending::<()>()).await;
        gate.open();
    };
    let ((events, error), ()) = tokio::join!(run(&client), late);
    assert!(error.is_none() && completed(&events), "{error:?}");
}

#[tokio::test]
async fn an_oversized_event_ends_the_stream() {
    let server = SimServer::start(Script::new([Reply::sse().created().padding_event(65 << 20).completed()]))
        .await
        .unwrap();
    let (events, error) = run(&client(&server.url())).await;
    assert_eq!(events, vec![StreamEvent::Created]);
    let error = error.unwrap();
    assert!(matches!(error, StreamError::EventTooLarge { .. }) && error.retry() == Retry::Final, "{error:?}");
}

// covers: responses-wire 34
#[tokio::test]
async fn the_first_turn_state_sticks_for_its_turn() {
    let state = |value: &str| Reply::say("hi").header("x-codex-turn-state", value);
    let server =
        SimServer::start([state("ts-1"), state("ts-2"), state("ts-3"), state("ts-4")]).await.unwrap();
    let client = client(&server.url());
    let request = request(&client);
    let turn = client.turn();
    for _ in 0..3 {
        play(&turn, &request).await;
    }
    play(&client.turn(), &request).await;
    let sent: Vec<Option<String>> = server
        .requests()
        .iter()
        .map(|request| request.header("x-codex-turn-state").map(str::to_owned))
        .collect();
    assert_eq!(sent, [None, Some("ts-1".to_owned()), Some("ts-1".to_owned()), None]);
    server.verify().unwrap();
}

#[tokio::test]
async fn headers_tell_the_model_and_the_limits() {
    let reply = Reply::say("hi")
        .header("openai-model", "another-model")
        .header("x-codex-primary-used-percent", "42")
        .header("x-codex-secondary-used-percent", "7");
    let (events, _) = serve(reply).await;
    assert_eq!(events[0], StreamEvent::ServerModel("another-model".to_owned()));
    let StreamEvent::RateLimits(limits) = &events[1] else { panic!("{events:?}") };
    let used = |window: &Option<codex_protocol::RateLimitWindow>| window.as_ref().map(|w| w.used_percent);
    assert_eq!((used(&limits.primary), used(&limits.secondary)), (Some(42.0), Some(7.0)));
}

#[derive(Default)]
pub(crate) struct Log(pub(crate) Mutex<Vec<String>>);

impl Tape for Log {
    fn request(&self, body: &Bytes) -> u64 {
        let mut log = self.0.lock().unwrap();
        log.push(format!("request of {} bytes", body.len()));
        log.len() as u64
    }
    fn event(&self, request: u64, data: &[u8]) {
        let kind: serde_json::Value = serde_json::from_slice(data).unwrap();
        self.0.lock().unwrap().push(format!("{request} {}", kind["type"].as_str().unwrap()));
    }
    fn end(&self, request: u64, outcome: TapeEnd<'_>) {
        self.0.lock().unwrap().push(format!("{request} {outcome:?}"));
    }
}

#[tokio::test]
async fn the_tape_holds_every_attempt() {
    let server = SimServer::start([
        Reply::status(503).header("retry-after", "0").body("busy"),
        Reply::items([Item::message("hi")]),
    ])
    .await
    .unwrap();
    let log = Arc::new(Log::default());
    let tape: Arc<dyn Tape> = Arc::<Log>::clone(&log);
    let client = ResponsesClient::new(ClientOptions { tape: Some(tape), ..options(provider(&server.url())) });
    let request = request(&client);
    play(&client.turn(), &request).await;
    let size = request.body().len();
    let log = log.0.lock().unwrap();
    assert_eq!(log[0], format!("request of {size} bytes"));
    assert_eq!(log[1], "1 Status { status: 503, retry_after: Some(\"0\"), body: [98, 117, 115, 121] }");
    assert_eq!(log[2], format!("request of {size} bytes"));
    assert_eq!(log[3], "3 response.created");
    assert_eq!(log.last().unwrap(), "3 Completed");
}
