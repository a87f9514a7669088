//! The model's history of one thread: it only grows. Owns the pairing rule of `rollouts.md §6`; knows no files.

use std::collections::HashSet;

use codex_protocol::{CallId, CallKind, ItemId, ItemKind, ResponseItem, ToolOutput};
use uuid::Uuid;

/// Items in the order the model sees them.
#[derive(Debug, Default)]
pub(crate) struct History {
    items: Vec<ResponseItem>,
}

impl History {
    /// History restored from disk, made sendable: a call without output gets the output `aborted` right after it,
    /// an output without a call is left out. The file is not changed (`rollouts.md §6.5-6`).
    pub(crate) fn restored(items: Vec<ResponseItem>) -> Self {
        let answered: HashSet<CallId> = items
            .iter()
            .filter(|item| item.is_call_output())
            .filter_map(|item| item.call_id().cloned())
            .collect();
        let mut calls: HashSet<CallId> = HashSet::new();
        let mut outputs: HashSet<CallId> = HashSet::new();
        let mut kept = Vec::with_capacity(items.len());
        for item in items {
            let Some(call_id) = item.call_id().cloned() else {
                kept.push(item);
                continue;
            };
            if item.is_call_output() {
                // A second output for one call would be refused by the server as well.
                if calls.contains(&call_id) && outputs.insert(call_id) {
                    kept.push(item);
                }
            } else if item.is_call() {
                let aborted =
                    (!answered.contains(&call_id)).then(|| aborted_output(&item, &call_id)).flatten();
                calls.insert(call_id);
                kept.push(item);
                kept.extend(aborted);
            } else {
                kept.push(item);
            }
        }
        Self { items: kept }
    }

    /// Adds the newest item.
    pub(crate) fn push(&mut self, item: ResponseItem) {
        self.items.push(item);
    }

    /// Takes the place of everything before (a compaction).
    pub(crate) fn replace(&mut self, items: Vec<ResponseItem>) {
        self.items = items;
    }

    /// All items, oldest first.
    pub(crate) fn items(&self) -> &[ResponseItem] {
        &self.items
    }
}

/// The synthetic output of a call that was cut off. Its id is derived from the call so that every resume sends
/// the same bytes.
fn aborted_output(call: &ResponseItem, call_id: &CallId) -> Option<ResponseItem> {
    let (kind, prefix) = match call.kind() {
        ItemKind::CustomToolCall => (CallKind::Custom, "ctco"),
        _ => (CallKind::Function, "fco"),
    };
    let id =
        ItemId::new(format!("{prefix}_{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, call_id.as_str().as_bytes())));
    ResponseItem::call_output(kind, &id, call_id, &ToolOutput::Text("aborted".to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn item(json: &str) -> ResponseItem {
        ResponseItem::from_json(json).unwrap()
    }

    fn texts(history: &History) -> Vec<&str> {
        history.items().iter().map(ResponseItem::json).collect()
    }

    #[test]
    fn a_call_without_output_is_answered_aborted() {
        let call = item(r#"{"type":"custom_tool_call","call_id":"c","name":"apply_patch","input":""}"#);
        let user = item(r#"{"type":"message","role":"user","content":[]}"#);
        let history = History::restored(vec![call.clone(), user.clone()]);
        assert_eq!(history.items().len(), 3);
        assert_eq!(history.items()[0], call);
        assert_eq!(history.items()[1].kind(), &ItemKind::CustomToolCallOutput);
        assert!(history.items()[1].json().contains(r#""output":"aborted""#));
        let again = History::restored(vec![call, user]);
        assert_eq!(texts(&history), texts(&again), "the same bytes on every resume");
    }

    // covers: rollouts 28
    #[test]
    fn an_output_without_a_call_is_left_out() {
        let orphan = item(r#"{"type":"function_call_output","call_id":"gone","output":"x"}"#);
        let call = item(r#"{"type":"function_call","call_id":"c","name":"n","arguments":"{}"}"#);
        let output = item(r#"{"type":"function_call_output","call_id":"c","output":"x"}"#);
        let history = History::restored(vec![orphan, call.clone(), output.clone(), output.clone()]);
        assert_eq!(texts(&history), [call.json(), output.json()]);
    }
}
