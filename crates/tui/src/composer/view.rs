//! The draft as lines of spans, and the part of it that fits a height.
//! Invariant: no span holds a character that a terminal would act on. Knows no colour.

use std::ops::Range;

use super::draft::Composer;
use super::piece::Token;
use super::rows::{cells, column_of, row_of, rows, shown};
use crate::text::is_unsafe;

/// What a span of the draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanKind {
    Text,
    /// The label of a paste or an image.
    Token,
    /// The `!` of a shell command.
    Bang,
    /// A control character, shown as an escape.
    Control,
    /// What the history search looks for.
    Match,
}

/// Text of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ViewSpan {
    pub(crate) text: String,
    pub(crate) kind: SpanKind,
}

/// One row of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ViewLine {
    pub(crate) spans: Vec<ViewSpan>,
}

/// Rows and the cell of the cursor, column first, counted from the first row here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ComposerView {
    pub(crate) lines: Vec<ViewLine>,
    pub(crate) cursor: (u16, u16),
}

/// The rows that fit a height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// The cursor counts from the first row of the window.
    pub(crate) view: ComposerView,
    /// Rows above the window; give it back at the next call, so that the window only moves when it must.
    pub(crate) top: usize,
    pub(crate) above: bool,
    pub(crate) below: bool,
}

impl Composer {
    /// The whole draft at the width of `set_width`.
    #[cfg(test)]
    pub(crate) fn layout(&self) -> ComposerView {
        let rows = rows(self.buffer.text(), self.width);
        self.view(&rows, 0..rows.len())
    }

    /// Rows that the draft wants, at least 1 and at most `max`.
    pub(crate) fn desired_height(&self, max: u16) -> u16 {
        let rows = rows(self.buffer.text(), self.width).len();
        u16::try_from(rows).unwrap_or(u16::MAX).min(max).max(1)
    }

    /// The rows around the cursor that fit `height`; only these are built.
    pub(crate) fn window(&self, height: u16, previous_top: usize) -> Window {
        let height = usize::from(height.max(1));
        let rows = rows(self.buffer.text(), self.width);
        let cursor_row = row_of(&rows, self.buffer.cursor());
        let top = previous_top.min(rows.len().saturating_sub(height));
        let top = top.clamp((cursor_row + 1).saturating_sub(height), cursor_row);
        let end = (top + height).min(rows.len());
        Window { view: self.view(&rows, top..end), top, above: top > 0, below: end < rows.len() }
    }

    fn view(&self, rows: &[Range<usize>], part: Range<usize>) -> ComposerView {
        let text = self.buffer.text();
        let cursor = self.buffer.cursor();
        let cursor_row = row_of(rows, cursor);
        let x = rows.get(cursor_row).map_or(0, |row| column_of(text, row, cursor));
        let x = x.min(usize::from(self.width).saturating_sub(1));
        let y = cursor_row.saturating_sub(part.start);
        let highlight = self.search_match();
        let lines = rows.get(part).unwrap_or_default().iter().map(|row| self.line(row, highlight.as_ref()));
        ComposerView {
            lines: lines.collect(),
            cursor: (u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(y).unwrap_or(u16::MAX)),
        }
    }

    fn line(&self, row: &Range<usize>, highlight: Option<&Range<usize>>) -> ViewLine {
        let mut line = ViewLine::default();
        let tokens = &self.buffer.piece().tokens;
        for cell in cells(self.buffer.text().get(row.clone()).unwrap_or_default()) {
            let at = row.start + cell.at;
            let kind = if in_token(tokens, at) {
                SpanKind::Token
            } else if at == 0 && self.is_shell() {
                SpanKind::Bang
            } else if highlight.is_some_and(|range| range.contains(&at)) {
                SpanKind::Match
            } else if cell.grapheme != "\t" && cell.grapheme.chars().any(is_unsafe) {
                SpanKind::Control
            } else {
                SpanKind::Text
            };
            let text = shown(cell.grapheme);
            match line.spans.last_mut() {
                Some(span) if span.kind == kind => span.text.push_str(&text),
                _ => line.spans.push(ViewSpan { text: text.into_owned(), kind }),
            }
        }
        line
    }
}

fn in_token(tokens: &[Token], at: usize) -> bool {
    let index = tokens.partition_point(|token| token.range.end <= at);
    tokens.get(index).is_some_and(|token| token.range.start <= at)
}
