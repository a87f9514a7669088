//! Streams: gates, pieces, cuts, odd bytes, sizes.

use codex_sim::{Gate, Item, Reply, SimServer};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::client::{LIMIT, event_types, events, post, post_text, read_until};

fn body() -> Value {
    json!({ "input": [] })
}

#[tokio::test]
async fn a_pause_lasts_until_the_test_opens_its_gate() {
    let gate = Gate::new();
    let reply = Reply::sse().created().item_added(Item::message("")).text_delta("before").pause(&gate);
    let server =
        SimServer::start(reply.text_delta("after").item_done(Item::message("beforeafter")).completed())
            .await
            .unwrap();
    let mut response = post(&server.url(), &body()).await;
    let mut text = String::new();
    read_until(&mut response, &mut text, |text| text.contains("\"before\"")).await;
    tokio::time::timeout(LIMIT, gate.reached()).await.unwrap();
    assert!(!gate.is_open() && !text.contains("\"after\""));
    gate.open();
    read_until(&mut response, &mut text, |text| text.contains("response.completed")).await;
    let deltas: Vec<Value> = events(&text).iter().filter_map(|event| event.get("delta").cloned()).collect();
    assert_eq!(deltas, ["before", "after"]);
}

#[tokio::test]
async fn a_header_gate_holds_back_the_head() {
    let gate = Gate::new();
    let server = SimServer::start(Reply::say("late").header_gate(&gate)).await.unwrap();
    let url = server.url();
    let answer = tokio::spawn(async move { post_text(&url, &body()).await });
    tokio::time::timeout(LIMIT, gate.reached()).await.unwrap();
    assert!(!answer.is_finished());
    gate.open();
    assert_eq!(answer.await.unwrap().0, 200);
}

#[tokio::test]
async fn a_cut_breaks_the_connection_after_what_was_sent() {
    let server = SimServer::start([
        Reply::sse().created().raw("data: {\"type\":\"resp").cut(),
        Reply::sse().created(),
    ])
    .await
    .unwrap();
    let mut response = post(&server.url(), &body()).await;
    let mut text = String::new();
    read_until(&mut response, &mut text, |text| text.ends_with("{\"type\":\"resp")).await;
    assert!(response.chunk().await.is_err(), "a cut is no clean end");

    // The clean counterpart: the stream ends without the last word, the connection is whole.
    let (_, text) = post_text(&server.url(), &body()).await;
    assert_eq!(event_types(&text), ["response.created"]);
}

#[tokio::test]
async fn pieces_and_line_ends_do_not_change_the_content() {
    let server = SimServer::start([
        Reply::say("über alles").chunk_bytes(1),
        Reply::say("über alles").chunk_bytes(7).crlf(),
        Reply::say("über alles"),
    ])
    .await
    .unwrap();
    let mut response = post(&server.url(), &body()).await;
    let mut pieces = Vec::new();
    while let Some(piece) = response.chunk().await.unwrap() {
        pieces.push(piece);
    }
    assert!(pieces.len() > 1);
    let single = String::from_utf8(pieces.concat()).unwrap();
    let (_, crlf) = post_text(&server.url(), &body()).await;
    let (_, whole) = post_text(&server.url(), &body()).await;
    assert_eq!(crlf.matches("\r\n").count(), whole.matches('\n').count());
    assert_eq!(event_types(&single), event_types(&whole));
    assert_eq!(event_types(&crlf), event_types(&whole));
}

#[tokio::test]
async fn raw_bytes_arrive_as_they_are() {
    let raw: &[u8] = b": comment\n\ndata: [DONE]\n\ndata: \xff\xfe{\n\n";
    let server = SimServer::start(Reply::sse().raw(raw)).await.unwrap();
    let bytes = post(&server.url(), &body()).await.bytes().await.unwrap();
    assert_eq!(bytes.as_ref(), raw);
}

#[tokio::test]
async fn many_deltas_and_huge_events_are_made_while_they_are_sent() {
    let reply = Reply::sse().created().item_added(Item::message("")).text_deltas(50_000, "tok ");
    let server = SimServer::start(reply.padding_event(3_000_000).item_done(Item::message("tok")).completed())
        .await
        .unwrap();
    let (_, text) = post_text(&server.url(), &body()).await;
    let types = event_types(&text);
    assert_eq!(types.iter().filter(|name| *name == "response.output_text.delta").count(), 50_000);
    let padding = events(&text).iter().find_map(|event| Some(event.get("padding")?.as_str()?.len()));
    assert_eq!(padding, Some(3_000_000));
    assert_eq!(types.last().unwrap(), "response.completed");
}

#[tokio::test]
async fn a_held_stream_ends_with_the_server() {
    let server = SimServer::start(Reply::say("done").hold()).await.unwrap();
    let mut response = post(&server.url(), &body()).await;
    let mut text = String::new();
    read_until(&mut response, &mut text, |text| text.contains("response.completed")).await;
    tokio::time::timeout(LIMIT, server.stop()).await.expect("stopping waits for no client");
    assert!(!matches!(response.chunk().await, Ok(Some(_))));
}
