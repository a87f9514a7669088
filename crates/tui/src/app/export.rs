//! A conversation as Markdown, for `/export`: what was said, done and changed, in order. Pure.

use codex_protocol::{FileChange, TurnItem, UserInput};

use crate::text::shown_command;

/// Output of one command that is kept: its end says most.
const OUTPUT_LINES_MAX: usize = 200;

/// The items, oldest first.
pub(super) fn markdown(items: &[TurnItem]) -> String {
    let mut out = String::from("# Conversation\n");
    for item in items {
        let part = part(item);
        if !part.trim().is_empty() {
            out.push('\n');
            out.push_str(part.trim_end());
            out.push('\n');
        }
    }
    out
}

fn part(item: &TurnItem) -> String {
    match item {
        TurnItem::UserMessage(message) => format!("## You\n\n{}\n", said(&message.content)),
        TurnItem::AgentMessage(message) => format!("## Codex\n\n{}\n", message.text().trim()),
        TurnItem::Plan(plan) => format!("## Plan\n\n{}\n", plan.text.trim()),
        TurnItem::Reasoning(reasoning) => {
            let text = reasoning.summary_text.join("\n\n");
            let quoted: Vec<String> = text.trim().lines().map(|line| format!("> {line}")).collect();
            quoted.join("\n")
        }
        TurnItem::CommandExecution(command) => {
            let script = shown_command(&command.command);
            let lines: Vec<&str> = command.aggregated_output.lines().collect();
            let hidden = lines.len().saturating_sub(OUTPUT_LINES_MAX);
            let mut body = format!("$ {script}\n");
            if hidden > 0 {
                body.push_str(&format!("… {hidden} lines left out\n"));
            }
            for line in &lines[hidden..] {
                body.push_str(line);
                body.push('\n');
            }
            if let Some(code) = command.exit_code.filter(|code| *code != 0) {
                body.push_str(&format!("(ended with status {code})\n"));
            }
            fenced("console", &body)
        }
        TurnItem::FileChange(change) => {
            let mut out = String::new();
            for (path, change) in &change.changes {
                out.push_str(&file_change(&path.display().to_string(), change));
                out.push('\n');
            }
            out
        }
        TurnItem::WebSearch(search) => format!("*Searched the web:* {}\n", search.query),
        TurnItem::ImageView(image) => format!("*Looked at* `{}`\n", image.path.display()),
        TurnItem::EnteredReviewMode(review) => format!("*Review of {}:*\n", review.target.hint()),
        TurnItem::ExitedReviewMode(_) => String::new(),
        TurnItem::ContextCompaction(_) => "*The conversation so far was summarised.*\n".to_owned(),
    }
}

fn said(content: &[UserInput]) -> String {
    let parts = content.iter().filter_map(|part| match part {
        UserInput::Text { text, .. } => Some(text.trim().to_owned()),
        UserInput::LocalImage { path } => Some(format!("*Image* `{}`", path.display())),
        UserInput::Image { .. } => Some("*Image*".to_owned()),
        UserInput::Other => None,
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

fn file_change(path: &str, change: &FileChange) -> String {
    match change {
        FileChange::Add { content } => format!("*Added* `{path}`\n\n{}", fenced("", content)),
        FileChange::Delete { .. } => format!("*Deleted* `{path}`\n"),
        FileChange::Update { unified_diff, move_path } => {
            let to = move_path.as_ref().map(|to| format!(" to `{}`", to.display())).unwrap_or_default();
            format!("*Changed* `{path}`{to}\n\n{}", fenced("diff", unified_diff))
        }
    }
}

/// In a fence that is longer than any inside.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.lines().map(|line| line.trim_start().chars().take_while(|c| *c == '`').count()).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

#[cfg(test)]
mod tests {
    use codex_protocol::{AgentMessageItem, AgentMessagePart, ItemId, UserMessageItem};
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_conversation_is_readable_markdown() {
        let text = "Run:\n```sh\nmake\n```".to_owned();
        let items = [
            TurnItem::UserMessage(UserMessageItem {
                id: ItemId::new("u"),
                content: vec![UserInput::text("how?\n")],
            }),
            TurnItem::AgentMessage(AgentMessageItem {
                id: ItemId::new("m"),
                content: vec![AgentMessagePart::Text { text }],
                phase: None,
            }),
        ];
        let expected = "# Conversation\n\n## You\n\nhow?\n\n## Codex\n\nRun:\n```sh\nmake\n```\n";
        assert_eq!(markdown(&items), expected);
        assert_eq!(fenced("x", "a\n```\nb"), "````x\na\n```\nb\n````\n");
    }
}
