//! The model's history of one thread: it only grows. Owns the pairing rule of `rollouts.md §6`; knows no files.

use std::collections::{HashMap, HashSet};

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
        let pairs = Pairs::of(&items);
        let mut kept = Vec::with_capacity(items.len());
        for (place, item) in items.into_iter().enumerate() {
            if pairs.orphans.contains(&place) {
                continue;
            }
            let aborted = match item.call_id() {
                Some(call_id) if pairs.unanswered.contains(&place) => aborted_output(&item, call_id),
                _ => None,
            };
            kept.push(item);
            kept.extend(aborted);
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

/// Which items of a list lack their other half, by place.
#[derive(Debug, Default)]
struct Pairs {
    /// Calls without output.
    unanswered: HashSet<usize>,
    /// Outputs without call; a second output of one call is one too: the server would refuse it.
    orphans: HashSet<usize>,
}

impl Pairs {
    /// Pairs each output with the newest open call of its id: some servers give the same ids again in later
    /// responses, and a call of a turn that was killed stays open.
    fn of(items: &[ResponseItem]) -> Self {
        let mut open: HashMap<&CallId, Vec<usize>> = HashMap::new();
        let mut pairs = Self::default();
        for (place, item) in items.iter().enumerate() {
            let Some(call_id) = item.call_id() else { continue };
            if item.is_call() {
                open.entry(call_id).or_default().push(place);
            } else if item.is_call_output() && open.get_mut(call_id).and_then(Vec::pop).is_none() {
                pairs.orphans.insert(place);
            }
        }
        pairs.unanswered = open.into_values().flatten().collect();
        pairs
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

    #[test]
    fn calls_of_later_responses_may_reuse_an_id() {
        let call = item(r#"{"type":"function_call","call_id":"c","name":"n","arguments":"{}"}"#);
        let first = item(r#"{"type":"function_call_output","call_id":"c","output":"1"}"#);
        let second = item(r#"{"type":"function_call_output","call_id":"c","output":"2"}"#);
        let items = vec![call.clone(), first.clone(), call.clone(), second.clone()];
        let history = History::restored(items);
        assert_eq!(texts(&history), [call.json(), first.json(), call.json(), second.json()]);

        let killed = History::restored(vec![call.clone(), call.clone(), second.clone()]);
        let aborted = killed.items()[1].json().to_owned();
        assert!(aborted.contains(r#""output":"aborted""#), "{aborted}");
        assert_eq!(texts(&killed), [call.json(), aborted.as_str(), call.json(), second.json()]);
    }
}
