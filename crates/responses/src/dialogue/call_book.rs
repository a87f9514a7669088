//! From a call on the wire back to the item the turn knows: which tool a function's name stands for, and a call id
//! that no other call of the conversation has.

use std::collections::{HashMap, HashSet};

use codex_protocol::{CallId, CallKind, ItemId, ItemPrefix, ResponseItem};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::tool_table::{Target, ToolTable};
use super::turns::Dialogue;

/// What the reader of one response needs to know of the request.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallBook {
    targets: HashMap<String, Target>,
    /// Ids of calls the conversation has, as they stand on the wire.
    known: HashSet<String>,
}

#[derive(Serialize)]
struct FunctionCall<'a> {
    r#type: &'static str,
    id: ItemId,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    arguments: &'a str,
    call_id: &'a CallId,
}

#[derive(Serialize)]
struct CustomToolCall<'a> {
    r#type: &'static str,
    id: ItemId,
    name: &'a str,
    input: &'a str,
    call_id: &'a CallId,
}

impl CallBook {
    pub(crate) fn new(tools: ToolTable, dialogue: &Dialogue) -> Self {
        let known = dialogue.calls().map(|call| call.id.clone()).collect();
        Self { targets: tools.targets, known }
    }

    /// The item of a finished call. An id that is missing or taken is replaced.
    pub(crate) fn item(
        &mut self,
        id: &str,
        name: &str,
        arguments: &str,
    ) -> Result<ResponseItem, serde_json::Error> {
        let call_id = if !id.is_empty() && self.known.insert(id.to_owned()) {
            CallId::new(id)
        } else {
            let fresh = ItemId::new_v7(ItemPrefix::FunctionCall);
            CallId::new(format!("call_{}", &fresh.as_str()[3..]))
        };
        let target = self.targets.get(name);
        let name = target.map_or(name, |target| target.name.as_str());
        match target.map(|target| target.kind) {
            Some(CallKind::Custom) => ResponseItem::from_body(&CustomToolCall {
                r#type: "custom_tool_call",
                id: ItemId::new_v7(ItemPrefix::CustomToolCall),
                name,
                input: &free_text(arguments),
                call_id: &call_id,
            }),
            _ => ResponseItem::from_body(&FunctionCall {
                r#type: "function_call",
                id: ItemId::new_v7(ItemPrefix::FunctionCall),
                name,
                namespace: target.and_then(|target| target.namespace.as_deref()),
                arguments: if arguments.trim().is_empty() { "{}" } else { arguments },
                call_id: &call_id,
            }),
        }
    }
}

/// The free text of a custom tool out of the arguments of its function. Models do not always keep to the form: the
/// only string of an object counts, and text that is no JSON is taken as it is.
fn free_text(arguments: &str) -> String {
    match serde_json::from_str::<Value>(arguments) {
        Ok(Value::String(text)) => text,
        Ok(Value::Object(fields)) => {
            let only = fields.values().next().filter(|_| fields.len() == 1);
            let text = fields.get("input").or(only).and_then(Value::as_str);
            text.map_or_else(|| arguments.to_owned(), str::to_owned)
        }
        _ => arguments.to_owned(),
    }
}

/// Whether the text is one JSON object.
pub(crate) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use codex_protocol::CallId;
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use super::{CallBook, ToolTable, free_text};
    use crate::dialogue::Dialogue;

    fn book(tools: &Value) -> CallBook {
        let tools = serde_json::from_value::<Vec<_>>(tools.clone()).unwrap();
        CallBook::new(ToolTable::of(&tools, std::iter::empty()).unwrap(), &Dialogue::default())
    }

    #[test]
    fn a_function_that_stands_for_free_text_becomes_its_tool_again() {
        let mut book = book(&json!([
            {"type": "custom", "name": "apply_patch", "description": "d"},
            {"type": "namespace", "name": "mcp__docs", "tools": [{"type": "function", "name": "find"}]},
        ]));
        let mut item = |id, name, arguments| {
            let mut item = serde_json::to_value(book.item(id, name, arguments).unwrap()).unwrap();
            item.as_object_mut().unwrap().remove("id");
            item
        };
        assert_eq!(
            item("c1", "apply_patch", r#"{"input":"*** Begin"}"#),
            json!({"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin", "call_id": "c1"})
        );
        assert_eq!(
            item("c2", "mcp__docs__find", ""),
            json!({"type": "function_call", "name": "find", "namespace": "mcp__docs", "arguments": "{}", "call_id": "c2"})
        );
        assert_eq!(
            item("c3", "nobodys", "{"),
            json!({"type": "function_call", "name": "nobodys", "arguments": "{", "call_id": "c3"})
        );
    }

    #[test]
    fn an_id_that_is_missing_or_taken_is_replaced() {
        let mut book = book(&json!([]));
        let mut id = |id| book.item(id, "f", "{}").unwrap().call_id().cloned().unwrap();
        assert_eq!(id("a"), CallId::new("a"));
        let (again, unnamed) = (id("a"), id(""));
        assert!(again != unnamed && again.as_str().starts_with("call_") && unnamed.as_str().len() <= 41);
    }

    #[test]
    fn free_text_is_found_in_what_models_write() {
        for (arguments, expected) in [
            (r#"{"input":"a\nb"}"#, "a\nb"),
            (r#"{"patch":"a"}"#, "a"),
            (r#""a""#, "a"),
            ("*** Begin Patch", "*** Begin Patch"),
            (r#"{"input":1}"#, r#"{"input":1}"#),
            (r#"{"a":"1","b":"2"}"#, r#"{"a":"1","b":"2"}"#),
        ] {
            assert_eq!(free_text(arguments), expected);
        }
    }
}
