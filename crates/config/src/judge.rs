//! Refusals that need more than one value: settings that are gone, and tables that contradict themselves.
//! Runs after `check`, so types are right. Owns the rules of `config.md §3` that no single row can say.

use crate::error::ConfigError;
use crate::place::Sources;
use crate::request::LoadRequest;
use crate::tree::{Node, Table, Value, get};
use crate::tui;
use crate::value_error::ValueProblem;

/// Factors to the usual way of a wheel step.
const SCROLL_SPEED: std::ops::RangeInclusive<f64> = 0.01..=100.0;

/// Refuses what the product no longer or never accepts.
pub(crate) fn judge(tree: &Table, sources: &Sources, request: &LoadRequest) -> Result<(), ConfigError> {
    legacy_profiles(tree, sources, request)?;
    if let Some(node) = tree.get("approval_policy")
        && matches!(&node.value, Value::String(word) if word == "untrusted")
    {
        let place = Box::new(sources.value_place(&node.origin));
        return Err(ConfigError::ApprovalPolicyUntrusted { place });
    }
    if let Some(node) = tree.get("model")
        && matches!(&node.value, Value::String(slug) if slug.trim().is_empty())
    {
        let expected = "the name of a model, or no `model` at all".to_owned();
        return Err(ConfigError::Value {
            place: Box::new(sources.value_place(&node.origin)),
            key: "model".to_owned(),
            problem: Box::new(ValueProblem::Range { found: node.value.describe(), expected }),
        });
    }
    if let Some(node) = tree.get("permissions")
        && matches!(&node.value, Value::Table(table) if !table.is_empty())
        && !tree.contains_key("default_permissions")
        && request.flags.permission_profile.is_none()
    {
        let place = Box::new(sources.key_place(&node.origin));
        return Err(ConfigError::PermissionsWithoutDefault { place });
    }
    scroll_speed(tree, sources)?;
    mcp_servers(tree, sources)
}

fn scroll_speed(tree: &Table, sources: &Sources) -> Result<(), ConfigError> {
    let Some(node) = get(tree, &["tui", "mouse_scroll_speed"]) else { return Ok(()) };
    match tui::scroll_speed(node) {
        Some(speed) if !SCROLL_SPEED.contains(&speed) => Err(ConfigError::Value {
            place: Box::new(sources.value_place(&node.origin)),
            key: "tui.mouse_scroll_speed".to_owned(),
            problem: Box::new(ValueProblem::Range {
                found: node.value.describe(),
                expected: format!("a number from {} to {}", SCROLL_SPEED.start(), SCROLL_SPEED.end()),
            }),
        }),
        _ => Ok(()),
    }
}

fn legacy_profiles(tree: &Table, sources: &Sources, request: &LoadRequest) -> Result<(), ConfigError> {
    if let Some(Node { value: Value::String(name), origin }) = tree.get("profile") {
        let place = Box::new(sources.key_place(origin));
        return Err(ConfigError::LegacyProfile { place, name: name.clone() });
    }
    let Some(name) = request.profile.as_ref().map(|profile| profile.as_str()) else { return Ok(()) };
    match get(tree, &["profiles", name]) {
        Some(node) => Err(ConfigError::LegacyProfileTable {
            place: Box::new(sources.key_place(&node.origin)),
            name: name.to_owned(),
            target: request.codex_home.join(format!("{name}.config.toml")),
        }),
        None => Ok(()),
    }
}

fn mcp_servers(tree: &Table, sources: &Sources) -> Result<(), ConfigError> {
    let Some(Node { value: Value::Table(servers), .. }) = tree.get("mcp_servers") else { return Ok(()) };
    for (server, node) in servers {
        let Value::Table(table) = &node.value else { continue };
        let (problem, at) = match (table.get("bearer_token"), table.get("command"), table.get("url")) {
            (Some(token), _, _) => ("an inline `bearer_token` is not supported", token),
            (None, Some(_), Some(url)) => ("invalid transport: `url` cannot stand beside `command`", url),
            (None, None, None) => ("invalid transport: neither `command` nor `url` is set", node),
            (None, Some(_), None) | (None, None, Some(_)) => continue,
        };
        let place = Box::new(sources.key_place(&at.origin));
        return Err(ConfigError::McpServer { place, server: server.clone(), problem });
    }
    Ok(())
}
