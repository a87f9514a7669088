//! Whole bodies, and the rules any history must keep to.

use pretty_assertions::assert_eq;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::*;
use crate::dialogue::Lab;
use crate::{OutputSchema, SchemaStrictness};

fn rendered(request: &ModelRequest<'_>, name: &str) -> Value {
    let provider = ProviderInfo::custom("lab", name, "http://x/v1");
    serde_json::from_slice(&render(request, &provider).unwrap().body).unwrap()
}

fn history() -> Value {
    json!([
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "base"}]},
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "look"},
            {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "original"}]},
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}],
         "encrypted_content": "codex:chat:reasoning:[{\"data\":\"x\"}]"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
        {"type": "function_call", "name": "view", "arguments": "{\"path\": \"a\"}", "call_id": "a"},
        {"type": "custom_tool_call", "name": "apply_patch", "input": "*** x", "call_id": "b"},
        {"type": "custom_tool_call_output", "call_id": "b", "output": "done"},
        {"type": "function_call_output", "call_id": "a", "output": [
            {"type": "input_image", "image_url": "data:image/png;base64,BBBB"}]},
    ])
}

#[test]
fn a_whole_body() {
    let tools = json!([
        {"type": "function", "name": "view", "description": "d", "strict": false, "parameters": {"type": "object"}},
        {"type": "web_search"},
    ]);
    let lab = Lab::new("qwen", &history(), &tools);
    let schema = to_raw_value(&json!({"type": "object"})).unwrap();
    let request = ModelRequest {
        reasoning_effort: Some("low"),
        output_schema: Some(OutputSchema { schema: &schema, strictness: SchemaStrictness::Strict }),
        parallel_tool_calls: false,
        service_tier: Some("flex"),
        ..lab.request()
    };
    let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let mut shown = image("data:image/png;base64,AAAA");
    shown["image_url"]["detail"] = json!("high");
    let expected = json!({
        "model": "qwen",
        "messages": [
            {"role": "system", "content": "base"},
            {"role": "user", "content": [{"type": "text", "text": "look"}, shown]},
            {"role": "assistant", "content": "I look.", "reasoning": "hm", "reasoning_details": [{"data": "x"}],
             "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "view", "arguments": "{\"path\": \"a\"}"}},
                {"id": "b", "type": "function", "function": {"name": "apply_patch", "arguments": "{\"input\":\"*** x\"}"}},
            ]},
            {"role": "tool", "tool_call_id": "a", "content": "(an image, shown below)"},
            {"role": "tool", "tool_call_id": "b", "content": "done"},
            {"role": "user", "content": [
                {"type": "text", "text": "Images from the tools above, in order:"}, image("data:image/png;base64,BBBB")]},
        ],
        "stream": true,
        "stream_options": {"include_usage": true},
        "tools": [{"type": "function", "function": {
            "name": "view", "description": "d", "parameters": {"type": "object"}}}],
        "tool_choice": "auto",
        "parallel_tool_calls": false,
        "reasoning_effort": "low",
        "service_tier": "flex",
        "response_format": {"type": "json_schema", "json_schema": {
            "name": "codex_output_schema", "strict": true, "schema": {"type": "object"}}},
    });
    assert_eq!(rendered(&request, "Lab"), expected);
}

#[test]
fn without_tools_nothing_is_said_of_tools_and_old_reasoning_stays_behind() {
    let mut items = history();
    items.as_array_mut().unwrap().push(json!({"type": "message", "role": "user", "content": [
        {"type": "input_text", "text": "and now?"}]}));
    let lab = Lab::new("qwen", &items, &json!([]));
    let body = rendered(&lab.request(), "Lab");
    for absent in ["tools", "tool_choice", "parallel_tool_calls", "reasoning_effort", "prompt_cache_key"] {
        assert_eq!(body.get(absent), None, "{absent}");
    }
    assert_eq!(body["messages"][2].get("reasoning"), None);
    assert_eq!(body["messages"][5]["content"][2]["text"], "and now?", "joined to the tool's image");
    let first_party = rendered(&lab.request(), "OpenAI");
    assert_eq!(first_party["prompt_cache_key"].as_str().map(str::len), Some(36));
}
