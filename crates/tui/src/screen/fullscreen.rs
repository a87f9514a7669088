//! The painter of the alternate screen: absolute moves, only what changed.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::codes::{
    Colours, FRAME_BEGIN, FRAME_END, HIDE_CURSOR, Pen, SHOW_CURSOR, changed_columns, encode_span,
};

/// Remembers what the terminal shows, and writes the difference to a new frame.
#[derive(Debug)]
pub(crate) struct FullscreenPainter {
    colours: Colours,
    shown: Option<Buffer>,
    cursor: Option<Position>,
}

impl FullscreenPainter {
    /// For a screen whose content is not known.
    pub(crate) fn new(colours: Colours) -> Self {
        Self { colours, shown: None, cursor: None }
    }

    /// Forgets what is shown: the next frame writes everything.
    pub(crate) fn forget(&mut self) {
        self.shown = None;
    }

    /// The bytes that turn what is shown into `frame`; empty when nothing changed.
    pub(crate) fn paint(&mut self, frame: Buffer, cursor: Option<Position>) -> String {
        let mut body = String::new();
        let known = self.shown.take().filter(|shown| shown.area == frame.area);
        if known.is_none() {
            body.push_str("\u{1b}[0m\u{1b}[2J");
        }
        let old =
            known.unwrap_or_else(|| Buffer::empty(Rect::new(0, 0, frame.area.width, frame.area.height)));
        let mut pen = Pen::new(self.colours);
        for y in 0..frame.area.height {
            if let Some((from, to)) = changed_columns(&old, &frame, y) {
                // Writing to a string cannot fail.
                let _ = write!(body, "\u{1b}[{};{}H", y + 1, from + 1);
                encode_span(&frame, y, from, to, &mut pen, &mut body);
            }
        }
        pen.plain(&mut body);
        self.shown = Some(frame);
        if body.is_empty() && cursor == self.cursor {
            return String::new();
        }
        let mut out = String::with_capacity(body.len() + 48);
        out.push_str(FRAME_BEGIN);
        if !body.is_empty() {
            out.push_str(HIDE_CURSOR);
        }
        out.push_str(&body);
        match cursor {
            Some(at) => {
                let _ = write!(out, "\u{1b}[{};{}H{SHOW_CURSOR}", at.y + 1, at.x + 1);
            }
            None if self.cursor.is_some() => out.push_str(HIDE_CURSOR),
            None => {}
        }
        self.cursor = cursor;
        out.push_str(FRAME_END);
        out
    }
}
