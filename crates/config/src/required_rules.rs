//! `[rules] prefix_rules` of `requirements.toml`: rules for commands that nobody but the administrator writes. Owns their
//! shape; what they match is the rules' own business. Invariant: they only limit, and one that cannot be understood is an
//! error, never a rule left out.

use crate::error::ConfigError;
use crate::place::Sources;
use crate::requirements::wrong;
use crate::tree::{Node, Table, Value};

/// A rule for commands that begin with certain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredRule {
    /// What each of the first words may be; never empty.
    pub pattern: Vec<Vec<String>>,
    /// Whether they never run, or are asked about.
    pub forbidden: bool,
    /// Why, in the words of who wrote it.
    pub justification: Option<String>,
    /// `FILE:LINE` where it is written.
    pub place: String,
}

const KEY: &str = "rules";
const SHAPE: &str = "a table whose `prefix_rules` are tables of pattern, decision (\"prompt\" or \"forbidden\") and, \
                     if wanted, justification";

/// Reads them; no table means none.
pub(crate) fn required_rules(table: &Table, sources: &Sources) -> Result<Vec<RequiredRule>, ConfigError> {
    let Some(node) = table.get(KEY) else { return Ok(Vec::new()) };
    let fault = |node: &Node| wrong(KEY, node, SHAPE, sources);
    let Value::Table(members) = &node.value else { return Err(fault(node)) };
    if let Some((_, other)) = members.iter().find(|(name, _)| name.as_str() != "prefix_rules") {
        return Err(fault(other));
    }
    let Some(list) = members.get("prefix_rules") else { return Ok(Vec::new()) };
    let Value::Array(rules) = &list.value else { return Err(fault(list)) };
    let read = |rule: &Node| {
        let place = sources.value_place(&rule.origin);
        let file = place.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        one(rule, format!("{file}:{}", place.line)).ok_or_else(|| fault(rule))
    };
    rules.iter().map(read).collect()
}

fn one(rule: &Node, place: String) -> Option<RequiredRule> {
    let Value::Table(members) = &rule.value else { return None };
    if members.keys().any(|key| !matches!(key.as_str(), "pattern" | "decision" | "justification")) {
        return None;
    }
    let Value::Array(items) = &members.get("pattern")?.value else { return None };
    let pattern: Vec<Vec<String>> = items.iter().map(words).collect::<Option<_>>()?;
    let forbidden = match text(members.get("decision")?)?.as_str() {
        "forbidden" => true,
        "prompt" => false,
        _ => return None,
    };
    let justification = match members.get("justification") {
        Some(node) => Some(text(node)?),
        None => None,
    };
    (!pattern.is_empty()).then_some(RequiredRule { pattern, forbidden, justification, place })
}

/// One word, or several that are as good: `"a"`, `["a", "b"]`, `{ token = "a" }`, `{ any_of = ["a", "b"] }`.
fn words(item: &Node) -> Option<Vec<String>> {
    let words = match &item.value {
        Value::String(word) => vec![word.clone()],
        Value::Array(words) => words.iter().map(text).collect::<Option<_>>()?,
        Value::Table(members) if members.len() == 1 => match members.iter().next()? {
            (name, node) if name == "token" => vec![text(node)?],
            (name, node) if name == "any_of" => match &node.value {
                Value::Array(words) => words.iter().map(text).collect::<Option<_>>()?,
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    (!words.is_empty()).then_some(words)
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
