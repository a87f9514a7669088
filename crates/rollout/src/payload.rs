//! The parts of stored payloads that reading needs, and no more (`rollouts.md §4`).
//! Invariant: lenient. Unknown fields are ignored and ids of another shape are as good as none.

use std::borrow::Cow;

use codex_protocol::{TokenUsage, WindowId};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(crate) struct Compacted<'a> {
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(borrow, default)]
    pub(crate) replacement_history: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    replacement_history_metadata: Option<Vec<Option<Sequence>>>,
    #[serde(default)]
    pub(crate) window_number: Option<u64>,
    #[serde(borrow, default)]
    window_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    first_window_id: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) latest_token_usage_record: Option<UsageRecord>,
}

impl Compacted<'_> {
    pub(crate) fn window_id(&self) -> Option<WindowId> {
        self.window_id.as_deref()?.parse().ok()
    }

    pub(crate) fn first_window_id(&self) -> Option<WindowId> {
        self.first_window_id.as_deref()?.parse().ok()
    }

    /// The highest place in the thread's history among the replacement's items.
    pub(crate) fn history_sequence(&self) -> Option<u64> {
        self.replacement_history_metadata.iter().flatten().flatten().map(|item| item.history_sequence).max()
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sequence {
    #[serde(default)]
    pub(crate) history_sequence: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct UsageRecord {
    #[serde(default)]
    pub(crate) usage: Option<TokenUsage>,
    pub(crate) thread_token_usage: TokenUsage,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TokenCount {
    #[serde(default)]
    pub(crate) info: Option<TokenCountInfo>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TokenCountInfo {
    pub(crate) total_token_usage: TokenUsage,
    #[serde(default)]
    pub(crate) last_token_usage: Option<TokenUsage>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RolledBack {
    pub(crate) num_turns: u64,
}

/// Applies a merge patch (RFC 7386) to `target`.
pub(crate) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            fields.shift_remove(&key);
        } else {
            merge(fields.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_adds_and_removes() {
        let mut state = json!({"a": {"b": 1, "c": 2}, "d": "x", "e": [1]});
        merge(&mut state, json!({"a": {"b": null, "n": {"z": null, "y": 1}}, "d": {"k": 1}, "e": [2]}));
        assert_eq!(state, json!({"a": {"c": 2, "n": {"y": 1}}, "d": {"k": 1}, "e": [2]}));
    }
}
