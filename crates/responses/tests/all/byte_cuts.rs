//! An answer cut at every byte, on every wire: what was finished before the cut is given out once and unchanged, and the
//! error says to ask again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use codex_model_provider::ProviderInfo;
use codex_protocol::WireApi;
use codex_responses::{ResponsesClient, Retry, StreamEvent};
use codex_sim::{Reply, Script, SimServer};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::lab;

/// No answer of these tests is longer.
const BYTES_MAX: usize = 20_000;

fn word() -> Reply {
    Reply::sse().created().message("Zürich 😀")
}

fn thought_and_calls() -> Reply {
    let thought = Reply::sse().created().reasoning("So.", "sealed==");
    thought.function_call("f", &json!({ "a": "é" }), "c1").function_call("g", &json!({}), "c2")
}

/// The finished items, without ids the client makes.
fn finished(events: &[StreamEvent]) -> Vec<Value> {
    let items = events.iter().filter_map(|event| match event {
        StreamEvent::ItemDone(item) => serde_json::to_value(item).ok(),
        _ => None,
    });
    items
        .map(|mut item| {
            item.as_object_mut().unwrap().remove("id");
            item
        })
        .collect()
}

async fn every_byte(provider: impl Fn(&str) -> ProviderInfo, reply: fn() -> Reply) {
    let next = Arc::new(AtomicUsize::new(0));
    let cut = {
        let next = Arc::clone(&next);
        move |_: &_| reply().completed().cut_at_byte(next.fetch_add(1, Ordering::Relaxed))
    };
    let server = SimServer::start(Script::new([Reply::computed(cut)]).repeat_last()).await.unwrap();
    let client = ResponsesClient::new(lab::options(provider(&server.url())));
    let request = lab::request(&client);
    if client.provider().supports_websockets {
        // Over HTTP nobody would notice that no socket was used.
        crate::dialogue::Dialogue::warmed(client.clone());
    }
    let mut longest: Vec<Value> = Vec::new();
    for byte in 0.. {
        assert!(byte < BYTES_MAX, "the answer has no end");
        let (events, error) = lab::play(&client.turn(), &request).await;
        let items = finished(&events);
        assert_eq!(longest, items[..longest.len()], "cut at {byte}");
        longest = items;
        let Some(error) = error else {
            assert!(lab::completed(&events) && byte > 500, "cut at {byte}: {events:?}");
            server.verify().unwrap();
            return;
        };
        assert!(matches!(error.retry(), Retry::Stream { .. }), "cut at {byte}: {error:?}");
    }
}

async fn every_byte_of_a_wire(provider: impl Fn(&str) -> ProviderInfo) {
    for reply in [word, thought_and_calls] {
        every_byte(&provider, reply).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_over_http_may_be_cut_at_every_byte() {
    every_byte_of_a_wire(|url| ProviderInfo { request_max_retries: 0, ..lab::provider(url) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_over_a_websocket_may_be_cut_at_every_byte() {
    every_byte_of_a_wire(|url| ProviderInfo {
        supports_websockets: true,
        stream_max_retries: u64::MAX,
        ..lab::provider(url)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_completions_may_be_cut_at_every_byte() {
    every_byte_of_a_wire(|url| ProviderInfo { wire_api: WireApi::Chat, ..lab::provider(url) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_may_be_cut_at_every_byte() {
    every_byte_of_a_wire(|url| ProviderInfo { wire_api: WireApi::Messages, ..lab::provider(url) }).await;
}
