//! A question in the composer's place: what would happen, in full and with nothing hidden, and the answers.

use codex_protocol::{ApprovalRequest, FileChangeItem, ItemId, ItemStatus};
use ratatui::text::{Line, Span};

use crate::cells::{Detail, PatchCell, View};
use crate::look::Look;
use crate::state::{Asking, CHOICES, State};
use crate::text::{clean_text, cut, one_line, wrap};

/// The question in at most `max` rows: the answers always stand, the body gives way and scrolls.
pub(super) fn question(asking: &Asking, state: &State, max: usize) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    let body = body(asking, state);
    let foot = answers(asking, state, columns);
    let room = max.saturating_sub(foot.len() + 2).max(1);
    let top = asking.scroll.min(body.len().saturating_sub(room));
    let mut lines = vec![Line::from(Look::Dim.span("─".repeat(columns)))];
    lines.push(Line::from(vec![
        Look::Accent.span("? "),
        Look::Bold.span(cut(asking.title(), columns.saturating_sub(2))),
    ]));
    let hidden = body.len().saturating_sub(room);
    lines.extend(body.into_iter().skip(top).take(room));
    if hidden > 0 {
        let text = format!("  {hidden} more rows: page-up and page-down scroll");
        if let Some(last) = lines.last_mut() {
            *last = Line::from(Look::Dim.span(cut(&text, columns)));
        }
    }
    lines.extend(foot);
    lines.truncate(max.max(1));
    lines
}

fn body(asking: &Asking, state: &State) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    let mut lines = Vec::new();
    if let Some(reason) = asking.approval.reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
        let text = one_line(reason);
        lines.extend(wrap(&[Span::raw(text)], columns, &Span::raw("  "), &Span::raw("  ")));
    }
    match &asking.approval.request {
        ApprovalRequest::Command { command, cwd, .. } => {
            let place = one_line(&cwd.display().to_string());
            lines.push(Line::from(vec![
                Look::Dim.span("  in "),
                Look::Dim.span(cut(&place, columns.saturating_sub(5))),
            ]));
            for (at, row) in shown_command(command).lines().enumerate() {
                let first = if at == 0 { Look::Prompt.span("  $ ") } else { Span::raw("    ") };
                // Blanks at the end and long runs of them would push the rest out of sight.
                let row = visible_blanks(&clean_text(row));
                lines.extend(wrap(&[Look::Bold.span(row)], columns, &first, &Span::raw("    ")));
            }
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
            lines.extend(PatchCell::new(&item, &state.cwd).lines(view));
        }
    }
    lines
}

/// The script where the vector is a shell that runs one, else the whole vector.
fn shown_command(command: &[String]) -> String {
    match command {
        [_, flag, script] if flag == "-lc" || flag == "-c" => script.clone(),
        all => all.join(" "),
    }
}

/// Long runs of blanks as a count, so that nothing hides behind them.
fn visible_blanks(text: &str) -> String {
    const RUN_MAX: usize = 8;
    let mut out = String::new();
    let mut run = 0;
    for c in text.chars().chain(['\0']) {
        if c == ' ' {
            run += 1;
            continue;
        }
        if run > RUN_MAX {
            out.push_str(&format!(" ⟨{run} blanks⟩ "));
        } else {
            out.push_str(&" ".repeat(run));
        }
        run = 0;
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

fn answers(asking: &Asking, state: &State, columns: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = CHOICES
        .iter()
        .enumerate()
        .map(|(at, choice)| {
            let hint = |action: &_| state.keys.approval.hint(*action);
            let key = choice.actions.iter().find_map(hint).unwrap_or_default();
            let text = cut(&format!("{key:<4}{}", choice.text), columns.saturating_sub(2));
            if at == asking.selected {
                Line::from(vec![Look::Prompt.span("› "), Look::Current.span(text)])
            } else {
                Line::from(vec![Span::raw("  "), Span::raw(text)])
            }
        })
        .collect();
    let waiting = state.asking.len().saturating_sub(1);
    if waiting > 0 {
        let text = cut(&format!("  {waiting} more question(s) after this one"), columns);
        lines.push(Line::from(Look::Dim.span(text)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_behind_blanks() {
        let padded = format!("ls{}; rm -rf x", " ".repeat(300));
        assert_eq!(visible_blanks(&padded), "ls ⟨300 blanks⟩ ; rm -rf x");
        assert_eq!(visible_blanks("a  b "), "a  b ");
    }
}
