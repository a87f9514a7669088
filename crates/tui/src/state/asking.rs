//! Questions of the thread to the person: shown one at a time in the composer's place, answered by a key (`tui.md` 9).
//! Invariant: nothing is approved by a key that was meant for something else: a question takes keys only once it
//! has been on the screen for a moment. Only what the question offers can be answered.

use std::cell::Cell as Slot;
use std::time::Duration;

use codex_protocol::{
    AdditionalPermissions, Approval, ApprovalId, ApprovalRequest, AskedSandbox, Decision, Losses, Op,
};

use super::msg::Cmd;
use super::notify::{self, Happening};
use super::overlay::Overlay;
use super::page::{Page, PageRow, diff_rows};
use super::ui_state::State;
use super::update::is;
use crate::cells::Cell;
use crate::keymap::{ApprovalAction, Key, ListAction, PagerAction};
use crate::look::Look;
use crate::text::{one_line, shown_command, typed_rows, visible_blanks};

/// How long a new question takes no approving key: someone may be typing.
const SETTLE: Duration = Duration::from_millis(350);

/// An open question and the person's place in it.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) approval: Approval,
    /// First row of the body that is shown.
    pub(crate) scroll: usize,
    /// The last place the body can be scrolled to, as the last frame had it.
    pub(crate) scroll_max: Slot<usize>,
    /// Place in [`Asking::choices`].
    pub(crate) selected: usize,
    /// When it came to the front.
    shown_since: Duration,
    standing: Standing,
}

/// Whether anybody waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// A tool does.
    Open,
    /// Nobody: the reviewer refused it, and the person thinks it over.
    Refused,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) decision: Decision,
    /// Actions of the keymap that mean it, the first shown.
    pub(crate) actions: &'static [ApprovalAction],
    pub(crate) text: String,
}

impl Asking {
    /// A question that waits its turn.
    pub(super) fn new(approval: Approval, now: Duration) -> Self {
        let standing = Standing::Open;
        Self {
            approval,
            scroll: 0,
            scroll_max: Slot::new(usize::MAX),
            selected: 0,
            shown_since: now,
            standing,
        }
    }

    /// What is asked.
    pub(crate) fn title(&self) -> &'static str {
        if self.standing == Standing::Refused {
            return "The reviewer refused this. Let it pass once?";
        }
        match &self.approval.request {
            ApprovalRequest::Command { sandbox: AskedSandbox::Left, .. } => "Run this outside the sandbox?",
            ApprovalRequest::Command { sandbox: AskedSandbox::Kept, .. } => "Run this command?",
            ApprovalRequest::Input { sandbox: AskedSandbox::Left, .. } => "Type this outside the sandbox?",
            ApprovalRequest::Input { sandbox: AskedSandbox::Kept, .. } => "Type this into a running command?",
            ApprovalRequest::Permissions { .. } => "Grant these permissions?",
            ApprovalRequest::Patch { .. } => "Change these files?",
            ApprovalRequest::Network { .. } => "Let this command reach the network?",
        }
    }

    /// The rule that is offered.
    fn rule(&self) -> Option<&[String]> {
        match &self.approval.request {
            ApprovalRequest::Command { rule, .. } => rule.as_deref().filter(|words| !words.is_empty()),
            ApprovalRequest::Input { .. }
            | ApprovalRequest::Permissions { .. }
            | ApprovalRequest::Patch { .. }
            | ApprovalRequest::Network { .. } => None,
        }
    }

    /// The answers there are, yes first; the rule only where one is offered.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        let choice = |decision, actions, text: &str| Choice { decision, actions, text: text.to_owned() };
        if self.standing == Standing::Refused {
            let stays: &'static [ApprovalAction] =
                &[ApprovalAction::Deny, ApprovalAction::Decline, ApprovalAction::Cancel];
            return vec![
                choice(
                    Decision::Approve,
                    &[ApprovalAction::Approve],
                    "Yes, when exactly this is asked for again",
                ),
                choice(Decision::Decline, stays, "No, it stays refused"),
            ];
        }
        let once = match self.approval.request {
            ApprovalRequest::Permissions { .. } => "Yes, for this turn",
            ApprovalRequest::Command { .. }
            | ApprovalRequest::Input { .. }
            | ApprovalRequest::Patch { .. }
            | ApprovalRequest::Network { .. } => "Yes, this once",
        };
        let mut all = vec![choice(Decision::Approve, &[ApprovalAction::Approve], once)];
        if let Some(words) = self.rule() {
            let text = match words {
                // The rule is the shell and its whole script.
                [_, flag, _] if flag == "-lc" || flag == "-c" => {
                    "Yes, and never ask again for this very script".to_owned()
                }
                words => {
                    let words = one_line(&visible_blanks(&words.join(" ")));
                    format!("Yes, and never ask again for commands that begin with `{words}`")
                }
            };
            all.push(choice(Decision::ApproveWithRule, &[ApprovalAction::ApproveForPrefix], &text));
        }
        if let ApprovalRequest::Network { host, .. } = &self.approval.request {
            let text = format!("Yes, and never ask again for {}", one_line(host));
            all.push(choice(Decision::ApproveWithRule, &[ApprovalAction::ApproveForPrefix], &text));
        }
        let session = match self.approval.request {
            ApprovalRequest::Command { .. } => "Yes, and do not ask for the same in this session",
            ApprovalRequest::Input { .. } => "Yes, and do not ask for this very text into it again",
            ApprovalRequest::Permissions { .. } => "Yes, for this session",
            ApprovalRequest::Patch { .. } => "Yes, and do not ask for these files in this session",
            ApprovalRequest::Network { .. } => "Yes, and do not ask for this host in this session",
        };
        // What would be lost differs from time to time: a yes to that counts once.
        if self.approval.losses.is_none() {
            all.push(choice(Decision::ApproveForSession, &[ApprovalAction::ApproveForSession], session));
        }
        all.push(choice(Decision::Decline, &[ApprovalAction::Deny], "No, and go on without it"));
        let stops: &'static [ApprovalAction] = &[ApprovalAction::Decline, ApprovalAction::Cancel];
        all.push(choice(Decision::Cancel, stops, "No, stop and say what to do instead"));
        all
    }

    /// What it is about, on one line.
    fn subject(&self) -> String {
        match &self.approval.request {
            ApprovalRequest::Command { command, .. } => one_line(&visible_blanks(&shown_command(command))),
            ApprovalRequest::Input { text, command, .. } => {
                let text = typed_rows("", text).join(" ");
                one_line(&format!("{text} into {}", visible_blanks(&shown_command(command))))
            }
            ApprovalRequest::Permissions { permissions, .. } => {
                one_line(&permission_lines(permissions).join(", "))
            }
            ApprovalRequest::Patch { changes } => {
                let names: Vec<String> = changes.keys().map(|path| path.display().to_string()).collect();
                one_line(&names.join(", "))
            }
            ApprovalRequest::Network { host, port, .. } => one_line(&format!("network: {host}, port {port}")),
        }
    }

    /// Everything there is to know, for the whole screen: nothing is cut, nothing is hidden.
    fn details(&self) -> Page {
        let row = |look, text: &str| PageRow::new(look, text);
        let blank = || row(Look::Plain, "");
        let mut rows = Vec::new();
        if let Some(reason) = &self.approval.reason {
            rows.push(row(Look::Dim, "Reason"));
            rows.extend(reason.lines().map(|line| row(Look::Italic, line)));
            rows.push(blank());
        }
        if let Some(words) = self.rule() {
            rows.push(row(
                Look::Dim,
                "Rule offered: commands that begin with these words are never asked about again",
            ));
            rows.extend(words.iter().map(|word| row(Look::Bold, &format!("  {word:?}"))));
            rows.push(blank());
        }
        if let Some(losses) = &self.approval.losses {
            rows.push(row(Look::Warn, &format!("Lost, not made in this thread: {}", losses.amount())));
            rows.extend(losses.list.iter().map(|loss| row(Look::Removed, &format!("- {}", loss.line()))));
            rows.extend(rest_of(losses).iter().map(|rest| row(Look::Dim, rest)));
            rows.push(blank());
        }
        match &self.approval.request {
            ApprovalRequest::Command { command, cwd, sandbox, .. } => {
                let place = match sandbox {
                    AskedSandbox::Left => "this computer, outside the sandbox",
                    AskedSandbox::Kept => "this computer, inside the sandbox",
                };
                rows.push(row(Look::Dim, "Environment"));
                rows.push(row(Look::Plain, place));
                rows.push(blank());
                rows.push(row(Look::Dim, "Folder"));
                rows.push(row(Look::Plain, &cwd.display().to_string()));
                rows.push(blank());
                rows.push(row(Look::Dim, "Command"));
                let script = shown_command(command);
                rows.extend(script.lines().map(|line| row(Look::Bold, &visible_blanks(line))));
                rows.push(blank());
                rows.push(row(Look::Dim, "Arguments, one a row, as the program gets them"));
                rows.extend(command.iter().map(|word| row(Look::Plain, &format!("  {word:?}"))));
            }
            ApprovalRequest::Input { command, cwd, sandbox, text, before, .. } => {
                let place = match sandbox {
                    AskedSandbox::Left => "this computer, outside the sandbox",
                    AskedSandbox::Kept => "this computer, inside the sandbox",
                };
                rows.extend([row(Look::Dim, "Environment"), row(Look::Plain, place), blank()]);
                let folder = cwd.display().to_string();
                rows.extend([row(Look::Dim, "Folder it was started in"), row(Look::Plain, &folder), blank()]);
                rows.push(row(Look::Dim, "Typed: ⏎ ends a line, ^X is a key with Ctrl"));
                rows.extend(typed_rows(before, text).iter().map(|line| row(Look::Bold, line)));
                rows.push(blank());
                rows.push(row(Look::Dim, "The running command, one argument a row"));
                rows.extend(command.iter().map(|word| row(Look::Plain, &format!("  {word:?}"))));
            }
            ApprovalRequest::Permissions { permissions, cwd } => {
                rows.push(row(Look::Dim, "Folder"));
                rows.push(row(Look::Plain, &cwd.display().to_string()));
                rows.push(blank());
                rows.push(row(Look::Dim, "Permissions, for every later command"));
                rows.extend(permission_lines(permissions).iter().map(|line| row(Look::Bold, line)));
            }
            ApprovalRequest::Patch { changes } => {
                for (path, change) in changes {
                    rows.push(row(Look::Bold, &path.display().to_string()));
                    match change {
                        codex_protocol::FileChange::Add { content } => {
                            rows.extend(content.lines().map(|line| row(Look::Added, &format!("+{line}"))));
                        }
                        codex_protocol::FileChange::Delete { content } => {
                            rows.extend(content.lines().map(|line| row(Look::Removed, &format!("-{line}"))));
                        }
                        codex_protocol::FileChange::Update { unified_diff, move_path } => {
                            if let Some(to) = move_path {
                                rows.push(row(Look::Dim, &format!("becomes {}", to.display())));
                            }
                            rows.extend(diff_rows(unified_diff));
                        }
                    }
                    rows.push(blank());
                }
            }
            ApprovalRequest::Network { host, port, protocol, command } => {
                rows.push(row(Look::Dim, "Host"));
                rows.push(row(Look::Bold, host));
                rows.push(row(Look::Plain, &format!("port {port}, {}", protocol.as_str())));
                rows.push(blank());
                rows.push(row(
                    Look::Dim,
                    "Rule offered: this host is reached this way without a question from now on",
                ));
                rows.push(blank());
                rows.push(row(Look::Dim, "Command that waits"));
                let script = shown_command(command);
                rows.extend(script.lines().map(|line| row(Look::Plain, &visible_blanks(line))));
            }
        }
        Page::new(self.title(), rows)
    }
}

/// What is asked for, one permission a line.
pub(crate) fn permission_lines(permissions: &AdditionalPermissions) -> Vec<String> {
    let mut lines = Vec::new();
    for (verb, paths) in [("write", &permissions.write), ("read", &permissions.read)] {
        let line = |path: &std::path::PathBuf| {
            format!("{verb} {}", one_line(&visible_blanks(&path.display().to_string())))
        };
        lines.extend(paths.iter().map(line));
    }
    match permissions.network {
        Some(true) => lines.push("use the network".to_owned()),
        Some(false) => lines.push("no network".to_owned()),
        None => {}
    }
    lines
}

/// What the list of losses does not show.
pub(crate) fn rest_of(losses: &Losses) -> Vec<&'static str> {
    let mut rest = Vec::new();
    let listed: u64 = losses.list.iter().map(|loss| loss.files).sum();
    if listed < losses.files || !losses.counted {
        rest.push("... and more that is not listed");
    }
    if losses.unknown {
        rest.push("... and what is known only when it runs");
    }
    rest
}

/// Takes in a new question.
pub(super) fn asked(state: &mut State, approval: Approval) -> Vec<Cmd> {
    let now = state.now;
    let asking = Asking::new(approval, now);
    let text = format!("{} {}", asking.title(), asking.subject());
    state.asking.push_back(asking);
    notify::tell(state, Happening::ApprovalAsked, &text)
}

/// Puts what the reviewer refused last before the person, who may let it pass once (`/approve`).
pub(super) fn reconsider(state: &mut State) -> Vec<Cmd> {
    let now = state.now;
    match state.refused.pop() {
        Some(approval) => {
            state.asking.push_front(Asking { standing: Standing::Refused, ..Asking::new(approval, now) });
        }
        None => state.remark = Some("the reviewer has refused nothing".to_owned()),
    }
    Vec::new()
}

/// Drops a question that no longer matters.
pub(super) fn resolved(state: &mut State, id: &ApprovalId) {
    let front = state.asking.front().map(|asking| asking.approval.id.clone());
    state.asking.retain(|asking| asking.approval.id != *id);
    if front.as_ref() == Some(id) {
        next(state);
    }
}

/// The question in front has just come there.
fn next(state: &mut State) {
    let now = state.now;
    if let Some(asking) = state.asking.front_mut() {
        asking.shown_since = now;
    }
}

/// A key while a question is open.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let answer = if is(key, "ctrl-c") { Some(ApprovalAction::Cancel) } else { state.keys.approval.one(key) };
    let moves = state.keys.list.one(key);
    let pages = state.keys.pager.one(key);
    // Small enough that no row is jumped over.
    let step = usize::from(state.height / 8).max(1);
    let several = state.asking.len() > 1;
    let Some(asking) = state.asking.front_mut() else { return Vec::new() };
    let choices = asking.choices();
    let last = choices.len() - 1;
    let number = key.typed().and_then(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok());
    let chosen = match (answer, moves, pages) {
        (Some(ApprovalAction::OpenFullscreen), _, _) => {
            let page = asking.details();
            state.overlays.push(Overlay::Page(Box::new(page)));
            return Vec::new();
        }
        (Some(answer), _, _) => choices.iter().find(|choice| choice.actions.contains(&answer)),
        (None, Some(ListAction::Accept), _) => choices.get(asking.selected),
        (None, Some(ListAction::MoveUp), _) => {
            asking.selected = asking.selected.checked_sub(1).unwrap_or(last);
            None
        }
        (None, Some(ListAction::MoveDown), _) => {
            asking.selected = if asking.selected == last { 0 } else { asking.selected + 1 };
            None
        }
        (None, Some(turn @ (ListAction::MoveLeft | ListAction::MoveRight)), _) if several => {
            match turn {
                ListAction::MoveLeft => state.asking.rotate_right(1),
                _ => state.asking.rotate_left(1),
            }
            next(state);
            return Vec::new();
        }
        (None, _, Some(PagerAction::PageUp)) => {
            asking.scroll = asking.scroll.saturating_sub(step);
            None
        }
        (None, _, Some(PagerAction::PageDown)) => {
            asking.scroll = asking.scroll.saturating_add(step).min(asking.scroll_max.get());
            None
        }
        _ if is(key, "tab") => {
            asking.selected = if asking.selected == last { 0 } else { asking.selected + 1 };
            None
        }
        _ => number.and_then(|number| choices.get(number.checked_sub(1)?)),
    };
    let chosen = chosen.cloned();
    chosen.and_then(|choice| take(state, &choice)).unwrap_or_default()
}

/// Answers with the choice at this place; `None` when there is none, or when it came too early.
pub(super) fn answer(state: &mut State, at: usize) -> Option<Vec<Cmd>> {
    let choice = state.asking.front()?.choices().into_iter().nth(at)?;
    take(state, &choice)
}

/// Answers with the plain "no".
pub(super) fn deny(state: &mut State) -> Option<Vec<Cmd>> {
    let choices = state.asking.front()?.choices();
    take(state, choices.iter().find(|choice| choice.decision == Decision::Decline)?)
}

fn take(state: &mut State, choice: &Choice) -> Option<Vec<Cmd>> {
    let asking = state.asking.front()?;
    if approves(&choice.decision) && state.now.saturating_sub(asking.shown_since) < SETTLE {
        return None;
    }
    Some(decide(state, choice.decision.clone()))
}

fn approves(decision: &Decision) -> bool {
    match decision {
        Decision::Approve | Decision::ApproveForSession | Decision::ApproveWithRule | Decision::Grant(_) => {
            true
        }
        Decision::Decline | Decision::Cancel => false,
    }
}

fn decide(state: &mut State, decision: Decision) -> Vec<Cmd> {
    let Some(asking) = state.asking.pop_front() else { return Vec::new() };
    next(state);
    if asking.standing == Standing::Refused {
        let lifts = decision == Decision::Approve;
        let said = if lifts { "passes once" } else { "stays refused" };
        let text = format!("{said}: {}", asking.subject());
        state.transcript.push(Cell::Decided { approved: lifts, text, reason: None });
        return if lifts {
            vec![Cmd::Submit(Op::LiftRefusal { id: asking.approval.id })]
        } else {
            Vec::new()
        };
    }
    let said = match decision {
        Decision::Approve => "approved once",
        Decision::ApproveForSession => "approved for this session",
        Decision::ApproveWithRule => "approved, and its rule kept",
        Decision::Grant(_) => "granted in part",
        Decision::Decline => "declined",
        Decision::Cancel => "cancelled",
    };
    let text = format!("{said}: {}", asking.subject());
    let reason = asking.approval.reason.filter(|reason| !reason.trim().is_empty());
    state.transcript.push(Cell::Decided { approved: approves(&decision), text, reason });
    if decision == Decision::Cancel {
        state.remark = Some("say what to do instead".to_owned());
    }
    vec![Cmd::Submit(Op::Decide { id: asking.approval.id, decision })]
}
