//! Everything below the conversation, fitted into the rows there are.
//! Invariant: the composer keeps at least one row, whatever else has to go.

use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::asking::question;
use super::footer::{hint_row, pointing_row, status_line};
use super::list::{checklist, list};
use super::pending::{status_row, waiting};
use super::popup::popup_rows;
use super::prompt::{desired_height, prompt};
use super::questions::questions;
use super::title::title;
use super::welcome::welcome;
use crate::cells::{Cell, Detail, PatchCell, View};
use crate::look::Look;
use crate::state::{Choosing, List, Overlay, Place, State};
use crate::text::cut;

/// A list with fewer rows has no sample above it.
const LIST_ROWS_MIN: usize = 8;

/// The rows and the cursor inside them.
#[derive(Debug, Default)]
pub(super) struct Bottom {
    pub(super) lines: Vec<Line<'static>>,
    pub(super) cursor: Option<Position>,
}

/// What stands above the composer, nearest last, and below it.
struct Parts {
    gap: bool,
    status: Option<Line<'static>>,
    waiting: Vec<Line<'static>>,
    popup: Vec<Line<'static>>,
    rules: bool,
    status_line: bool,
    hint: bool,
}

impl Parts {
    fn rows(&self) -> usize {
        usize::from(self.gap)
            + usize::from(self.status.is_some())
            + self.waiting.len()
            + self.popup.len()
            + 2 * usize::from(self.rules)
            + usize::from(self.status_line)
            + usize::from(self.hint)
    }
}

/// The bottom part in at most `max` rows.
pub(super) fn bottom(state: &State, max: u16) -> Bottom {
    if let Some(step) = &state.welcome {
        return Bottom { lines: welcome(step, state, usize::from(max.max(1))), cursor: None };
    }
    if let Some(Overlay::Card { card, scroll }) = state.overlays.last() {
        let view = View { width: state.width, detail: Detail::Full };
        let lines = Cell::Card(card.clone()).lines(view);
        return card_rows(&lines, *scroll, state, usize::from(max));
    }
    let max = usize::from(max.max(1));
    match state.overlays.last() {
        Some(Overlay::List(layer)) => {
            let sample = match layer.choosing {
                Choosing::Theme => {
                    PatchCell::sample().lines(View { width: state.width, detail: Detail::Full })
                }
                _ => Vec::new(),
            };
            return Bottom { lines: sampled(sample, &layer.list, state.width, max), cursor: None };
        }
        Some(Overlay::Items(layer)) => {
            let preview = match layer.place {
                Place::StatusLine => status_line(state),
                Place::Title => Line::from(Look::Plain.span(title(state))),
            };
            return Bottom { lines: checklist(&layer.list, preview, state.width, max), cursor: None };
        }
        _ => {}
    }
    if let (None, Some(asking)) = (state.overlays.last(), state.asking.front()) {
        return Bottom { lines: question(asking, state, max), cursor: None };
    }
    if let (None, Some(open)) = (state.overlays.last(), state.forms.front()) {
        return questions(open, state.width, max);
    }
    let composer_max = (max / 2).max(1).min(max);
    let composer = usize::from(desired_height(state, u16::try_from(composer_max).unwrap_or(u16::MAX)));
    let mut parts = Parts {
        gap: true,
        status: status_row(state),
        waiting: waiting(state),
        popup: popup_rows(state),
        rules: true,
        status_line: true,
        hint: true,
    };
    fit(&mut parts, max.saturating_sub(composer));
    let mut lines = Vec::new();
    if parts.gap {
        lines.push(Line::default());
    }
    lines.extend(parts.status);
    lines.append(&mut parts.waiting);
    lines.append(&mut parts.popup);
    if parts.rules {
        lines.push(rule(state.width));
    }
    let room = u16::try_from(composer).unwrap_or(u16::MAX);
    let prompt = prompt(state, room);
    let top = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let mut cursor = Some(Position::new(prompt.cursor.x, prompt.cursor.y.saturating_add(top)));
    lines.extend(prompt.lines);
    if parts.rules {
        lines.push(rule(state.width));
    }
    if parts.status_line {
        lines.push(status_line(state));
    }
    if parts.hint {
        lines.push(hint_row(state));
    }
    if let Some(row) = pointing_row(state) {
        let last = u16::try_from(lines.len().saturating_sub(1)).unwrap_or(u16::MAX);
        cursor = row.cursor.map(|x| Position::new(x.min(state.width.saturating_sub(1)), last));
        if !parts.hint
            && let Some(line) = lines.last_mut()
        {
            *line = row.line;
        }
    }
    Bottom { lines, cursor }
}

/// The list, below a sample of what is chosen where there is room for both.
fn sampled(sample: Vec<Line<'static>>, rows: &List, width: u16, max: usize) -> Vec<Line<'static>> {
    let room = max.saturating_sub(sample.len() + 1);
    if sample.is_empty() || room < LIST_ROWS_MIN {
        return list(rows, width, max);
    }
    let mut lines = vec![Line::default()];
    lines.extend(sample);
    lines.extend(list(rows, width, room));
    lines
}

/// Drops what matters least until the rest fits.
fn fit(parts: &mut Parts, room: usize) {
    let drops: [fn(&mut Parts); 6] = [
        |parts| parts.rules = false,
        |parts| parts.gap = false,
        |parts| parts.hint = false,
        |parts| parts.waiting.clear(),
        |parts| parts.status_line = false,
        |parts| parts.status = None,
    ];
    for drop in drops {
        if parts.rows() <= room {
            return;
        }
        drop(parts);
    }
    parts.popup.truncate(room);
}

fn rule(width: u16) -> Line<'static> {
    Line::from(Look::Dim.span("─".repeat(usize::from(width))))
}

fn card_rows(lines: &[Line<'static>], scroll: usize, state: &State, max: usize) -> Bottom {
    let room = max.saturating_sub(3).max(1);
    let top = scroll.min(lines.len().saturating_sub(room));
    let mut rows = vec![rule(state.width)];
    rows.extend(lines.iter().skip(top).take(room).cloned());
    rows.push(rule(state.width));
    let more = if lines.len() > room { "↑/↓ scroll · " } else { "" };
    let hint = cut(&format!("{more}any other key closes"), usize::from(state.width).saturating_sub(2));
    rows.push(Line::from(vec![Span::raw("  "), Look::Dim.span(hint)]));
    rows.truncate(max);
    Bottom { lines: rows, cursor: None }
}
