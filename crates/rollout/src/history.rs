//! From what was stored to what is sent: compactions and rollbacks applied in order (`rollouts.md §6`, 1 to 4).
//! Invariant: items are only dropped, never changed or reordered. Pure; knows no files.

use codex_protocol::{ContentPart, ItemKind, MessageBody, ResponseItem, Role};

/// One stored fact that makes or changes the history.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Item(ResponseItem),
    /// A compaction that brings the whole new history.
    Replace(Vec<ResponseItem>),
    /// A compaction of old files: people's messages stay, this summary follows.
    Summarise(ResponseItem),
    /// Takes the last turns back.
    RollBack(u64),
}

/// Applies `steps`, oldest first.
pub(crate) fn replay(steps: impl IntoIterator<Item = Step>) -> Vec<ResponseItem> {
    let mut history = Vec::new();
    for step in steps {
        match step {
            Step::Item(item) => history.push(item),
            Step::Replace(items) => history = items,
            Step::Summarise(summary) => {
                history.retain(is_persons_message);
                history.push(summary);
            }
            Step::RollBack(turns) => roll_back(&mut history, turns),
        }
    }
    history
}

/// Drops the last `turns` messages of a person, all that follows them, and the context given in the person's name
/// right before them.
fn roll_back(history: &mut Vec<ResponseItem>, turns: u64) {
    let Some(last) = turns.checked_sub(1).and_then(|nth| usize::try_from(nth).ok()) else { return };
    let starts: Vec<usize> =
        (0..history.len()).rev().filter(|at| is_persons_message(&history[*at])).collect();
    let Some(mut start) = starts.get(last).or(starts.last()).copied() else { return };
    while start > 0 && is_given_context(&history[start - 1]) {
        start -= 1;
    }
    history.truncate(start);
}

/// Whether a person said this, as opposed to context that merely has the role `user`.
pub(crate) fn is_persons_message(item: &ResponseItem) -> bool {
    *item.kind() == ItemKind::Message(Role::User) && !has_context_text(item)
}

fn is_given_context(item: &ResponseItem) -> bool {
    *item.kind() == ItemKind::Message(Role::User) && has_context_text(item)
}

/// How messages begin that a client, not a person, wrote (`rollouts.md §7`).
const CONTEXT_PREFIXES: [&str; 9] = [
    "<environment_context>",
    "<environments_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<INSTRUCTIONS>",
    "<turn_aborted>",
    "<user_shell_command>",
    "<subagent_notification>",
    "<skill>",
];

fn has_context_text(item: &ResponseItem) -> bool {
    let Ok(body) = item.body::<MessageBody>() else { return false };
    body.content.iter().any(|part| match part {
        ContentPart::InputText { text } => {
            let text = text.trim_start();
            CONTEXT_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        }
        _ => false,
    })
}
