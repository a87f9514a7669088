//! The composer's rows: prompt mark, text, marks where more is hidden, the placeholder.

use ratatui::layout::Position;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::composer::SpanKind;
use crate::look::Look;
use crate::state::State;
use crate::text::{cut, plain_width};

const PLACEHOLDER: &str = "What shall be done?";

/// Rows of the composer and the cursor inside them.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) lines: Vec<Line<'static>>,
    pub(super) cursor: Position,
}

/// The composer in at most `height` rows.
pub(super) fn prompt(state: &State, height: u16) -> Prompt {
    let columns = usize::from(state.width);
    if state.composer.is_empty() && state.composer.search().is_none() {
        let words = if state.leaving { "Shutting down …" } else { PLACEHOLDER };
        let words = cut(words, columns.saturating_sub(3));
        let line = Line::from(vec![mark(), Look::Dim.span(words)]);
        return Prompt { lines: vec![line], cursor: clamp(2, 0, state.width) };
    }
    let window = state.composer.window(height.max(1), state.composer_top.get());
    state.composer_top.set(window.top);
    let last = window.view.lines.len().saturating_sub(1);
    let mut lines = Vec::with_capacity(window.view.lines.len());
    for (row, shown) in window.view.lines.iter().enumerate() {
        let first = row == 0 && window.top == 0;
        let mut spans = vec![if first { mark() } else { Span::raw("  ") }];
        for span in &shown.spans {
            let style = match span.kind {
                SpanKind::Text => Look::Plain.style(),
                SpanKind::Token => Look::Accent.style(),
                SpanKind::Bang => Look::Bad.style().add_modifier(Modifier::BOLD),
                SpanKind::Control => Look::Dim.style(),
                SpanKind::Match => Look::Accent.style().add_modifier(Modifier::UNDERLINED),
            };
            spans.push(Span::styled(span.text.clone(), style));
        }
        let more = match (row == 0 && window.above, row == last && window.below) {
            (true, true) => Some("↕"),
            (true, false) => Some("↑"),
            (false, true) => Some("↓"),
            (false, false) => None,
        };
        if let Some(more) = more {
            let used: usize = spans.iter().map(|span| plain_width(&span.content)).sum();
            let pad = columns.saturating_sub(used + 1);
            if pad > 0 {
                spans.push(Span::raw(" ".repeat(pad)));
                spans.push(Look::Dim.span(more));
            }
        }
        lines.push(Line::from(spans));
    }
    let (x, y) = window.view.cursor;
    Prompt { lines, cursor: clamp(x.saturating_add(2), y, state.width) }
}

/// Rows the composer would like.
pub(super) fn desired_height(state: &State, max: u16) -> u16 {
    if state.composer.is_empty() { 1 } else { state.composer.desired_height(max).clamp(1, max.max(1)) }
}

fn mark() -> Span<'static> {
    Look::Prompt.span("› ")
}

fn clamp(x: u16, y: u16, width: u16) -> Position {
    Position::new(x.min(width.saturating_sub(1)), y)
}
