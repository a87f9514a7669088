//! The tools of a request as plain functions, and the way back from a function's name to the tool it stands for.
//! Tools that a server would run itself have no place on these wires and are left out.

use std::collections::HashMap;

use codex_protocol::{CallKind, ItemKind, ResponseItem};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use super::wire_name::wire_name;

/// The namespace whose tools need no prefix: it holds the client's own.
const OWN_NAMESPACE: &str = "functions";

/// One tool as a function.
#[derive(Debug, Clone)]
pub(crate) struct WireTool {
    pub(crate) name: String,
    pub(crate) description: String,
    /// JSON schema of the arguments.
    pub(crate) parameters: Box<RawValue>,
    pub(crate) strict: bool,
}

/// What a function's name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: CallKind,
}

/// The tools of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolTable {
    pub(crate) tools: Vec<WireTool>,
    pub(crate) targets: HashMap<String, Target>,
}

#[derive(Deserialize)]
struct Spec<'a> {
    r#type: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default, borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(default)]
    strict: Option<bool>,
    #[serde(default)]
    format: Option<Format>,
    #[serde(default, borrow)]
    tools: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Format {
    #[serde(default)]
    syntax: String,
    #[serde(default)]
    definition: String,
}

impl ToolTable {
    /// Reads the tools of the request, and those that travel in items.
    pub(crate) fn of<'a>(
        tools: &[Box<RawValue>],
        items: impl Iterator<Item = &'a ResponseItem>,
    ) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Carrier {
            #[serde(default)]
            tools: Vec<Box<RawValue>>,
        }
        let mut table = Self::default();
        for tool in tools {
            table.add(tool, None)?;
        }
        for item in items.filter(|item| *item.kind() == ItemKind::AdditionalTools) {
            for tool in item.body::<Carrier>()?.tools {
                table.add(&tool, None)?;
            }
        }
        Ok(table)
    }

    /// The name of a tool on the wire, whether it is offered now or was once.
    pub(crate) fn name_of(&self, namespace: Option<&str>, name: &str) -> String {
        let glued = wire_name(namespace.filter(|namespace| *namespace != OWN_NAMESPACE), name);
        let bare = wire_name(None, name);
        if !self.targets.contains_key(&glued) && self.targets.contains_key(&bare) { bare } else { glued }
    }

    fn add(&mut self, tool: &RawValue, namespace: Option<&str>) -> Result<(), serde_json::Error> {
        let spec: Spec<'_> = serde_json::from_str(tool.get())?;
        let (kind, description, parameters) = match spec.r#type.as_str() {
            "namespace" => {
                return spec.tools.iter().try_for_each(|tool| self.add(tool, Some(&spec.name)));
            }
            "function" => {
                let parameters = match spec.parameters {
                    Some(parameters) => parameters.to_owned(),
                    None => to_raw_value(&json!({"type": "object", "properties": {}}))?,
                };
                (CallKind::Function, spec.description, parameters)
            }
            "custom" => (CallKind::Custom, described(spec.description, spec.format), free_text()?),
            other => {
                tracing::debug!(other, "the provider's wire has no such tool: it is not offered");
                return Ok(());
            }
        };
        let namespace = namespace.filter(|namespace| *namespace != OWN_NAMESPACE);
        let name = wire_name(namespace, &spec.name);
        let target = Target { namespace: namespace.map(str::to_owned), name: spec.name, kind };
        if self.targets.insert(name.clone(), target).is_none() {
            let strict = spec.strict == Some(true);
            self.tools.push(WireTool { name, description, parameters, strict });
        }
        Ok(())
    }
}

/// The one argument of a tool that takes free text.
fn free_text() -> Result<Box<RawValue>, serde_json::Error> {
    to_raw_value(&json!({
        "type": "object",
        "properties": {"input": {"type": "string", "description": "The whole input of the tool, as plain text."}},
        "required": ["input"],
        "additionalProperties": false,
    }))
}

/// A grammar the server would have enforced becomes words.
fn described(description: String, format: Option<Format>) -> String {
    match format {
        Some(Format { syntax, definition }) if !definition.is_empty() => {
            let syntax = if syntax.is_empty() { String::new() } else { format!(" ({syntax})") };
            format!("{description}\n\n`input` must follow this grammar{syntax}:\n{definition}")
        }
        _ => description,
    }
}

#[cfg(test)]
#[path = "tool_table_tests.rs"]
mod tests;
