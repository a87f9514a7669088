//! What compactions did, as text for people. Pure.

use std::fmt::Write as _;

use codex_rollout::{CompactionTrace, TracedItem};

/// One paragraph for each compaction.
pub(crate) fn compaction_text(traces: &[CompactionTrace]) -> String {
    if traces.is_empty() {
        return "This thread was never compacted.\n".to_owned();
    }
    let mut out = String::new();
    for trace in traces {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "Window {} began {}", trace.window_number, trace.timestamp);
        for (name, items) in [("kept", &trace.kept), ("dropped", &trace.dropped), ("added", &trace.added)] {
            let bytes: usize = items.iter().map(|item| item.bytes).sum();
            let _ = writeln!(out, "  {name}: {} item(s), {bytes} bytes", items.len());
            for TracedItem { kind, bytes, start } in items {
                let _ = writeln!(out, "    {kind} ({bytes} bytes) {start}");
            }
        }
        let summary = match trace.summary.as_str() {
            "" => "  summary: kept by the server".to_owned(),
            text => format!("  summary: {} characters", text.chars().count()),
        };
        let _ = writeln!(out, "{summary}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use codex_rollout::{CompactionTrace, TracedItem};
    use pretty_assertions::assert_eq;

    use super::compaction_text;

    #[test]
    fn a_compaction_is_told_item_by_item() {
        let item = |kind: &str| TracedItem { kind: kind.to_owned(), bytes: 10, start: "words".to_owned() };
        let trace = CompactionTrace {
            timestamp: "2026-01-01T00:00:00Z".to_owned(),
            window_number: 2,
            summary: "done".to_owned(),
            kept: vec![item("user")],
            dropped: vec![item("function_call"), item("function_call_output")],
            added: vec![],
        };
        let expected = "Window 2 began 2026-01-01T00:00:00Z\n  kept: 1 item(s), 10 bytes\n    user (10 bytes) words\n  \
            dropped: 2 item(s), 20 bytes\n    function_call (10 bytes) words\n    \
            function_call_output (10 bytes) words\n  added: 0 item(s), 0 bytes\n  summary: 4 characters\n\n";
        assert_eq!(compaction_text(&[trace]), expected);
        assert_eq!(compaction_text(&[]), "This thread was never compacted.\n");
    }
}
