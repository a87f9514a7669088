//! The painter of the normal screen: finished lines go to the terminal's scrollback as plain lines, the live part
//! is drawn below them.
//!
//! Every move is relative to the cursor, which stays inside the live part: the terminal may scroll, grow or shrink
//! its screen and the lines still meet. Invariant: a line given to `paint` is written once, and never rewritten
//! unless `start_over` was called.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::Line;

use super::codes::{
    CLEAR_BELOW, Colours, FRAME_BEGIN, FRAME_END, HIDE_CURSOR, Pen, SHOW_CURSOR, changed_columns,
    encode_line, encode_row, encode_span,
};

/// What is below the finished lines now.
#[derive(Debug)]
struct Live {
    buffer: Buffer,
    /// The terminal's cursor, in the live part.
    cursor: Position,
    visible: bool,
}

/// Whether the live part is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Whole,
    /// Some of it went into the scrollback.
    Lost,
}

/// Remembers the live part, and writes what follows.
#[derive(Debug)]
pub(crate) struct InlinePainter {
    colours: Colours,
    live: Option<Live>,
}

impl InlinePainter {
    /// For a terminal whose cursor stands at the start of an empty line.
    pub(crate) fn new(colours: Colours) -> Self {
        Self { colours, live: None }
    }

    /// Bytes that clear the screen and the scrollback; the caller gives every line again.
    pub(crate) fn start_over(&mut self) -> &'static str {
        self.live = None;
        "\u{1b}[0m\u{1b}[H\u{1b}[2J\u{1b}[3J"
    }

    /// The screen is not as it was left: the live part is written whole at the next paint. `rows` is the height of
    /// the screen now. Whether the live part can still be reached: a smaller screen pushes what is above the cursor
    /// out at its top, and then only `start_over` helps.
    pub(crate) fn rows_changed(&mut self, rows: u16) -> Reach {
        let Some(live) = &mut self.live else { return Reach::Whole };
        live.buffer.area.height = 0;
        live.buffer.content.clear();
        if live.cursor.y < rows { Reach::Whole } else { Reach::Lost }
    }

    /// Bytes that add the finished `lines` and turn the live part into `frame`; empty when nothing changed.
    pub(crate) fn paint(&mut self, lines: &[Line<'_>], frame: Buffer, cursor: Option<Position>) -> String {
        let mut pen = Pen::new(self.colours);
        let mut out = String::new();
        let at = match &self.live {
            Some(live) if lines.is_empty() && live.buffer.area == frame.area => {
                let (mut row, mut changed) = (live.cursor.y, String::new());
                for y in 0..frame.area.height {
                    if let Some((from, to)) = changed_columns(&live.buffer, &frame, y) {
                        move_rows(row, y, &mut changed);
                        move_to_column(from, &mut changed);
                        encode_span(&frame, y, from, to, &mut pen, &mut changed);
                        row = y;
                    }
                }
                pen.plain(&mut changed);
                let same_cursor = cursor.map_or(!live.visible, |at| live.visible && at == live.cursor);
                if changed.is_empty() && same_cursor {
                    return String::new();
                }
                out.push_str(&changed);
                row
            }
            live => {
                if let Some(live) = live {
                    move_rows(live.cursor.y, 0, &mut out);
                }
                out.push('\r');
                out.push_str(CLEAR_BELOW);
                for line in lines {
                    encode_line(line, frame.area.width, &mut pen, &mut out);
                    out.push_str("\r\n");
                }
                for y in 0..frame.area.height {
                    if y > 0 {
                        out.push_str("\r\n");
                    }
                    encode_row(&frame, y, 0, &mut pen, &mut out);
                }
                pen.plain(&mut out);
                frame.area.height.saturating_sub(1)
            }
        };
        let target = cursor.unwrap_or(Position::new(0, at));
        move_rows(at, target.y, &mut out);
        move_to_column(target.x, &mut out);
        let visibility = if cursor.is_some() { SHOW_CURSOR } else { HIDE_CURSOR };
        self.live = Some(Live { buffer: frame, cursor: target, visible: cursor.is_some() });
        format!("{FRAME_BEGIN}{HIDE_CURSOR}{out}{visibility}{FRAME_END}")
    }

    /// Bytes that remove the live part and leave the cursor where it began.
    pub(crate) fn leave(&mut self) -> String {
        let mut out = String::new();
        if let Some(live) = self.live.take() {
            move_rows(live.cursor.y, 0, &mut out);
            out.push('\r');
            out.push_str(CLEAR_BELOW);
        }
        out
    }
}

fn move_rows(from: u16, to: u16, out: &mut String) {
    // Writing to a string cannot fail.
    match from.cmp(&to) {
        std::cmp::Ordering::Less => drop(write!(out, "\u{1b}[{}B", to - from)),
        std::cmp::Ordering::Greater => drop(write!(out, "\u{1b}[{}A", from - to)),
        std::cmp::Ordering::Equal => {}
    }
}

fn move_to_column(column: u16, out: &mut String) {
    out.push('\r');
    if column > 0 {
        // Writing to a string cannot fail.
        let _ = write!(out, "\u{1b}[{column}C");
    }
}
