//! Events of a Messages stream to the turn's: blocks, ends good and bad, and what reasoning leaves behind.

use std::collections::VecDeque;

use codex_protocol::TokenUsage;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::dialogue::{Dialogue, ToolTable};
use crate::{Retry, StreamEvent};

fn decoder() -> MessagesDecoder {
    let tools = serde_json::from_value::<Vec<_>>(json!([{"type": "custom", "name": "apply_patch"}])).unwrap();
    let table = ToolTable::of(&tools, std::iter::empty()).unwrap();
    MessagesDecoder::new(CallBook::new(table, &Dialogue::default()), "claude-opus-4".to_owned())
}

fn read(events: &[Value]) -> (Vec<StreamEvent>, Result<(), StreamError>) {
    let (mut decoder, mut out) = (decoder(), VecDeque::new());
    for event in events {
        if let Err(error) = decoder.decode(event.to_string().as_bytes(), &mut out) {
            return (out.into(), Err(error));
        }
    }
    let end = decoder.end(&mut out);
    (out.into(), end)
}

fn start(model: &str) -> Value {
    let usage = json!({"input_tokens": 5, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 5, "output_tokens": 1});
    json!({"type": "message_start", "message": {"id": "msg_1", "role": "assistant", "model": model, "content": [], "usage": usage}})
}

fn block(index: u64, start: &Value, deltas: &[Value]) -> Vec<Value> {
    let mut events = vec![json!({"type": "content_block_start", "index": index, "content_block": start})];
    events.extend(
        deltas.iter().map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})),
    );
    events.push(json!({"type": "content_block_stop", "index": index}));
    events
}

fn text(index: u64, pieces: &[&str]) -> Vec<Value> {
    let deltas: Vec<_> = pieces.iter().map(|piece| json!({"type": "text_delta", "text": piece})).collect();
    block(index, &json!({"type": "text", "text": ""}), &deltas)
}

fn thinking(index: u64) -> Vec<Value> {
    let deltas = [
        json!({"type": "thinking_delta", "thinking": "h"}),
        json!({"type": "thinking_delta", "thinking": "m"}),
        json!({"type": "signature_delta", "signature": "sig=="}),
    ];
    block(index, &json!({"type": "thinking", "thinking": "", "signature": ""}), &deltas)
}

fn tool(index: u64, id: &str, name: &str, pieces: &[&str]) -> Vec<Value> {
    let deltas: Vec<_> =
        pieces.iter().map(|piece| json!({"type": "input_json_delta", "partial_json": piece})).collect();
    block(index, &json!({"type": "tool_use", "id": id, "name": name, "input": {}}), &deltas)
}

fn stop(reason: &str) -> Vec<Value> {
    let end = json!({"stop_reason": reason, "stop_sequence": null});
    vec![
        json!({"type": "message_delta", "delta": end, "usage": {"output_tokens": 20}}),
        json!({"type": "message_stop"}),
    ]
}

fn items(events: &[StreamEvent]) -> Vec<Value> {
    let item = |event: &StreamEvent| match event {
        StreamEvent::ItemDone(item) => {
            let mut value = serde_json::to_value(item).unwrap();
            value.as_object_mut().unwrap().remove("id");
            Some(value)
        }
        _ => None,
    };
    events.iter().filter_map(item).collect()
}

fn message(text: &str) -> Value {
    json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]})
}

fn thought() -> Value {
    json!({
        "type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "content": null,
        "encrypted_content": "codex:messages:thinking:sig==",
    })
}

#[test]
fn a_whole_answer_with_every_kind_of_block() {
    let ping = json!({"type": "ping"});
    let redacted = block(1, &json!({"type": "redacted_thinking", "data": "EqQ="}), &[]);
    let (events, end) = read(
        &[
            vec![start("claude-opus-4-20250514"), ping],
            thinking(0),
            redacted,
            text(2, &["Hel", "lo"]),
            tool(3, "toolu_1", "exec", &["", "{\"cmd\":", "\"ls\"}"]),
            tool(4, "toolu_2", "apply_patch", &["{\"input\":\"p\"}"]),
            tool(5, "toolu_3", "plan", &[]),
            stop("tool_use"),
        ]
        .concat(),
    );
    end.unwrap();
    assert_eq!(
        items(&events),
        [
            thought(),
            json!({"type": "reasoning", "summary": [], "content": null, "encrypted_content": "codex:messages:redacted:EqQ="}),
            message("Hello"),
            json!({"type": "function_call", "name": "exec", "arguments": "{\"cmd\":\"ls\"}", "call_id": "toolu_1"}),
            json!({"type": "custom_tool_call", "name": "apply_patch", "input": "p", "call_id": "toolu_2"}),
            json!({"type": "function_call", "name": "plan", "arguments": "{}", "call_id": "toolu_3"}),
        ]
    );
    let usage = TokenUsage {
        input_tokens: 100,
        cached_input_tokens: 90,
        cache_write_input_tokens: 5,
        output_tokens: 20,
        reasoning_output_tokens: 0,
        total_tokens: 120,
    };
    let completed = StreamEvent::Completed { response_id: ResponseId::new("msg_1"), usage, end_turn: None };
    assert_eq!(events.last(), Some(&completed));
    assert!(
        !events.iter().any(|event| matches!(event, StreamEvent::ServerModel(_))),
        "an alias is no other model"
    );
    let deltas: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::TextDelta { delta, .. } | StreamEvent::ReasoningDelta { delta, .. } => {
                Some(delta.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(deltas, ["hm", "Hello"]);
}

#[test]
fn reasoning_without_what_follows_leaves_nothing() {
    let (events, end) = read(&[vec![start("claude-opus-4")], thinking(0)].concat());
    assert_eq!(items(&events), [] as [Value; 0]);
    assert_eq!(end.unwrap_err().retry(), Retry::Stream { after: None });
    let (events, _) = read(&[vec![start("claude-opus-4")], thinking(0), text(1, &["Hello"])].concat());
    assert_eq!(items(&events), [thought(), message("Hello")]);
}

#[test]
fn half_a_call_is_never_given_out() {
    let half = || [vec![start("claude-opus-4")], tool(0, "a", "exec", &["{\"cmd\":\"rm"])].concat();
    let (events, end) = read(&[half(), stop("max_tokens")].concat());
    assert_eq!(items(&events), [] as [Value; 0]);
    assert_eq!(end.unwrap_err().message(), "the response is incomplete, reason: max_output_tokens");
    // The model's own mistake is the tool's to answer.
    let (events, end) = read(&[half(), stop("tool_use")].concat());
    end.unwrap();
    assert_eq!(items(&events)[0]["arguments"], "{\"cmd\":\"rm");
}

#[test]
fn every_reason_to_stop_has_its_outcome() {
    let end = |reason| read(&[vec![start("claude-opus-4")], text(0, &["x"]), stop(reason)].concat()).1;
    assert!(end("end_turn").is_ok() && end("stop_sequence").is_ok() && end("pause_turn").is_ok());
    assert!(end("model_context_window_exceeded").unwrap_err().is_context_window());
    assert_eq!(end("refusal").unwrap_err().message(), "the model declined to answer this");
    let (events, _) = read(&[vec![start("claude-opus-4")], text(0, &["x"]), stop("pause_turn")].concat());
    assert!(matches!(events.last(), Some(StreamEvent::Completed { end_turn: Some(false), .. })));
}

#[test]
fn another_model_is_told_and_an_error_ends_the_stream() {
    let overloaded = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let (events, end) = read(&[start("claude-haiku"), overloaded]);
    assert!(events.contains(&StreamEvent::ServerModel("claude-haiku".to_owned())));
    assert_eq!(end.unwrap_err().message(), "the model server is overloaded: Overloaded");
}

#[test]
fn a_missing_last_word_is_no_loss_and_unknown_things_mean_nothing() {
    let mut events = [vec![start("claude-opus-4")], text(0, &["x"]), stop("end_turn")].concat();
    events.pop();
    events.insert(
        1,
        json!({"type": "content_block_start", "index": 9, "content_block": {"type": "server_tool_use"}}),
    );
    events
        .insert(2, json!({"type": "content_block_delta", "index": 9, "delta": {"type": "citations_delta"}}));
    events.insert(
        3,
        json!({"type": "content_block_delta", "index": 8, "delta": {"type": "text_delta", "text": "?"}}),
    );
    let (events, end) = read(&events);
    end.unwrap();
    assert_eq!(items(&events), [message("x")]);
    assert!(matches!(events.last(), Some(StreamEvent::Completed { .. })));
}

proptest::proptest! {
    #[test]
    fn nothing_panics(events in proptest::collection::vec("\\PC{0,80}", 0..8), index in 0u64..3) {
        let (mut decoder, mut out) = (decoder(), VecDeque::new());
        for event in &events {
            let _ = decoder.decode(event.as_bytes(), &mut out);
            for wrapped in [
                format!("{{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{event}}}"),
                format!("{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{event}}}"),
            ] {
                let _ = decoder.decode(wrapped.as_bytes(), &mut out);
            }
        }
        let _ = decoder.end(&mut out);
    }
}
