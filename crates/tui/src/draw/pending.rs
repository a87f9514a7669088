//! What stands between the conversation and the composer while a turn runs: the status row and what waits.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::cells::{elapsed, short};
use crate::composer::Submission;
use crate::look::Look;
use crate::state::{State, Turn};
use crate::text::{cut, one_line, plain_width};

const LISTED_MAX: usize = 3;

/// The status row.
pub(super) fn status_row(state: &State) -> Option<Line<'static>> {
    let turn = state.turn.as_ref()?;
    let time = state.now.saturating_sub(turn.since);
    let mark = if (time.as_millis() / 500).is_multiple_of(2) { "• " } else { "◦ " };
    let columns = usize::from(state.width).saturating_sub(2);
    let word = one_line(&turn.word(state.now));
    let facts = facts(state, turn, time, columns.saturating_sub(plain_width(&word)));
    let room = columns.saturating_sub(plain_width(&facts));
    if room < 8 {
        return Some(Line::from(vec![
            Look::Accent.span(mark),
            Look::Dim.span(cut(facts.trim_start(), columns)),
        ]));
    }
    Some(Line::from(vec![Look::Accent.span(mark), Look::Bold.span(cut(&word, room)), Look::Dim.span(facts)]))
}

/// Time, tokens and rate, as many of them as there is room for; the way to stop always.
fn facts(state: &State, turn: &Turn, time: Duration, room: usize) -> String {
    let mut facts = vec![elapsed(time)];
    if turn.tokens > 0 {
        facts.push(format!("{} tokens", short(turn.tokens)));
    }
    if let Some(rate) = turn.rate(state.now) {
        facts.push(format!("~{rate} tok/s"));
    }
    loop {
        let text = format!(" ({} • esc to interrupt)", facts.join(" • "));
        if plain_width(&text) <= room || facts.len() == 1 {
            return text;
        }
        facts.pop();
    }
}

/// Messages that wait, under headings.
pub(super) fn waiting(state: &State) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let columns = usize::from(state.width);
    if !state.steers.is_empty() {
        lines.push(heading("Goes in at the next step (esc sends it now)", columns));
        list(state.steers.iter(), columns, &mut lines);
    }
    if !state.queue.is_empty() {
        let text = if state.turn.is_some() {
            "Queued for the next turn"
        } else {
            "Sent as soon as the thread is open"
        };
        lines.push(heading(text, columns));
        list(state.queue.iter(), columns, &mut lines);
        if state.turn.is_some() {
            lines.push(Line::from(Look::Dim.span(cut("    shift+← takes the newest back", columns))));
        }
    }
    lines
}

fn heading(text: &str, columns: usize) -> Line<'static> {
    Line::from(vec![Look::Dim.span("• "), Look::Dim.span(cut(text, columns.saturating_sub(2)))])
}

fn list<'a>(
    all: impl ExactSizeIterator<Item = &'a Submission>,
    columns: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let hidden = all.len().saturating_sub(LISTED_MAX);
    for submission in all.take(LISTED_MAX) {
        let text = cut(&one_line(&submission.text), columns.saturating_sub(4));
        lines.push(Line::from(vec![Look::Dim.span("  ↳ "), Span::raw(text)]));
    }
    if hidden > 0 {
        lines.push(Line::from(Look::Dim.span(format!("    + {hidden} more"))));
    }
}
