//! Renders tool objects as the Responses API takes them (`tools.md §1`): properties in alphabetical order,
//! `strict: false`, no additional properties.

use serde_json::{Map, Value, json};

/// One parameter of a function tool.
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

impl Param {
    /// A parameter the model may leave out.
    pub(crate) fn optional(name: &'static str, schema: Value) -> Self {
        Self { name, schema, required: false }
    }

    /// A parameter the model must give.
    pub(crate) fn required(name: &'static str, schema: Value) -> Self {
        Self { name, schema, required: true }
    }
}

/// `{type, description}`, the schema of a plain parameter.
pub(crate) fn plain(kind: &str, description: &str) -> Value {
    json!({"type": kind, "description": description})
}

/// A closed object schema. Required names keep the order of `params`.
pub(crate) fn object(mut params: Vec<Param>) -> Value {
    let required: Vec<&str> = params.iter().filter(|param| param.required).map(|param| param.name).collect();
    params.sort_by_key(|param| param.name);
    let properties: Map<String, Value> =
        params.iter().map(|param| (param.name.to_owned(), param.schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// A function tool.
pub(crate) fn function(name: &str, description: &str, params: Vec<Param>) -> Value {
    json!({
        "type": "function",
        "name": name,
        "description": description,
        "strict": false,
        "parameters": object(params),
    })
}

/// A custom tool whose free text follows a grammar.
pub(crate) fn custom(name: &str, description: &str, lark: &str) -> Value {
    json!({
        "type": "custom",
        "name": name,
        "description": description,
        "format": {"type": "grammar", "syntax": "lark", "definition": lark},
    })
}
