//! A reply in events of the Messages API.

use serde_json::{Value, json};

use super::translate::{Voice, call_of, halves, text_of};
use crate::reply::{ItemEvent, Step};

pub(super) struct MessagesVoice {
    id: String,
    model: String,
    index: usize,
    /// Whether a block has been begun and not ended.
    open: bool,
    called: bool,
    out: Vec<Step>,
}

impl MessagesVoice {
    pub(super) fn new(request: usize, model: &str) -> MessagesVoice {
        let (id, model) = (format!("msg_{request}"), model.to_owned());
        MessagesVoice { id, model, index: 0, open: false, called: false, out: Vec::new() }
    }

    fn push(&mut self, event: Value) {
        self.out.push(Step::Event(event));
    }

    fn begin(&mut self, block: &Value) {
        self.open = true;
        self.push(json!({ "type": "content_block_start", "index": self.index, "content_block": block }));
    }

    fn delta(&mut self, delta: &Value) {
        self.push(json!({ "type": "content_block_delta", "index": self.index, "delta": delta }));
    }

    fn end(&mut self) {
        self.push(json!({ "type": "content_block_stop", "index": self.index }));
        self.open = false;
        self.index += 1;
    }

    fn done(&mut self, item: &Value) {
        match item["type"].as_str() {
            Some("message") => {
                if !self.open && !text_of(item).is_empty() {
                    self.text(text_of(item));
                }
                if self.open {
                    self.end();
                }
            }
            Some("reasoning") => {
                if !self.open && text_of(item).is_empty() {
                    self.begin(&json!({ "type": "redacted_thinking", "data": item["encrypted_content"] }));
                    return self.end();
                }
                if !self.open {
                    self.reasoning(text_of(item));
                }
                self.delta(&json!({ "type": "signature_delta", "signature": item["encrypted_content"] }));
                self.end();
            }
            Some("function_call" | "custom_tool_call") => {
                self.called = true;
                let (id, name, arguments) = call_of(item);
                self.begin(&json!({ "type": "tool_use", "id": id, "name": name, "input": {} }));
                let (first, second) = halves(&arguments);
                for piece in ["", first, second] {
                    self.delta(&json!({ "type": "input_json_delta", "partial_json": piece }));
                }
                self.end();
            }
            _ => {}
        }
    }

    fn stop(&mut self, reason: &str, output_tokens: &Value) {
        let delta = json!({ "stop_reason": reason, "stop_sequence": null });
        self.push(
            json!({ "type": "message_delta", "delta": delta, "usage": { "output_tokens": output_tokens } }),
        );
        self.push(json!({ "type": "message_stop" }));
    }
}

impl Voice for MessagesVoice {
    fn created(&mut self) {
        let message = json!({
            "id": self.id, "type": "message", "role": "assistant", "model": self.model, "content": [],
            "stop_reason": null, "usage": { "output_tokens": 1 },
        });
        self.push(json!({ "type": "message_start", "message": message }));
        self.push(json!({ "type": "ping" }));
    }

    fn item(&mut self, event: ItemEvent, item: &Value) {
        if event == ItemEvent::Done {
            self.done(item);
        }
    }

    fn text(&mut self, piece: &str) {
        if !self.open {
            self.begin(&json!({ "type": "text", "text": "" }));
        }
        self.delta(&json!({ "type": "text_delta", "text": piece }));
    }

    fn reasoning(&mut self, piece: &str) {
        if !self.open {
            self.begin(&json!({ "type": "thinking", "thinking": "", "signature": "" }));
        }
        self.delta(&json!({ "type": "thinking_delta", "thinking": piece }));
    }

    fn completed(&mut self, usage: &Value) {
        let reason = if self.called { "tool_use" } else { "end_turn" };
        let count = |value: &Value| value.as_u64().unwrap_or(0);
        let cached = count(&usage["input_tokens_details"]["cached_tokens"]);
        let fresh = count(&usage["input_tokens"]).saturating_sub(cached);
        let delta = json!({ "stop_reason": reason, "stop_sequence": null });
        let usage = json!({
            "input_tokens": fresh,
            "cache_read_input_tokens": cached,
            "cache_creation_input_tokens": 0,
            "output_tokens": count(&usage["output_tokens"]),
        });
        self.push(json!({ "type": "message_delta", "delta": delta, "usage": usage }));
        self.push(json!({ "type": "message_stop" }));
    }

    fn incomplete(&mut self, reason: &str) {
        let reason = if reason == "max_output_tokens" { "max_tokens" } else { "refusal" };
        self.stop(reason, &json!(1));
    }

    fn failed(&mut self, error: &Value) {
        let error = json!({ "type": error["code"], "message": error["message"] });
        self.push(json!({ "type": "error", "error": error }));
    }

    fn spoken(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.out)
    }
}
