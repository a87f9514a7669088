//! Cells as a screen reader says them: plain sentences with a label, no marks, no frames, no wrapping.
//! Invariant: no line holds a character that a terminal would act on.

use std::borrow::Cow;

use codex_protocol::{CommandSource, PlanStepStatus};
use ratatui::text::Line;

use super::cell::{Card, Cell, Detail, Notice, View};
use super::command::{CommandCell, CommandState};
use super::plan::PlanCell;
use super::words::elapsed;
use crate::text::{clean_output, clean_text, one_line};

/// Lines of output that are said with a command; Ctrl+T says all.
const OUTPUT_LINES_MAX: usize = 5;
/// Columns the lines are made for; the terminal breaks them where its own columns end.
pub(crate) const SPOKEN_COLUMNS: u16 = 2_000;

impl Cell {
    /// Everything of the cell, in short.
    pub(crate) fn spoken(&self) -> Vec<String> {
        let view = View { width: SPOKEN_COLUMNS, detail: Detail::Compact };
        match self {
            Self::Header { folder } => {
                vec![format!("Codex {}, in {}", env!("CARGO_PKG_VERSION"), one_line(folder))]
            }
            Self::Said { text, images } => {
                let images = images.iter().map(|path| format!("\nImage {}", one_line(path)));
                labelled("You", &format!("{}{}", clean_text(text), images.collect::<String>()))
            }
            Self::Reply(_) => with_label("Codex", self.lines(view).iter().filter_map(said_line)),
            Self::Thought { text } => labelled("Thinking", clean_text(text).replace("**", "").trim()),
            Self::Explored(_) => {
                let shown = self.lines(view).iter().filter_map(said_line).collect::<Vec<_>>();
                let steps = shown.iter().skip(1).filter(|line| !line.starts_with("+ "));
                with_label("Looked around", steps.cloned())
            }
            Self::Command(command) => command_lines(command),
            Self::Patch(_) => {
                let full = self.lines(view);
                let rows = full.iter().map(ToString::to_string);
                // The rows of the change have numbers in front; the files stand above them.
                let files = rows.filter(|row| row.starts_with("• ") || row.starts_with("  └ "));
                files.map(|row| plain(&row).replace(['(', ')'], "")).collect()
            }
            Self::Plan(plan) => plan_lines(plan),
            Self::Search { query } => labelled("Searched the web", &one_line(query)),
            Self::Image { path, .. } => labelled("Viewed image", &one_line(path)),
            // The message names it.
            Self::Attached { .. } => Vec::new(),
            Self::Questions(_) => self.lines(view).iter().filter_map(said_line).collect(),
            Self::Decided { text, reason, .. } => {
                let why = reason.as_deref().map(|reason| format!(" (asked because: {})", one_line(reason)));
                vec![format!("You {}{}", one_line(text), why.unwrap_or_default())]
            }
            Self::Notice { kind, text } => {
                let label = match kind {
                    Notice::Info => "Note",
                    Notice::Warning => "Warning",
                    Notice::Error => "Error",
                };
                labelled(label, &clean_text(text))
            }
            Self::TurnEnd { took, .. } => vec![format!("Done, worked for {}", elapsed(*took))],
            Self::Card(card) => card_lines(card),
        }
    }

    /// Everything of the cell, in full.
    pub(crate) fn spoken_in_full(&self) -> Vec<String> {
        let view = View { width: SPOKEN_COLUMNS, detail: Detail::Raw };
        self.lines(view).iter().map(ToString::to_string).collect()
    }
}

fn labelled(label: &str, text: &str) -> Vec<String> {
    with_label(label, text.lines().map(str::to_owned))
}

fn with_label(label: &str, lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = lines.collect();
    match out.first_mut() {
        Some(first) => first.insert_str(0, &format!("{label}: ")),
        None => out.push(format!("{label}:")),
    }
    out
}

/// A drawn line as it is said; nothing for one that only looks like something.
pub(crate) fn said_line(line: &Line<'static>) -> Option<String> {
    let text = plain(&line.to_string());
    let drawn = |c: char| matches!(c, '\u{2500}'..='\u{259f}' | ' ');
    (!text.is_empty() && !text.chars().all(drawn)).then_some(text)
}

/// Without the marks in front and without blanks that only align.
fn plain(text: &str) -> String {
    let text = text.trim_end();
    let marks = ['•', '└', '›', '■', '⚠', '│'];
    let rest = text.trim_start().trim_start_matches(marks);
    let indent = text.len() - text.trim_start().len();
    let frame = |c: char| matches!(c, '│' | '┃' | '▌');
    let rest: Cow<'_, str> = if rest.contains(frame) { rest.replace(frame, " ").into() } else { rest.into() };
    // Code keeps its indent, behind the two columns every line has.
    match rest.len() == text.trim_start().len() {
        true => format!("{}{rest}", " ".repeat(indent.saturating_sub(2))),
        false => rest.trim_start().to_owned(),
    }
}

fn command_lines(command: &CommandCell) -> Vec<String> {
    let (state, source) = command.outcome();
    let (script, output) = command.texts();
    let label = match (state, source) {
        (CommandState::Running, _) => "Running",
        (CommandState::Failed(None), _) => "Could not run",
        (CommandState::Declined, _) => "Not run",
        (CommandState::Stopped, _) => "Stopped",
        (CommandState::Background, _) => "Still running",
        (_, CommandSource::UserShell) => "You ran",
        (_, _) => "Ran",
    };
    let exit = match state {
        CommandState::Succeeded => ", exit 0".to_owned(),
        CommandState::Failed(Some(code)) => format!(", exit {code}"),
        _ => String::new(),
    };
    let mut lines = labelled(label, clean_text(script.trim()).trim_end());
    if let Some(last) = lines.last_mut() {
        last.push_str(&exit);
    }
    let output = clean_output(output.trim_end());
    let all: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    let hidden = all.len().saturating_sub(OUTPUT_LINES_MAX);
    if hidden > 0 {
        lines.push(format!("Output, the last {OUTPUT_LINES_MAX} of {} lines:", all.len()));
    }
    lines.extend(all.into_iter().skip(hidden).map(str::to_owned));
    lines
}

fn plan_lines(plan: &PlanCell) -> Vec<String> {
    let mut lines = labelled("Plan", plan.explanation.as_deref().map(one_line).unwrap_or_default().as_str());
    lines.extend(plan.steps.iter().map(|step| {
        let word = match step.status {
            PlanStepStatus::Completed => "Done",
            PlanStepStatus::InProgress => "Now",
            PlanStepStatus::Pending => "To do",
        };
        format!("{word}: {}", one_line(&step.step))
    }));
    lines
}

fn card_lines(card: &Card) -> Vec<String> {
    let mut lines = vec![format!("{}:", one_line(&card.title))];
    for (name, value) in &card.rows {
        match (name.is_empty(), value.is_empty()) {
            (true, true) => {}
            (true, false) => lines.extend(clean_text(value).lines().map(str::to_owned)),
            (false, _) => lines.extend(labelled(&one_line(name), &clean_text(value))),
        }
    }
    lines
}
