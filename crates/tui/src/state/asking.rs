//! Questions of the thread to the person: shown one at a time in the composer's place, answered by a key.
//! Invariant: nothing is approved by a key that was meant for something else: a question takes keys only once it
//! has been on the screen for a moment.

use std::time::Duration;

use codex_protocol::{Approval, ApprovalId, ApprovalRequest, Decision, Op};

use super::msg::Cmd;
use super::submit::remark;
use super::ui_state::State;
use super::update::is;
use crate::cells::Notice;
use crate::composer::Key;
use crate::text::one_line;

/// How long a new question takes no approving key: someone may be typing.
const SETTLE: Duration = Duration::from_millis(350);

/// An open question and the person's place in it.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) approval: Approval,
    /// First row of the body that is shown.
    pub(crate) scroll: usize,
    /// Place in [`CHOICES`].
    pub(crate) selected: usize,
    /// When it came to the front.
    shown_since: Duration,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) decision: Decision,
    /// Keys that mean it, the first shown.
    pub(crate) keys: &'static [&'static str],
    pub(crate) text: &'static str,
}

/// All answers, the mildest first.
pub(crate) const CHOICES: &[Choice] = &[
    Choice { decision: Decision::Approve, keys: &["y"], text: "Yes, this once" },
    Choice {
        decision: Decision::ApproveForSession,
        keys: &["a"],
        text: "Yes, and do not ask for the same again",
    },
    Choice { decision: Decision::Decline, keys: &["n", "d"], text: "No, and go on without it" },
    Choice { decision: Decision::Cancel, keys: &["esc", "ctrl-c"], text: "No, and stop the turn" },
];

impl Asking {
    /// A question that waits its turn.
    pub(super) fn new(approval: Approval, now: Duration) -> Self {
        Self { approval, scroll: 0, selected: 0, shown_since: now }
    }

    /// What is asked.
    pub(crate) fn title(&self) -> &'static str {
        use codex_protocol::AskedSandbox;
        match &self.approval.request {
            ApprovalRequest::Command { sandbox: AskedSandbox::Left, .. } => "Run this outside the sandbox?",
            ApprovalRequest::Command { sandbox: AskedSandbox::Kept, .. } => "Run this command?",
            ApprovalRequest::Patch { .. } => "Change these files?",
        }
    }
}

/// Takes in a new question.
pub(super) fn asked(state: &mut State, approval: Approval) -> Vec<Cmd> {
    let now = state.now;
    state.asking.push_back(Asking::new(approval, now));
    if state.focused { Vec::new() } else { vec![Cmd::Bell] }
}

/// Drops a question that no longer matters.
pub(super) fn resolved(state: &mut State, id: &ApprovalId) {
    let front = state.asking.front().map(|asking| asking.approval.id.clone());
    state.asking.retain(|asking| asking.approval.id != *id);
    if front.as_ref() == Some(id) {
        next(state);
    }
}

fn next(state: &mut State) {
    let now = state.now;
    if let Some(asking) = state.asking.front_mut() {
        asking.shown_since = now;
    }
}

/// A key while a question is open.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let now = state.now;
    let Some(asking) = state.asking.front_mut() else { return Vec::new() };
    let named = |names: &[&str]| names.iter().any(|name| is(key, name));
    if named(&["page-up", "ctrl-b"]) {
        asking.scroll = asking.scroll.saturating_sub(5);
        return Vec::new();
    }
    if named(&["page-down", "ctrl-f", "space"]) {
        asking.scroll = asking.scroll.saturating_add(5);
        return Vec::new();
    }
    if named(&["up", "k", "ctrl-p"]) {
        asking.selected = asking.selected.checked_sub(1).unwrap_or(CHOICES.len() - 1);
        return Vec::new();
    }
    if named(&["down", "j", "ctrl-n", "tab"]) {
        asking.selected = (asking.selected + 1) % CHOICES.len();
        return Vec::new();
    }
    let chosen = if named(&["enter"]) {
        CHOICES.get(asking.selected)
    } else {
        CHOICES.iter().find(|choice| named(choice.keys))
    };
    let Some(choice) = chosen else { return Vec::new() };
    let approves = matches!(choice.decision, Decision::Approve | Decision::ApproveForSession);
    if approves && now.saturating_sub(asking.shown_since) < SETTLE {
        return Vec::new();
    }
    decide(state, choice.decision)
}

fn decide(state: &mut State, decision: Decision) -> Vec<Cmd> {
    let Some(asking) = state.asking.pop_front() else { return Vec::new() };
    next(state);
    let what = match &asking.approval.request {
        ApprovalRequest::Command { command, .. } => {
            one_line(command.last().map(String::as_str).unwrap_or_default())
        }
        ApprovalRequest::Patch { changes } => format!("{} file(s)", changes.len()),
    };
    let said = match decision {
        Decision::Approve => "approved",
        Decision::ApproveForSession => "approved for this session",
        Decision::Decline => "declined",
        Decision::Cancel => "declined, turn stopped",
    };
    remark(state, Notice::Info, format!("You {said}: {what}"));
    vec![Cmd::Submit(Op::Decide { id: asking.approval.id, decision })]
}
