//! Chunks to events: pieces in any order, servers with habits of their own, ends good and bad.

use std::collections::VecDeque;

use codex_protocol::{CallId, ResponseItem, TokenUsage};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::dialogue::{Dialogue, ToolTable};
use crate::{Retry, StreamEvent};

fn decoder() -> ChatDecoder {
    let tools = serde_json::from_value::<Vec<_>>(json!([{"type": "custom", "name": "apply_patch"}])).unwrap();
    let table = ToolTable::of(&tools, std::iter::empty()).unwrap();
    ChatDecoder::new(CallBook::new(table, &Dialogue::default()))
}

/// Everything the chunks mean, and how the stream ended.
fn read(chunks: &[Value]) -> (Vec<StreamEvent>, Result<(), StreamError>) {
    let (mut decoder, mut out) = (decoder(), VecDeque::new());
    for chunk in chunks {
        let text = chunk.as_str().map_or_else(|| chunk.to_string(), str::to_owned);
        if let Err(error) = decoder.decode(text.as_bytes(), &mut out) {
            return (out.into(), Err(error));
        }
    }
    let end = decoder.end(&mut out);
    (out.into(), end)
}

fn delta(delta: &Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]})
}

fn finish(reason: &str) -> Value {
    json!({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// Finished items without the ids the client made.
fn items(events: &[StreamEvent]) -> Vec<Value> {
    let item = |event: &StreamEvent| match event {
        StreamEvent::ItemDone(item) => Some(bare(item)),
        _ => None,
    };
    events.iter().filter_map(item).collect()
}

fn bare(item: &ResponseItem) -> Value {
    let mut value = serde_json::to_value(item).unwrap();
    value.as_object_mut().unwrap().remove("id");
    value
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "name": name, "arguments": arguments, "call_id": id})
}

fn message(text: &str) -> Value {
    json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]})
}

#[test]
fn text_and_reasoning_stream_and_become_items_at_the_end() {
    let (events, end) = read(&[
        delta(&json!({"role": "assistant", "content": null, "reasoning_content": "h"})),
        delta(&json!({"reasoning_content": "m", "reasoning": "m"})),
        delta(&json!({"content": "Hel"})),
        delta(&json!({"content": "lo"})),
        finish("stop"),
        json!({"id": "chatcmpl-1", "choices": [], "usage": {
            "prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 8}, "completion_tokens_details": {"reasoning_tokens": 2}}}),
        json!("[DONE]"),
    ]);
    end.unwrap();
    let ids: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::ItemStarted { item_id, .. } => item_id.clone(),
            _ => None,
        })
        .collect();
    let (thought, said) = (ids[0].clone(), ids[1].clone());
    let reasoning = json!({
        "type": "reasoning", "id": thought, "summary": [],
        "content": [{"type": "reasoning_text", "text": "hm"}],
        "encrypted_content": "codex:chat:reasoning_content:",
    });
    let mut hello = message("Hello");
    hello["id"] = json!(said);
    let usage = TokenUsage {
        input_tokens: 10,
        cached_input_tokens: 8,
        cache_write_input_tokens: 0,
        output_tokens: 4,
        reasoning_output_tokens: 2,
        total_tokens: 14,
    };
    let done = |item: &Value| match StreamEvent::ItemDone(ResponseItem::from_body(item).unwrap()) {
        StreamEvent::ItemDone(item) => serde_json::to_value(item).unwrap(),
        _ => Value::Null,
    };
    let finished: Vec<Value> = events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::ItemDone(item) => Some(serde_json::to_value(item).unwrap()),
            _ => None,
        })
        .collect();
    assert_eq!(finished, [done(&reasoning), done(&hello)]);
    let rest: Vec<_> =
        events.into_iter().filter(|event| !matches!(event, StreamEvent::ItemDone(_))).collect();
    assert_eq!(
        rest,
        [
            StreamEvent::Created,
            StreamEvent::ItemStarted { item_id: Some(thought.clone()), kind: ItemKind::Reasoning },
            StreamEvent::ReasoningDelta { item_id: Some(thought), delta: "hm".to_owned() },
            StreamEvent::ItemStarted {
                item_id: Some(said.clone()),
                kind: ItemKind::Message(Role::Assistant)
            },
            StreamEvent::TextDelta { item_id: Some(said), delta: "Hello".to_owned() },
            StreamEvent::Completed { response_id: ResponseId::new("chatcmpl-1"), usage, end_turn: None },
        ]
    );
}

#[test]
fn calls_are_put_together_by_index_however_their_pieces_mix() {
    let piece = |index, id: Value, name: Value, arguments: &str| json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let (events, end) = read(&[
        delta(&json!({"tool_calls": [piece(0, json!("a"), json!("f"), "")]})),
        delta(&json!({"tool_calls": [piece(1, json!("b"), json!("apply_patch"), "{\"in")]})),
        delta(
            &json!({"tool_calls": [piece(0, Value::Null, Value::Null, "{\"x\""), piece(1, json!(""), json!(""), "put\":\"p")]}),
        ),
        delta(
            &json!({"tool_calls": [piece(1, Value::Null, Value::Null, "\"}"), piece(0, Value::Null, Value::Null, ":1}")]}),
        ),
        finish("tool_calls"),
        json!("[DONE]"),
    ]);
    end.unwrap();
    let patch = json!({"type": "custom_tool_call", "name": "apply_patch", "input": "p", "call_id": "b"});
    assert_eq!(items(&events), [call("a", "f", "{\"x\":1}"), patch]);
}

#[test]
fn servers_with_habits_of_their_own() {
    // Whole calls under one index, arguments as an object, no index, no id, `stop` in place of `tool_calls`.
    let (events, end) = read(&[
        delta(
            &json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]}),
        ),
        delta(
            &json!({"tool_calls": [{"index": 0, "id": "b", "function": {"name": "g", "arguments": {"x": 1}}}]}),
        ),
        delta(&json!({"tool_calls": [{"id": "c", "function": {"name": "h"}}]})),
        delta(&json!({"tool_calls": [{"index": 7, "function": {"name": "i", "arguments": ""}}]})),
        json!({"choices": [{"index": 1, "delta": {"content": "another answer"}, "finish_reason": "stop"}]}),
        json!("not json"),
        finish("stop"),
    ]);
    end.unwrap();
    let got = items(&events);
    assert_eq!(got[..3], [call("a", "f", "{}"), call("b", "g", "{\"x\":1}"), call("c", "h", "{}")]);
    assert!(got[3]["call_id"].as_str().unwrap().starts_with("call_"), "{}", got[3]);
    assert!(matches!(events.last(), Some(StreamEvent::Completed { .. })), "a missing [DONE] is no loss");
}

#[test]
fn the_same_id_twice_is_two_calls() {
    let (events, _) = read(&[
        delta(&json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f"}}]})),
        delta(&json!({"tool_calls": [{"index": 1, "id": "a", "function": {"name": "f"}}]})),
        finish("tool_calls"),
    ]);
    let ids: Vec<_> =
        items(&events).iter().map(|item| CallId::new(item["call_id"].as_str().unwrap())).collect();
    assert!(ids[0] == CallId::new("a") && ids[1] != ids[0], "{ids:?}");
}

#[test]
fn details_of_reasoning_come_back_as_they_came() {
    let details = json!([{"type": "reasoning.encrypted", "data": "x", "index": 0}]);
    let (events, _) = read(&[
        delta(&json!({"reasoning": "hm", "reasoning_details": details})),
        delta(&json!({"content": "x"})),
        finish("stop"),
    ]);
    let kept = format!("codex:chat:reasoning:{details}");
    assert_eq!(items(&events)[0]["encrypted_content"], kept);
}

#[test]
fn a_stream_that_breaks_gives_no_items_and_one_cut_short_no_calls() {
    let chunks = [
        delta(&json!({"content": "Hello"})),
        delta(
            &json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{\"x"}}]}),
        ),
    ];
    let (events, end) = read(&chunks);
    assert_eq!(items(&events), [] as [Value; 0]);
    assert_eq!(end.unwrap_err().retry(), Retry::Stream { after: None });
    for reason in ["length", "content_filter"] {
        let (events, end) = read(&[&chunks[..], &[finish(reason)]].concat());
        assert_eq!(items(&events), [message("Hello")]);
        assert_eq!(end.unwrap_err().retry(), Retry::Final);
    }
}

#[test]
fn an_error_inside_of_the_stream_ends_it() {
    let (_, end) = read(&[json!({"error": {"message": "maximum context length", "code": 400}})]);
    assert!(end.unwrap_err().is_context_window());
    let (_, end) = read(&[delta(&json!({})), finish("error")]);
    assert_eq!(end.unwrap_err().retry(), Retry::Stream { after: None });
}

proptest::proptest! {
    #[test]
    fn nothing_panics(chunks in proptest::collection::vec("\\PC{0,80}", 0..8)) {
        let (mut decoder, mut out) = (decoder(), VecDeque::new());
        for chunk in &chunks {
            let _ = decoder.decode(chunk.as_bytes(), &mut out);
            let wrapped = format!("{{\"choices\":[{{\"delta\":{chunk}}}]}}");
            let _ = decoder.decode(wrapped.as_bytes(), &mut out);
        }
        let _ = decoder.end(&mut out);
    }
}
