//! What each compaction of a thread kept and what it dropped: the file read from its beginning. For people who look
//! into a thread; nothing else needs more than the tail. Invariant: a line that cannot be read is passed over.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};

use serde_json::Value;

use crate::unpack::open_plain;
use crate::{RolloutError, ThreadFile};

/// Characters of an item's text that are told.
const START_CHARS_MAX: usize = 100;

/// One compaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactionTrace {
    /// When, as the file has it.
    pub timestamp: String,
    /// The window that began.
    pub window_number: u64,
    /// The summary with its introduction; empty when the server keeps it.
    pub summary: String,
    /// Items of the old history that stand in the new one.
    pub kept: Vec<TracedItem>,
    /// Items of the old history that are gone.
    pub dropped: Vec<TracedItem>,
    /// Items made for the new history: context, the summary.
    pub added: Vec<TracedItem>,
}

/// An item, told in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedItem {
    /// Its type, or the role of a message.
    pub kind: String,
    /// Its size as JSON.
    pub bytes: usize,
    /// The beginning of its text, on one line.
    pub start: String,
}

/// Every compaction in the file, oldest first. Of a fork only its own part is looked at.
pub(crate) fn compactions(file: &ThreadFile) -> Result<Vec<CompactionTrace>, RolloutError> {
    let mut lines = BufReader::new(open_plain(file)?);
    let (mut history, mut found, mut line) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(RolloutError::read(&file.path))? == 0 {
            return Ok(found);
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(&line) else { continue };
        match value["type"].as_str() {
            Some("response_item") if value["metadata"]["compaction_output"] != true => {
                history.push(value["payload"].take());
            }
            Some("compacted") => {
                let replacement = match value["payload"]["replacement_history"].take() {
                    Value::Array(items) => items,
                    _ => Vec::new(),
                };
                found.push(trace(&value, &history, &replacement));
                history = replacement;
            }
            _ => {}
        }
    }
}

fn trace(line: &Value, old: &[Value], new: &[Value]) -> CompactionTrace {
    let ids = |items: &[Value]| -> HashSet<String> { items.iter().map(identity).collect() };
    let (before, after) = (ids(old), ids(new));
    let told = |items: &[Value], wanted: &dyn Fn(&String) -> bool| -> Vec<TracedItem> {
        items.iter().filter(|item| wanted(&identity(item))).map(traced).collect()
    };
    CompactionTrace {
        timestamp: line["timestamp"].as_str().unwrap_or_default().to_owned(),
        window_number: line["payload"]["window_number"].as_u64().unwrap_or_default(),
        summary: line["payload"]["message"].as_str().unwrap_or_default().to_owned(),
        kept: told(new, &|id| before.contains(id)),
        dropped: told(old, &|id| !after.contains(id)),
        added: told(new, &|id| !before.contains(id)),
    }
}

/// The id, or for an item without one its whole text.
fn identity(item: &Value) -> String {
    item["id"].as_str().map_or_else(|| item.to_string(), str::to_owned)
}

fn traced(item: &Value) -> TracedItem {
    let kind = item["role"].as_str().or_else(|| item["type"].as_str()).unwrap_or("?").to_owned();
    let parts = item["content"].as_array().into_iter().flatten();
    let mut text: String = parts.filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join(" ");
    for key in ["name", "arguments", "input", "output"] {
        if let Some(more) = item[key].as_str() {
            text.push(' ');
            text.push_str(more);
        }
    }
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let start = words.collect::<Vec<_>>().join(" ").chars().take(START_CHARS_MAX).collect();
    TracedItem { kind, bytes: item.to_string().len(), start }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::compactions;
    use crate::{Packing, ThreadFile};

    #[test]
    fn items_are_kept_dropped_or_added() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let user = json!({"type": "message", "id": "m1", "role": "user", "content": [{"text": "do\nit"}]});
        let call = json!({"type": "function_call", "id": "c1", "name": "exec", "arguments": "{}"});
        let summary = json!({"type": "message", "id": "m2", "role": "user", "content": [{"text": "sum"}]});
        let lines = [
            json!({"type": "response_item", "payload": user}),
            json!({"type": "response_item", "payload": call}),
            json!({"type": "response_item", "payload": {"id": "x"}, "metadata": {"compaction_output": true}}),
            json!({"type": "compacted", "timestamp": "T", "payload": {
                "message": "sum", "window_number": 1, "replacement_history": [user, summary]}}),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\nnot JSON\n")).collect();
        std::fs::write(&path, text).unwrap();
        let id = "01a1fd57-f0b2-7020-818c-7912ca39975a".parse().unwrap();
        let found = compactions(&ThreadFile { id, part: id, path, packing: Packing::Plain }).unwrap();
        let told = |items: &[super::TracedItem]| -> Vec<String> {
            items.iter().map(|item| format!("{}: {}", item.kind, item.start)).collect()
        };
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].window_number, found[0].summary.as_str()), (1, "sum"));
        assert_eq!(told(&found[0].kept), ["user: do it"]);
        assert_eq!(told(&found[0].dropped), ["function_call: exec {}"]);
        assert_eq!(told(&found[0].added), ["user: sum"]);
    }
}
