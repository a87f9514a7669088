//! A reply in chunks of the Chat Completions API. Calls are sent at the end, their pieces mixed by index, as servers
//! do that make several at once.

use serde_json::{Value, json};

use super::translate::{Voice, call_of, halves, text_of};
use crate::reply::{ItemEvent, Step};

pub(super) struct ChatVoice {
    id: String,
    model: String,
    calls: Vec<(String, String, String)>,
    /// Whether the item in progress was sent in pieces.
    streamed: bool,
    out: Vec<Step>,
}

impl ChatVoice {
    pub(super) fn new(request: usize, model: &str) -> ChatVoice {
        let id = format!("chatcmpl-{request}");
        ChatVoice { id, model: model.to_owned(), calls: Vec::new(), streamed: false, out: Vec::new() }
    }

    fn chunk(&mut self, delta: &Value, finish_reason: Option<&str>) {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish_reason });
        self.push(&json!([choice]), &Value::Null);
    }

    fn push(&mut self, choices: &Value, usage: &Value) {
        self.out.push(Step::Event(json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": 1_795_240_000,
            "model": self.model,
            "choices": choices,
            "usage": usage,
        })));
    }

    fn piece(&mut self, index: usize, arguments: &str) {
        let call = json!({ "index": index, "function": { "arguments": arguments } });
        self.chunk(&json!({ "tool_calls": [call] }), None);
    }
}

impl Voice for ChatVoice {
    fn created(&mut self) {
        self.chunk(&json!({ "role": "assistant", "content": "" }), None);
    }

    fn item(&mut self, event: ItemEvent, item: &Value) {
        if event == ItemEvent::Added {
            self.streamed = false;
            return;
        }
        match item["type"].as_str() {
            Some("message") if !self.streamed => self.text(text_of(item)),
            Some("reasoning") if !self.streamed => self.reasoning(text_of(item)),
            Some("function_call" | "custom_tool_call") => self.calls.push(call_of(item)),
            _ => {}
        }
    }

    fn text(&mut self, piece: &str) {
        self.streamed = true;
        self.chunk(&json!({ "content": piece }), None);
    }

    fn reasoning(&mut self, piece: &str) {
        self.streamed = true;
        self.chunk(&json!({ "reasoning_content": piece }), None);
    }

    fn completed(&mut self, usage: &Value) {
        let calls = std::mem::take(&mut self.calls);
        for (index, (id, name, _)) in calls.iter().enumerate() {
            let function = json!({ "name": name, "arguments": "" });
            let call = json!({ "index": index, "id": id, "type": "function", "function": function });
            self.chunk(&json!({ "tool_calls": [call] }), None);
        }
        for (index, (_, _, arguments)) in calls.iter().enumerate() {
            self.piece(index, halves(arguments).0);
        }
        for (index, (_, _, arguments)) in calls.iter().enumerate().rev() {
            self.piece(index, halves(arguments).1);
        }
        self.chunk(&json!({}), Some(if calls.is_empty() { "stop" } else { "tool_calls" }));
        if !usage.is_null() {
            let usage = json!({
                "prompt_tokens": usage["input_tokens"],
                "prompt_tokens_details": usage["input_tokens_details"],
                "completion_tokens": usage["output_tokens"],
                "completion_tokens_details": usage["output_tokens_details"],
                "total_tokens": usage["total_tokens"],
            });
            self.push(&json!([]), &usage);
        }
        self.out.push(Step::EventText("[DONE]".to_owned()));
    }

    fn incomplete(&mut self, reason: &str) {
        let reason = if reason == "max_output_tokens" { "length" } else { reason };
        self.chunk(&json!({}), Some(reason));
    }

    fn failed(&mut self, error: &Value) {
        self.out.push(Step::Event(json!({ "error": error })));
    }

    fn spoken(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.out)
    }
}
