//! The form of a visible item that goes to disk: command output is cut in the middle so that a thread's file stays
//! small. What the model saw is stored whole, in its own item. Pure.

use std::borrow::Cow;

use codex_protocol::{CommandExecutionItem, TurnItem, limits};

/// The item as stored.
pub(crate) fn stored(item: &TurnItem) -> Cow<'_, TurnItem> {
    match item {
        TurnItem::CommandExecution(command)
            if command.aggregated_output.len() > limits::STORED_OUTPUT_BYTES_MAX =>
        {
            let aggregated_output = shortened(&command.aggregated_output);
            Cow::Owned(TurnItem::CommandExecution(CommandExecutionItem {
                aggregated_output,
                ..command.clone()
            }))
        }
        item => Cow::Borrowed(item),
    }
}

/// Head and tail of equal size around a line that counts what is left out.
fn shortened(text: &str) -> String {
    let half = limits::STORED_OUTPUT_BYTES_MAX / 2;
    let head = &text[..text.floor_char_boundary(half)];
    let tail = &text[text.ceil_char_boundary(text.len() - half)..];
    let omitted = text.len() - head.len() - tail.len();
    format!("{head}\n... {omitted} bytes not stored ...\n{tail}")
}

#[cfg(test)]
mod tests {
    use codex_protocol::{CommandSource, ItemId, ItemStatus};
    use pretty_assertions::assert_eq;

    use super::*;

    fn command(output: String) -> TurnItem {
        TurnItem::CommandExecution(CommandExecutionItem {
            id: ItemId::new("c"),
            process_id: None,
            command: vec!["sh".to_owned()],
            cwd: "file:///".to_owned(),
            parsed_cmd: Vec::new(),
            source: CommandSource::UnifiedExecStartup,
            status: ItemStatus::Completed,
            aggregated_output: output,
            exit_code: Some(0),
            duration: None,
        })
    }

    #[test]
    fn short_output_is_stored_whole() {
        let item = command("x".repeat(limits::STORED_OUTPUT_BYTES_MAX));
        assert_eq!(*stored(&item), item);
    }

    #[test]
    fn long_output_keeps_both_ends_and_whole_characters() {
        let text = format!("A{}Z", "é".repeat(100_000));
        let TurnItem::CommandExecution(kept) = stored(&command(text.clone())).into_owned() else { panic!() };
        let kept = kept.aggregated_output;
        assert!(kept.len() < limits::STORED_OUTPUT_BYTES_MAX + 100, "{}", kept.len());
        assert!(kept.starts_with('A') && kept.ends_with('Z'));
        let omitted = text.len() - (kept.len() - kept.lines().nth(1).unwrap().len() - 2);
        assert!(kept.contains(&format!("\n... {omitted} bytes not stored ...\n")), "{omitted}");
    }
}
