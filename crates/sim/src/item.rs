//! Output items a scripted model answers with, as wire JSON (`responses-wire.md §1.3`).
//! Items carry no id here: the server fills one in that is unique per response. Knows nothing of transports.

use serde_json::{Value, json};

/// Constructors of output items; `codex_sim::Item::message("hi")` is plain JSON.
#[derive(Debug)]
pub enum Item {}

impl Item {
    /// An assistant message with one `output_text` part.
    pub fn message(text: &str) -> Value {
        json!({
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{ "type": "output_text", "text": text, "annotations": [] }],
        })
    }

    /// An assistant message with a `phase` (`commentary`, `final_answer`).
    pub fn message_in_phase(text: &str, phase: &str) -> Value {
        let mut item = Item::message(text);
        item["phase"] = json!(phase);
        item
    }

    /// A reasoning item with one summary part and an encrypted content the client has to echo.
    pub fn reasoning(summary: &str, encrypted_content: &str) -> Value {
        json!({
            "type": "reasoning",
            "summary": [{ "type": "summary_text", "text": summary }],
            "content": null,
            "encrypted_content": encrypted_content,
        })
    }

    /// A function call; `arguments` is turned into the JSON string the wire wants.
    pub fn function_call(name: &str, arguments: &Value, call_id: &str) -> Value {
        Item::function_call_text(name, &arguments.to_string(), call_id)
    }

    /// A function call with the arguments given as text, so that they may be anything but JSON.
    pub fn function_call_text(name: &str, arguments: &str, call_id: &str) -> Value {
        json!({
            "type": "function_call",
            "status": "completed",
            "name": name,
            "arguments": arguments,
            "call_id": call_id,
        })
    }

    /// A call of a tool with free-form input.
    pub fn custom_tool_call(name: &str, input: &str, call_id: &str) -> Value {
        json!({
            "type": "custom_tool_call",
            "status": "completed",
            "name": name,
            "input": input,
            "call_id": call_id,
        })
    }
}

/// The id prefix the service uses for an item of this type.
pub(crate) fn id_prefix(item: &Value) -> &'static str {
    match item["type"].as_str() {
        Some("message") => "msg",
        Some("reasoning") => "rs",
        Some("function_call") => "fc",
        Some("custom_tool_call") => "ctc",
        Some("compaction") => "cmp",
        _ => "it",
    }
}
