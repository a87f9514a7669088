//! Whole bodies, and what becomes of things the service does not take.

use pretty_assertions::assert_eq;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::*;
use crate::dialogue::Lab;
use crate::{OutputSchema, SchemaStrictness};

fn rendered(request: &ModelRequest<'_>) -> Value {
    serde_json::from_slice(&render(request).unwrap().body).unwrap()
}

fn said(role: &str, text: &str) -> Value {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
}

fn history() -> Value {
    json!([
        said("developer", "base"),
        said("developer", "more"),
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "look"},
            {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "content": null,
         "encrypted_content": "codex:messages:thinking:sig=="},
        {"type": "reasoning", "summary": [], "content": null, "encrypted_content": "codex:messages:redacted:EqQ="},
        said("assistant", "I look. \n"),
        {"type": "function_call", "name": "view", "arguments": "{\"n\": 1.50}", "call_id": "toolu_a"},
        {"type": "custom_tool_call", "name": "apply_patch", "input": "*** x", "call_id": "b"},
        {"type": "custom_tool_call_output", "call_id": "b", "output": ""},
        {"type": "function_call_output", "call_id": "toolu_a", "output": [
            {"type": "input_text", "text": "an image"},
            {"type": "input_image", "image_url": "https://x/i.png"},
            {"type": "input_image", "image_url": "data:image/tiff;base64,BBBB"}]},
        said("user", "and?"),
    ])
}

#[test]
fn a_whole_body() {
    let tools =
        json!([{"type": "function", "name": "view", "description": "d", "parameters": {"type": "object"}}]);
    let mut lab = Lab::new("claude-opus-4-5", &history(), &tools);
    lab.model.max_output_tokens = Some(20_000);
    let schema = to_raw_value(&json!({"type": "object"})).unwrap();
    let request = ModelRequest {
        reasoning_effort: Some("low"),
        output_schema: Some(OutputSchema { schema: &schema, strictness: SchemaStrictness::Strict }),
        parallel_tool_calls: false,
        ..lab.request()
    };
    let mark = json!({"type": "ephemeral"});
    let png = json!({"type": "base64", "media_type": "image/png", "data": "AAAA"});
    let expected = json!({
        "model": "claude-opus-4-5",
        "max_tokens": 20_000,
        "stream": true,
        "thinking": {"type": "enabled", "budget_tokens": 4096},
        "tools": [{"name": "view", "description": "d", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
        "system": [
            {"type": "text", "text": "base"},
            {"type": "text", "text": "more"},
            {"type": "text", "text": ask_for_json(&schema), "cache_control": mark},
        ],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "look"},
                {"type": "image", "source": png, "cache_control": mark}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig=="},
                {"type": "redacted_thinking", "data": "EqQ="},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "toolu_a", "name": "view", "input": {"n": 1.5}},
                {"type": "tool_use", "id": "b", "name": "apply_patch", "input": {"input": "*** x"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_a", "content": [
                    {"type": "text", "text": "an image"},
                    {"type": "image", "source": {"type": "url", "url": "https://x/i.png"}},
                    {"type": "text", "text": "(an image of the type `image/tiff`, which cannot be shown here)"}]},
                {"type": "tool_result", "tool_use_id": "b"},
                {"type": "text", "text": "and?", "cache_control": mark}]},
        ],
    });
    assert_eq!(rendered(&request), expected);
}

#[test]
fn a_summary_is_asked_for_without_tools_that_can_be_called() {
    let lab = Lab::new("claude-opus-4-5", &history(), &json!([]));
    let body = rendered(&lab.request());
    let stand_in = |name: &str| json!({"name": name, "description": "Not available now.", "input_schema": {"type": "object"}});
    assert_eq!(body["tools"], json!([stand_in("apply_patch"), stand_in("view")]));
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
    assert_eq!(body["max_tokens"], 32_000);
    let plain = rendered(&Lab::new("claude-opus-4-5", &json!([said("user", "hi")]), &json!([])).request());
    assert_eq!((plain.get("tools"), plain.get("tool_choice"), plain.get("system")), (None, None, None));
}

#[test]
fn reasoning_is_never_the_end_of_a_message_and_calls_are() {
    let thought =
        json!({"type": "reasoning", "summary": [], "encrypted_content": "codex:messages:redacted:x"});
    let call = json!({"type": "function_call", "name": "f", "arguments": "{}", "call_id": "a"});
    let blocks = |items: Value| {
        let body = rendered(&Lab::new("claude-opus-4-5", &items, &json!([])).request());
        let kinds = body["messages"][1]["content"].as_array().cloned().unwrap_or_default();
        kinds.iter().map(|block| block["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(blocks(json!([said("user", "a"), said("assistant", "b"), thought])), ["text"]);
    assert_eq!(
        blocks(json!([said("user", "a"), call, said("assistant", "b"), thought])),
        ["text", "redacted_thinking", "tool_use"]
    );
}
