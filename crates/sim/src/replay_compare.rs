//! What a replay compares and what it rewrites. Pure: bodies and tables in, texts and values out.
//! Invariant: nothing that differs from run to run by nature (ids, times, folders) is ever called a difference.

use std::collections::HashMap;

use serde_json::{Map, Value};
use similar::TextDiff;

use crate::normal::{Normaliser, replace_paths};
use crate::request::{list, output_text};

/// Longest difference kept and sent, in bytes.
const DIFF_BYTES_MAX: usize = 32 * 1024;

/// Body fields that are about this run, not about what the model sees.
const FIELDS_OF_THE_RUN: [&str; 2] = ["client_metadata", "prompt_cache_key"];

/// A folder of the recorded run and the folder that stands for it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPair {
    /// The path when the cassette was recorded.
    pub recorded: String,
    /// The path in this run.
    pub actual: String,
    /// What both are called in a difference, such as `<cwd>`.
    pub label: String,
}

/// Which side of the table a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Recorded,
    Actual,
}

/// A body in the form in which two runs can be compared.
pub(crate) fn comparable(body: &Value, paths: &[PathPair], side: Side) -> Value {
    let mut normaliser = Normaliser::new();
    for pair in paths {
        let path = match side {
            Side::Recorded => &pair.recorded,
            Side::Actual => &pair.actual,
        };
        normaliser = normaliser.with_path(path, &pair.label);
    }
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|key, _| !FIELDS_OF_THE_RUN.contains(&key.as_str()));
    }
    // Ids are numbered after sorting, so that the order of keys cannot change a number.
    normaliser.value(&sorted(&body))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            let mut out = Map::new();
            for key in keys {
                out.insert(key.clone(), fields.get(key).map(sorted).unwrap_or_default());
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

/// The difference of two comparable bodies as a unified diff; `None` when they are equal.
pub(crate) fn difference(recorded: &Value, actual: &Value) -> Option<String> {
    if recorded == actual {
        return None;
    }
    let (old, new) = (readable(recorded), readable(actual));
    let diff = TextDiff::from_lines(&old, &new);
    let mut text = diff.unified_diff().context_radius(3).header("recorded", "this run").to_string();
    if text.len() > DIFF_BYTES_MAX {
        let end = (0..=DIFF_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n(the rest of the difference is left out)\n");
    }
    Some(text)
}

/// Indented JSON in which line ends inside strings also end the line, so that a long text differs line by line.
fn readable(value: &Value) -> String {
    let pretty = format!("{value:#}");
    let mut out = String::with_capacity(pretty.len() + 64);
    let mut chars = pretty.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        // In indented JSON a backslash only occurs inside strings, always followed by what it escapes.
        if c == '\\' {
            match chars.next() {
                Some('n') => out.push_str("n\n    "),
                Some(escaped) => out.push(escaped),
                None => {}
            }
        }
    }
    out.push('\n');
    out
}

/// Learns which session id of this run stands for which recorded one: the outputs of the same call name both.
pub(crate) fn learn_sessions(recorded: &Value, actual: &Value, sessions: &mut HashMap<u64, u64>) {
    let by_call = |body: &Value| -> HashMap<String, u64> {
        let items = list(&body["input"]).iter();
        let named = items.filter_map(|item| {
            let session = session_in(&output_text(&item["output"]))?;
            Some((item["call_id"].as_str()?.to_owned(), session))
        });
        named.collect()
    };
    let now = by_call(actual);
    for (call_id, session) in by_call(recorded) {
        if let Some(actual) = now.get(&call_id) {
            sessions.insert(session, *actual);
        }
    }
}

fn session_in(output: &str) -> Option<u64> {
    let (_, rest) = output.split_once("session ID ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The data of a recorded event as this run needs it: recorded folders and session ids replaced by the actual ones.
pub(crate) fn rewrite_event(data: &str, paths: &[PathPair], sessions: &HashMap<u64, u64>) -> String {
    let mut moved: Vec<&PathPair> = paths.iter().filter(|pair| pair.recorded != pair.actual).collect();
    moved.sort_by_key(|pair| std::cmp::Reverse(pair.recorded.len()));
    // Escapes hide a path's separators on Windows; its last component is always found.
    let last = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let touched =
        data.contains("session_id") || moved.iter().any(|pair| data.contains(&last(&pair.recorded)));
    match serde_json::from_str::<Value>(data) {
        Ok(value) if touched => rewrite_value(&value, &moved, sessions).to_string(),
        _ => data.to_owned(),
    }
}

fn rewrite_value(value: &Value, moved: &[&PathPair], sessions: &HashMap<u64, u64>) -> Value {
    match value {
        Value::String(text) => {
            let pairs = moved.iter().map(|pair| (pair.recorded.as_str(), pair.actual.as_str()));
            Value::String(replace_paths(text, pairs))
        }
        Value::Array(items) => items.iter().map(|item| rewrite_value(item, moved, sessions)).collect(),
        Value::Object(fields) => {
            let mut out = Map::new();
            for (key, field) in fields {
                let field = rewrite_value(field, moved, sessions);
                let field = if key == "arguments" { rewrite_session(field, sessions) } else { field };
                out.insert(key.clone(), field);
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn rewrite_session(arguments: Value, sessions: &HashMap<u64, u64>) -> Value {
    let parsed = arguments.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(mut parsed) = parsed else { return arguments };
    let actual = parsed["session_id"].as_u64().and_then(|session| sessions.get(&session));
    let Some(actual) = actual else { return arguments };
    parsed["session_id"] = Value::from(*actual);
    Value::String(parsed.to_string())
}

#[cfg(test)]
#[path = "replay_compare_tests.rs"]
mod tests;
