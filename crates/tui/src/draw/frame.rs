//! A frame: cells and the place of the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use crate::screen::put_line;

/// What `draw` fills.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) buffer: Buffer,
    /// Hidden when absent.
    pub(crate) cursor: Option<Position>,
}

impl Frame {
    /// A blank frame.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self { buffer: Buffer::empty(Rect::new(0, 0, width, height)), cursor: None }
    }

    pub(crate) fn width(&self) -> u16 {
        self.buffer.area.width
    }

    pub(crate) fn height(&self) -> u16 {
        self.buffer.area.height
    }

    /// Lines from row `y` on, cut at the frame's edges.
    pub(crate) fn put(&mut self, y: u16, lines: &[Line<'static>]) {
        let width = self.width();
        for (row, line) in (y..self.height()).zip(lines) {
            put_line(&mut self.buffer, row, line, width);
        }
    }

    /// The screen as text, for tests and snapshots: one line a row, without trailing blanks.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        use unicode_width::UnicodeWidthStr;

        let mut out = String::new();
        for y in 0..self.height() {
            let mut row = String::new();
            let mut x = 0;
            while x < self.width() {
                let symbol = self.buffer[(x, y)].symbol();
                row.push_str(symbol);
                x += u16::try_from(symbol.width().max(1)).unwrap_or(1);
            }
            out.push_str(row.trim_end());
            out.push('\n');
        }
        out
    }
}
