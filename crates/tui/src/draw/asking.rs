//! A question in the composer's place: what would happen, in full and with nothing hidden, and the answers.

use codex_protocol::{ApprovalRequest, AskedSandbox, FileChangeItem, ItemId, ItemStatus};
use ratatui::text::{Line, Span};

use super::list::{hint, rule};
use crate::cells::{Detail, PatchCell, View};
use crate::keymap::ApprovalAction;
use crate::look::Look;
use crate::state::{Asking, State, permission_lines, rest_of};
use crate::text::{clean_text, cut, one_line, shown_command, typed_rows, visible_blanks, wrap};

/// The question in at most `max` rows: the answers always stand, the body gives way and scrolls.
pub(super) fn question(asking: &Asking, state: &State, max: usize) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    let body = body(asking, state, max);
    let answers = answers(asking, state, columns);
    let foot = keys(state, columns);
    // On a low screen blank rows go first, then the rule, then the keys.
    let fixed = answers.len() + 2;
    let spacious = max >= fixed + body.len() + 4;
    let with_rule = max > fixed + 2;
    let with_foot = max > fixed + 3;
    let around = usize::from(with_rule) + usize::from(with_foot) + 2 * usize::from(spacious);
    let mut room = max.saturating_sub(answers.len() + 1 + around).max(1);
    let mut lines = Vec::new();
    if with_rule {
        lines.push(rule(columns));
    }
    lines.push(title(asking, state, columns));
    if spacious {
        lines.push(Line::default());
    }
    if body.len() > room {
        // One row tells where in the body we are; the rest of it can all be reached.
        room = room.saturating_sub(1).max(1);
        asking.scroll_max.set(body.len() - room);
        let top = asking.scroll.min(body.len() - room);
        let shown =
            format!("  rows {}–{} of {}: page-up/page-down, or ctrl+a", top + 1, top + room, body.len());
        lines.extend(body.into_iter().skip(top).take(room));
        lines.push(Line::from(Look::Warn.span(cut(&shown, columns))));
    } else {
        asking.scroll_max.set(0);
        lines.extend(body);
    }
    if spacious {
        lines.push(Line::default());
    }
    lines.extend(answers);
    if with_foot {
        lines.push(foot);
    }
    if lines.len() > max {
        lines.drain(..lines.len() - max.max(1));
    }
    lines
}

fn title(asking: &Asking, state: &State, columns: usize) -> Line<'static> {
    let waiting = state.asking.len().saturating_sub(1);
    let count = if waiting > 0 { format!("  · {waiting} more, ←/→") } else { String::new() };
    Line::from(vec![
        Look::Accent.span("? "),
        Look::Bold.span(cut(asking.title(), columns.saturating_sub(2))),
        Look::Dim.span(count),
    ])
}

/// What is asked about and what is known of it; on a low screen what would happen comes first.
pub(super) fn body(asking: &Asking, state: &State, max: usize) -> Vec<Line<'static>> {
    const LOW: usize = 16;
    let (mut facts, mut deed) = (facts(asking, state), deed(asking, state));
    deed.extend(losses(asking, state));
    if max <= LOW {
        return deed.into_iter().chain(facts).collect();
    }
    if !facts.is_empty() {
        facts.push(Line::default());
    }
    facts.extend(deed);
    facts
}

/// What would be lost, one place a row, in full: the whole of it can be scrolled through.
fn losses(asking: &Asking, state: &State) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    let Some(losses) = asking.approval.losses.as_deref() else { return Vec::new() };
    let mut lines = vec![Line::default()];
    let amount = format!("Lost, not made in this thread: {}", losses.amount());
    lines.extend(wrap(&[Look::Warn.span(amount)], columns, &Span::raw("  "), &Span::raw("  ")));
    for loss in &losses.list {
        let row = clean_text(&visible_blanks(&loss.line()));
        lines.extend(wrap(&[Span::raw(row)], columns, &Look::Removed.span("  - "), &Span::raw("    ")));
    }
    for rest in rest_of(losses) {
        lines.extend(wrap(&[Look::Dim.span(rest)], columns, &Span::raw("    "), &Span::raw("    ")));
    }
    lines
}

/// Where it would happen, and why it is asked.
fn facts(asking: &Asking, state: &State) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    let mut lines = Vec::new();
    let label = |name: &str| Look::Dim.span(format!("  {name:<13}"));
    let rest = Span::raw(" ".repeat(15));
    if let ApprovalRequest::Command { cwd, sandbox, .. } | ApprovalRequest::Input { cwd, sandbox, .. } =
        &asking.approval.request
    {
        let place = match sandbox {
            AskedSandbox::Left => "local, outside the sandbox",
            AskedSandbox::Kept => "local, inside the sandbox",
        };
        let cwd = one_line(&cwd.display().to_string());
        lines
            .push(Line::from(vec![label("Environment:"), Span::raw(cut(place, columns.saturating_sub(15)))]));
        lines.extend(wrap(&[Span::raw(cwd)], columns, &label("Folder:"), &rest));
    }
    if let Some(reason) = asking.approval.reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
        lines.extend(wrap(&[Look::Italic.span(one_line(reason))], columns, &label("Reason:"), &rest));
    }
    lines
}

/// What would happen.
fn deed(asking: &Asking, state: &State) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    match &asking.approval.request {
        ApprovalRequest::Command { command, .. } => {
            let mut lines = Vec::new();
            for (at, row) in shown_command(command).lines().enumerate() {
                let first = if at == 0 { Look::Prompt.span("  $ ") } else { Span::raw("    ") };
                // Blanks at the end and long runs of them would push the rest out of sight.
                let row = clean_text(&visible_blanks(row));
                lines.extend(wrap(&[Look::Bold.span(row)], columns, &first, &Span::raw("    ")));
            }
            lines
        }
        ApprovalRequest::Input { command, text, before, .. } => {
            let mut lines = Vec::new();
            for (at, row) in typed_rows(before, text).into_iter().enumerate() {
                let first = if at == 0 { Look::Prompt.span("  > ") } else { Span::raw("    ") };
                let row = clean_text(&row);
                lines.extend(wrap(&[Look::Bold.span(row)], columns, &first, &Span::raw("    ")));
            }
            let rest = Span::raw(" ".repeat(15));
            let into = one_line(&visible_blanks(&shown_command(command)));
            lines.extend(wrap(
                &[Span::raw(into)],
                columns,
                &Look::Dim.span(format!("  {:<13}", "Into:")),
                &rest,
            ));
            lines
        }
        ApprovalRequest::Network { host, port, protocol, command } => {
            let rest = Span::raw(" ".repeat(15));
            let row = |name: &str, spans: &[Span<'static>]| {
                wrap(spans, columns, &Look::Dim.span(format!("  {name:<13}")), &rest)
            };
            let way = format!("  port {port}, {}", protocol.as_str());
            let mut lines = row("Host:", &[Look::Bold.span(clean_text(host)), Look::Dim.span(way)]);
            lines.extend(row(
                "For command:",
                &[Span::raw(one_line(&visible_blanks(&shown_command(command))))],
            ));
            lines
        }
        ApprovalRequest::Permissions { permissions, .. } => {
            let mut lines = Vec::new();
            for line in permission_lines(permissions) {
                let row = clean_text(&line);
                lines.extend(wrap(&[Look::Bold.span(row)], columns, &Span::raw("  "), &Span::raw("    ")));
            }
            lines
        }
        ApprovalRequest::Patch { changes } => {
            let item = FileChangeItem {
                id: ItemId::new(""),
                changes: changes.clone(),
                status: ItemStatus::InProgress,
                stdout: String::new(),
                stderr: String::new(),
            };
            let view = View { width: state.width, detail: Detail::Full };
            PatchCell::new(&item, &state.cwd).lines(view)
        }
    }
}

/// Numbered, each with its key behind it.
fn answers(asking: &Asking, state: &State, columns: usize) -> Vec<Line<'static>> {
    let row = |(at, choice): (usize, crate::state::Choice)| {
        let hints = choice.actions.iter().find_map(|action| state.keys.approval.hint(*action));
        let key = hints.map(|key| format!(" ({key})")).unwrap_or_default();
        let room = columns.saturating_sub(5 + crate::text::plain_width(&key));
        let text = format!("{}. {}{key}", at + 1, cut(&choice.text, room));
        if at == asking.selected {
            Line::from(vec![Look::Prompt.span("› "), Look::Selected.span(text)])
        } else {
            Line::from(vec![Span::raw("  "), Span::raw(text)])
        }
    };
    asking.choices().into_iter().enumerate().map(row).collect()
}

fn keys(state: &State, columns: usize) -> Line<'static> {
    let key = |action| state.keys.approval.hint(action).unwrap_or_default();
    let details = key(ApprovalAction::OpenFullscreen);
    let stop = key(ApprovalAction::Decline);
    hint(&format!("enter confirm · {stop} stop · {details} details · page-up/page-down scroll"), columns)
}
