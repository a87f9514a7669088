//! Questions of the thread to the person: shown one at a time in the composer's place, answered by a key.
//! Invariant: nothing is approved by a key that was meant for something else: a question takes keys only once it
//! has been on the screen for a moment.

use std::time::Duration;

use codex_protocol::{Approval, ApprovalId, ApprovalRequest, Decision, Op};

use super::msg::Cmd;
use super::notify::{self, Happening};
use super::submit::remark;
use super::ui_state::State;
use super::update::is;
use crate::cells::Notice;
use crate::keymap::{ApprovalAction, Key, ListAction, PagerAction};
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
    /// Actions of the keymap that mean it, the first shown.
    pub(crate) actions: &'static [ApprovalAction],
    pub(crate) text: &'static str,
}

/// All answers, the mildest first.
pub(crate) const CHOICES: &[Choice] = &[
    Choice { decision: Decision::Approve, actions: &[ApprovalAction::Approve], text: "Yes, this once" },
    Choice {
        decision: Decision::ApproveForSession,
        actions: &[ApprovalAction::ApproveForSession],
        text: "Yes, and do not ask for the same again",
    },
    Choice {
        decision: Decision::Decline,
        actions: &[ApprovalAction::Deny],
        text: "No, and go on without it",
    },
    Choice {
        decision: Decision::Cancel,
        actions: &[ApprovalAction::Decline, ApprovalAction::Cancel],
        text: "No, and stop the turn",
    },
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

    /// What it is about, on one line.
    fn subject(&self) -> String {
        match &self.approval.request {
            ApprovalRequest::Command { command, .. } => {
                one_line(command.last().map(String::as_str).unwrap_or_default())
            }
            ApprovalRequest::Patch { changes } => format!("{} file(s)", changes.len()),
        }
    }
}

/// Takes in a new question.
pub(super) fn asked(state: &mut State, approval: Approval) -> Vec<Cmd> {
    let now = state.now;
    let asking = Asking::new(approval, now);
    let text = format!("{} {}", asking.title(), asking.subject());
    state.asking.push_back(asking);
    notify::tell(state, Happening::ApprovalAsked, &text)
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
    let answer = if is(key, "ctrl-c") { Some(ApprovalAction::Cancel) } else { state.keys.approval.one(key) };
    let moves = state.keys.list.one(key);
    let pages = state.keys.pager.one(key);
    let Some(asking) = state.asking.front_mut() else { return Vec::new() };
    let chosen = match (answer, moves, pages) {
        (Some(answer), _, _) => CHOICES.iter().find(|choice| choice.actions.contains(&answer)),
        (None, Some(ListAction::Accept), _) => CHOICES.get(asking.selected),
        (None, Some(ListAction::MoveUp), _) => {
            asking.selected = asking.selected.checked_sub(1).unwrap_or(CHOICES.len() - 1);
            None
        }
        (None, Some(ListAction::MoveDown), _) => {
            asking.selected = (asking.selected + 1) % CHOICES.len();
            None
        }
        (None, _, Some(PagerAction::PageUp)) => {
            asking.scroll = asking.scroll.saturating_sub(5);
            None
        }
        (None, _, Some(PagerAction::PageDown)) => {
            asking.scroll = asking.scroll.saturating_add(5);
            None
        }
        _ if is(key, "tab") => {
            asking.selected = (asking.selected + 1) % CHOICES.len();
            None
        }
        _ => None,
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
    let what = asking.subject();
    let said = match decision {
        Decision::Approve => "approved",
        Decision::ApproveForSession => "approved for this session",
        Decision::ApproveWithRule => "approved for good",
        Decision::Decline => "declined",
        Decision::Cancel => "declined, turn stopped",
    };
    remark(state, Notice::Info, format!("You {said}: {what}"));
    vec![Cmd::Submit(Op::Decide { id: asking.approval.id, decision })]
}
