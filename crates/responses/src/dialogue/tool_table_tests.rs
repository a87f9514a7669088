//! Tool objects to functions.

use codex_protocol::{ItemId, ResponseItem};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::additional_tools_item;

fn raw(tools: &Value) -> Vec<Box<RawValue>> {
    serde_json::from_value(tools.clone()).unwrap()
}

fn table(tools: &Value, items: &[ResponseItem]) -> (Vec<Value>, ToolTable) {
    let table = ToolTable::of(&raw(tools), items.iter()).unwrap();
    let shown = |tool: &WireTool| json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters, "strict": tool.strict});
    (table.tools.iter().map(shown).collect(), table)
}

#[test]
fn every_tool_a_client_runs_becomes_a_function() {
    let (tools, table) = table(
        &json!([
            {"type": "function", "name": "f", "description": "d", "strict": true, "parameters": {"type": "object"}},
            {"type": "custom", "name": "patch", "description": "Edits.",
             "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}},
            {"type": "namespace", "name": "mcp.docs", "tools": [{"type": "function", "name": "find", "parameters": {}}]},
            {"type": "web_search"},
            {"type": "function", "name": "f", "description": "again", "parameters": {}},
        ]),
        &[],
    );
    let namespaced = wire_name(Some("mcp.docs"), "find");
    let input = json!({"type": "string", "description": "The whole input of the tool, as plain text."});
    assert_eq!(
        tools,
        [
            json!({"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true}),
            json!({
                "name": "patch",
                "description": "Edits.\n\n`input` must follow this grammar (lark):\nstart: x",
                "parameters": {"type": "object", "properties": {"input": input}, "required": ["input"],
                               "additionalProperties": false},
                "strict": false,
            }),
            json!({"name": namespaced, "description": "", "parameters": {}, "strict": false}),
        ]
    );
    let target =
        Target { namespace: Some("mcp.docs".to_owned()), name: "find".to_owned(), kind: CallKind::Function };
    assert_eq!(table.targets[&namespaced], target);
    assert_eq!(table.name_of(Some("mcp.docs"), "find"), namespaced);
    assert_eq!(table.name_of(Some("other"), "f"), "f", "a tool that is offered by its bare name");
    assert_eq!(table.name_of(Some("other"), "g"), "other__g");
}

#[test]
fn tools_in_an_item_count_and_our_own_namespace_needs_no_prefix() {
    let own =
        json!([{"type": "namespace", "name": "functions", "tools": [{"type": "function", "name": "exec"}]}]);
    let item = additional_tools_item(&ItemId::new("at_1"), &raw(&own)).unwrap();
    let (tools, table) = table(&json!([]), &[item]);
    assert_eq!(tools[0]["name"], "exec");
    assert_eq!(table.name_of(Some("functions"), "exec"), "exec");
    assert_eq!(table.targets["exec"].namespace, None);
}
