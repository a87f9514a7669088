//! The rules a conversation must obey on the wires that have more of them than the Responses API. Pure; the services
//! answer 400 to what breaks them, so the scripted server does as well.

use std::collections::HashSet;

use serde_json::Value;

use crate::request::list;

/// What is wrong with the messages of a Chat Completions body; empty when nothing is.
pub fn chat_faults(body: &Value) -> Vec<String> {
    let messages = list(&body["messages"]);
    let mut faults = Faults::default();
    let mut waiting: Vec<&str> = Vec::new();
    let mut ids = HashSet::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        faults.check(role == "tool" || waiting.is_empty(), at, "calls without answers stand before it");
        match role {
            "system" => {
                faults.check(at == 0, at, "`system` is not the first message");
                faults.check(is_said(&message["content"]), at, "it is blank");
            }
            "user" => faults.check(is_said(&message["content"]), at, "it is blank"),
            "tool" => {
                let next = if waiting.is_empty() { None } else { Some(waiting.remove(0)) };
                faults.check(
                    next.is_some() && message["tool_call_id"].as_str() == next,
                    at,
                    "it answers another call",
                );
                faults.check(message["content"].is_string(), at, "a tool's content is text");
            }
            "assistant" => {
                let calls = list(&message["tool_calls"]);
                let says = message["content"].as_str().is_some_and(|text| !text.trim().is_empty());
                faults.check(says || !calls.is_empty(), at, "it neither says nor calls anything");
                for call in calls {
                    let id = call["id"].as_str().unwrap_or_default();
                    faults.check(is_name(id, 40) && ids.insert(id), at, "a call's id is bad or taken");
                    faults.check(
                        is_name(text(&call["function"]["name"]), 64),
                        at,
                        "a function's name is bad",
                    );
                    let arguments: Value =
                        serde_json::from_str(text(&call["function"]["arguments"])).unwrap_or_default();
                    faults.check(arguments.is_object(), at, "arguments are no object");
                    waiting.push(id);
                }
            }
            _ => faults.check(false, at, "nobody has this role"),
        }
    }
    faults.check(waiting.is_empty(), messages.len(), "calls have no answers");
    let last = messages.last().map(|message| text(&message["role"]));
    faults.check(
        matches!(last, Some("user" | "tool")),
        messages.len(),
        "the last word is not for the model to answer",
    );
    faults.0
}

/// What is wrong with a Messages body; empty when nothing is.
pub fn messages_faults(body: &Value) -> Vec<String> {
    let messages = list(&body["messages"]);
    let mut faults = Faults::default();
    let mut waiting: Vec<&str> = Vec::new();
    let mut ids = HashSet::new();
    let mut marks = list(&body["system"]).iter().filter(|block| block["cache_control"].is_object()).count();
    for (at, message) in messages.iter().enumerate() {
        let expected = if at % 2 == 0 { "user" } else { "assistant" };
        faults.check(message["role"] == expected, at, "turns do not alternate, beginning with `user`");
        let blocks = list(&message["content"]);
        faults.check(!blocks.is_empty(), at, "it is empty");
        let results = blocks.iter().take_while(|block| block["type"] == "tool_result").count();
        let answered: Vec<&str> =
            blocks.iter().take(results).map(|block| text(&block["tool_use_id"])).collect();
        faults.check(answered == waiting, at, "its results do not answer the calls before it");
        waiting.clear();
        for (place, block) in blocks.iter().enumerate() {
            marks += usize::from(block["cache_control"].is_object());
            match text(&block["type"]) {
                "text" => faults.check(is_said(&block["text"]), at, "a text is blank"),
                "tool_result" => faults.check(place < results, at, "a result stands behind other blocks"),
                "tool_use" => {
                    let id = text(&block["id"]);
                    faults.check(is_name(id, 64) && ids.insert(id), at, "a call's id is bad or taken");
                    faults.check(is_name(text(&block["name"]), 64), at, "a tool's name is bad");
                    faults.check(block["input"].is_object(), at, "an input is no object");
                    waiting.push(id);
                }
                "image" | "thinking" | "redacted_thinking" => {}
                _ => faults.check(false, at, "a block is of an unknown type"),
            }
        }
        let last = blocks.last().map(|block| text(&block["type"])).unwrap_or_default();
        faults.check(!last.ends_with("thinking"), at, "thinking is the end of it");
    }
    let end = messages.len();
    faults.check(end % 2 == 1, end, "the last word is not a person's");
    faults.check(ids.is_empty() || !list(&body["tools"]).is_empty(), end, "there are calls and no tools");
    faults.check(marks <= 4, end, "there are more than four cache marks");
    let max_tokens = body["max_tokens"].as_u64().unwrap_or(0);
    faults.check(max_tokens > 0, end, "`max_tokens` is missing");
    if let Some(budget) = body["thinking"]["budget_tokens"].as_u64() {
        faults.check((1024..max_tokens).contains(&budget), end, "the thinking budget is out of bounds");
        faults.check(
            begins_with_thinking(messages),
            end,
            "the answer in progress does not begin with thinking",
        );
    }
    faults.0
}

/// Whether the model's first message after a person spoke last begins with thinking.
fn begins_with_thinking(messages: &[Value]) -> bool {
    let is_results =
        |message: &Value| list(&message["content"]).iter().all(|block| block["type"] == "tool_result");
    let spoke = messages.iter().rposition(|message| message["role"] == "user" && !is_results(message));
    let answer = spoke.and_then(|at| messages.get(at + 1));
    answer.is_none_or(|answer| text(&answer["content"][0]["type"]).ends_with("thinking"))
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, good: bool, at: usize, fault: &str) {
        if !good {
            self.0.push(format!("messages[{at}]: {fault}"));
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_said(content: &Value) -> bool {
    match content {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(parts) => {
            !parts.is_empty() && parts.iter().all(|part| part["type"] != "text" || is_said(&part["text"]))
        }
        _ => false,
    }
}

fn is_name(text: &str, chars_max: usize) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !text.is_empty() && text.len() <= chars_max && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn chat(messages: &Value) -> Vec<String> {
        chat_faults(&json!({ "messages": messages }))
    }

    #[test]
    fn chat_answers_follow_their_calls() {
        let call = |id: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let user = json!({ "role": "user", "content": "hi" });
        let asks = json!({ "role": "assistant", "content": null, "tool_calls": [call("a"), call("b")] });
        let answer = |id: &str| json!({ "role": "tool", "tool_call_id": id, "content": "" });
        assert_eq!(chat(&json!([user, asks, answer("a"), answer("b")])), [] as [&str; 0]);
        assert_eq!(chat(&json!([user, asks, answer("b"), answer("a")])).len(), 2);
        assert_eq!(
            chat(&json!([user, asks, answer("a"), user]))[0],
            "messages[3]: calls without answers stand before it"
        );
        assert_eq!(chat(&json!([{ "role": "assistant", "content": " " }])).len(), 2);
    }

    #[test]
    fn messages_alternate_and_begin_with_results() {
        let faults = |messages: Value| {
            messages_faults(&json!({ "max_tokens": 1, "tools": [{}], "messages": messages }))
        };
        let text =
            |role: &str, text: &str| json!({ "role": role, "content": [{ "type": "text", "text": text }] });
        let asks = json!({ "role": "assistant", "content": [{ "type": "tool_use", "id": "a", "name": "f", "input": {} }] });
        let result = json!({ "type": "tool_result", "tool_use_id": "a" });
        let good = json!({ "role": "user", "content": [result, { "type": "text", "text": "x" }] });
        let bad = json!({ "role": "user", "content": [{ "type": "text", "text": "x" }, result] });
        assert_eq!(faults(json!([text("user", "hi"), asks, good])), [] as [&str; 0]);
        assert_eq!(faults(json!([text("user", "hi"), asks, bad])).len(), 2);
        assert_eq!(faults(json!([text("user", "hi"), text("user", " ")])).len(), 3);
        let thinks = json!({ "role": "assistant", "content": [{ "type": "thinking" }] });
        assert_eq!(
            faults(json!([text("user", "hi"), thinks, text("user", "x")])),
            ["messages[1]: thinking is the end of it"]
        );
    }
}
