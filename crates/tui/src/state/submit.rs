//! What happens to a finished draft: a command, a turn, a steer or a place in the queue.

use codex_protocol::{ItemId, Op, UserInput};

use super::msg::Cmd;
use super::slash::SlashCommand;
use super::turn::Turn;
use super::ui_state::{State, ThreadState};
use crate::cells::{Cell, Notice};
use crate::composer::Submission;

/// Enter: a command runs, an idle thread gets a turn, a running turn is steered.
pub(super) fn submit(state: &mut State, submission: Submission) -> Vec<Cmd> {
    state.transcript.scroll_to_bottom();
    state.remark = None;
    if let Some(word) = command_word(&submission.text) {
        return command(state, word.to_owned(), submission);
    }
    if submission.text.starts_with('!') {
        return shell(state, submission);
    }
    if state.turn.is_some() {
        let op = Op::Steer { input: input(&submission) };
        state.steers.push(submission);
        return vec![Cmd::Submit(op)];
    }
    match state.thread {
        ThreadState::Open(_) => begin(state, submission),
        ThreadState::Opening => {
            state.queue.push_back(submission);
            Vec::new()
        }
        ThreadState::Closed => {
            state.remark = Some("the conversation is closed: /new begins another".to_owned());
            state.composer.restore(submission);
            Vec::new()
        }
    }
}

/// `!command`: runs at once, without the model (`tui.md §5`).
fn shell(state: &mut State, submission: Submission) -> Vec<Cmd> {
    let command = submission.text.trim_start_matches('!').trim().to_owned();
    let refusal = match state.thread {
        _ if command.is_empty() => Some("a command follows the `!`, as in `!git status`"),
        ThreadState::Open(_) => None,
        ThreadState::Opening => {
            state.queue.push_back(submission);
            return Vec::new();
        }
        ThreadState::Closed => Some("the conversation is closed: /new begins another"),
    };
    if let Some(refusal) = refusal {
        state.remark = Some(refusal.to_owned());
        state.composer.restore(submission);
        return Vec::new();
    }
    vec![Cmd::Submit(Op::RunShell { command })]
}

/// Tab: after the turns that run and wait.
pub(super) fn queue(state: &mut State, submission: Submission) -> Vec<Cmd> {
    let at_once = command_word(&submission.text).is_some() || submission.text.starts_with('!');
    if state.turn.is_none() || at_once {
        return submit(state, submission);
    }
    state.queue.push_back(submission);
    Vec::new()
}

/// Begins the next turn that waits, when none runs.
pub(super) fn begin_next(state: &mut State) -> Vec<Cmd> {
    if state.turn.is_some() || !matches!(state.thread, ThreadState::Open(_)) {
        return Vec::new();
    }
    let mut cmds = Vec::new();
    while let Some(next) = state.queue.pop_front() {
        if next.text.starts_with('!') {
            // No turn of the model: what waits behind it need not.
            cmds.append(&mut shell(state, next));
            continue;
        }
        cmds.append(&mut begin(state, next));
        break;
    }
    cmds
}

/// Begins a turn. Its words stand in the transcript at once, and are settled when the thread has saved them.
pub(super) fn begin(state: &mut State, submission: Submission) -> Vec<Cmd> {
    begin_input(state, input(&submission))
}

/// Begins a turn with this input.
pub(super) fn begin_input(state: &mut State, input: Vec<UserInput>) -> Vec<Cmd> {
    state.turn = Some(Turn::new(state.now));
    state.turns += 1;
    state.local_ids += 1;
    let id = local_id(state.local_ids);
    state.transcript.push_growing(id, said(&input));
    vec![Cmd::Submit(Op::UserTurn { input, output_schema: None })]
}

/// Waiting texts as one submission's input, in order.
pub(super) fn begin_all(state: &mut State, submissions: Vec<Submission>) -> Vec<Cmd> {
    let input: Vec<UserInput> = submissions.iter().flat_map(input).collect();
    begin_input(state, input)
}

/// Everything that waits goes back to the composer, one text a line, before what is typed there.
pub(super) fn give_back(state: &mut State) {
    let mut waiting: Vec<Submission> = state.steers.drain(..).chain(state.queue.drain(..)).collect();
    if waiting.is_empty() {
        return;
    }
    if let [_] = waiting.as_slice()
        && state.composer.is_empty()
        && let Some(only) = waiting.pop()
    {
        state.composer.restore(only);
        return;
    }
    let mut texts: Vec<String> = waiting.into_iter().map(|submission| submission.text).collect();
    if !state.composer.is_empty() {
        texts.push(state.composer.expanded());
    }
    state.composer.set_text(&texts.join("\n"));
}

/// The cell of what a person says.
pub(super) fn said(input: &[UserInput]) -> Cell {
    let mut texts = Vec::new();
    let mut images = Vec::new();
    for part in input {
        match part {
            UserInput::Text { text, .. } => texts.push(text.clone()),
            UserInput::LocalImage { path } => images.push(path.display().to_string()),
            UserInput::Image { .. } => images.push("(embedded)".to_owned()),
            UserInput::Other => {}
        }
    }
    Cell::Said { text: texts.join("\n"), images }
}

/// The words of an operation that a person said, as the composer's history holds them.
pub(crate) fn said_text(op: &Op) -> Option<String> {
    match op {
        Op::UserTurn { input, .. } | Op::Steer { input } => match said(input) {
            Cell::Said { text, .. } => Some(text),
            _ => None,
        },
        Op::RunShell { command } => Some(format!("!{command}")),
        _ => None,
    }
}

/// What a submission sends.
pub(super) fn input(submission: &Submission) -> Vec<UserInput> {
    let images = submission.images.iter().map(|path| UserInput::LocalImage { path: path.clone() });
    images.chain(std::iter::once(UserInput::text(submission.text.clone()))).collect()
}

/// Ids of cells that stand for something the thread has not confirmed yet.
pub(super) fn local_id(number: u64) -> ItemId {
    ItemId::new(format!("local-{number}"))
}

/// Whether an id is one of [`local_id`].
pub(super) fn is_local(id: &ItemId) -> bool {
    id.as_str().starts_with("local-")
}

fn command(state: &mut State, word: String, submission: Submission) -> Vec<Cmd> {
    let Some(command) = SlashCommand::named(&word) else {
        state.remark = Some(format!("there is no /{word}; /help lists the commands"));
        state.composer.restore(submission);
        return Vec::new();
    };
    if let Some(refusal) = command.refusal(state) {
        state.remark = Some(refusal);
        state.composer.restore(submission);
        return Vec::new();
    }
    let argument = submission.text.trim_start_matches('/').strip_prefix(word.as_str()).unwrap_or_default();
    command.run(state, argument)
}

/// The word of `/word ...`; a path such as `/etc/hosts` is no command.
fn command_word(text: &str) -> Option<&str> {
    let word = text.strip_prefix('/')?.split_whitespace().next()?;
    let plain = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    (plain && !text[1..].starts_with(char::is_whitespace)).then_some(word)
}

/// A line of the program in the transcript.
pub(super) fn remark(state: &mut State, kind: Notice, text: impl Into<String>) {
    state.transcript.push(Cell::notice(kind, text));
}
