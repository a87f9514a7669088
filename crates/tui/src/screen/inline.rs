//! The painter of the normal screen: finished lines go to the terminal's scrollback as plain lines, the live part
//! is drawn below them.
//!
//! Every move is relative to the cursor, which stays inside the live part: the terminal may scroll, grow or shrink
//! its screen and the lines still meet. Invariant: a line given to `paint` is written once, and never rewritten
//! unless `start_over` was called.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::codes::{
    CLEAR_BELOW, FRAME_BEGIN, FRAME_END, HIDE_CURSOR, Pen, SHOW_CURSOR, changed_columns, encode_line,
    encode_row, encode_span, put_line,
};
use super::ink::Ink;
use crate::picture::INDENT as STAMP_COLUMN;
use crate::transcript::Stamp;

/// What is below the finished lines now.
#[derive(Debug)]
struct Live {
    buffer: Buffer,
    /// The terminal's cursor, in the live part.
    cursor: Position,
    visible: bool,
    /// The screen shows the buffer.
    known: bool,
}

impl Live {
    /// Finished lines that stand at the top of the live part already need not be written: the rows become theirs.
    /// Gives their number; one row of the live part is always left.
    fn adopt(&mut self, lines: &[Line<'_>]) -> u16 {
        let width = self.buffer.area.width;
        let max = self.buffer.area.height.saturating_sub(1);
        let stands = |(y, line): &(u16, &Line<'_>)| {
            if line.width() > usize::from(width) && line.spans.len() == 1 {
                return false;
            }
            let mut written = Buffer::empty(Rect::new(0, 0, width, 1));
            put_line(&mut written, 0, line, width);
            written.content.as_slice() == row_of(&self.buffer, *y)
        };
        let adopted = (0..max).zip(lines).take_while(stands).count();
        self.buffer.content.drain(..adopted * usize::from(width));
        let adopted = u16::try_from(adopted).unwrap_or(max);
        self.buffer.area.height -= adopted;
        self.cursor.y = self.cursor.y.saturating_sub(adopted);
        adopted
    }

    /// Gives the live part the height of `frame` by inserting or deleting rows above what stays the same at its
    /// end. `row` is the cursor's.
    fn fit(&mut self, frame: &Buffer, row: &mut i32, out: &mut String) {
        let (old, new) = (self.buffer.area.height, frame.area.height);
        let same =
            (1..=old.min(new)).take_while(|up| row_of(&self.buffer, old - up) == row_of(frame, new - up));
        let same = u16::try_from(same.count()).unwrap_or(0);
        let width = usize::from(self.buffer.area.width);
        // Writing to a string cannot fail.
        if new > old {
            let more = new - old;
            move_rows(row, old.saturating_sub(1), out);
            out.push_str(&"\r\n".repeat(usize::from(more)));
            *row += i32::from(more);
            let at = old - same;
            if same > 0 {
                move_rows(row, at, out);
                let _ = write!(out, "\u{1b}[{more}L");
            }
            let blank = std::iter::repeat_n(Cell::default(), usize::from(more) * width);
            let at = usize::from(at) * width;
            self.buffer.content.splice(at..at, blank);
        } else if new < old {
            let fewer = old - new;
            let at = new - same;
            move_rows(row, at, out);
            let _ = write!(out, "\u{1b}[{fewer}M");
            let at = usize::from(at) * width;
            self.buffer.content.drain(at..at + usize::from(fewer) * width);
        }
        self.buffer.area.height = new;
    }
}

fn row_of(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    let start = usize::from(y) * width;
    buffer.content.get(start..start + width).unwrap_or_default()
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
    ink: Ink,
    live: Option<Live>,
}

impl InlinePainter {
    /// For a terminal whose cursor stands at the start of an empty line.
    pub(crate) fn new(ink: Ink) -> Self {
        Self { ink, live: None }
    }

    /// Writes with this from now on; the live part is written again.
    pub(crate) fn set_ink(&mut self, ink: Ink) {
        self.ink = ink;
        if let Some(live) = &mut self.live {
            live.known = false;
        }
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
        live.known = false;
        if live.cursor.y < rows { Reach::Whole } else { Reach::Lost }
    }

    /// Bytes that add the finished `lines`, with images over some of them, and turn the live part into `frame`; empty
    /// when nothing changed.
    pub(crate) fn paint(
        &mut self,
        lines: &[Line<'_>],
        stamps: &[Stamp],
        frame: Buffer,
        cursor: Option<Position>,
    ) -> String {
        let mut pen = Pen::new(self.ink);
        let mut body = String::new();
        let mut row = 0;
        let mut rest = lines;
        let mut before = None;
        if let Some(mut live) = self.live.take() {
            row = i32::from(live.cursor.y);
            if live.known && live.buffer.area.width == frame.area.width && stamps.is_empty() {
                let adopted = live.adopt(lines);
                row -= i32::from(adopted);
                rest = lines.get(usize::from(adopted)..).unwrap_or_default();
                before = Some(live);
            }
        }
        match before {
            Some(mut live) if rest.is_empty() => {
                live.fit(&frame, &mut row, &mut body);
                for y in 0..frame.area.height {
                    if let Some((from, to)) = changed_columns(&live.buffer, &frame, y) {
                        move_rows(&mut row, y, &mut body);
                        move_to_column(from, &mut body);
                        encode_span(&frame, y, from, to, &mut pen, &mut body);
                    }
                }
                let same_cursor = cursor.map_or(!live.visible, |at| live.visible && at == live.cursor);
                if body.is_empty() && lines.is_empty() && same_cursor {
                    live.buffer = frame;
                    self.live = Some(live);
                    return String::new();
                }
            }
            _ => {
                move_rows(&mut row, 0, &mut body);
                body.push('\r');
                body.push_str(CLEAR_BELOW);
                for (at, line) in rest.iter().enumerate() {
                    encode_line(line, frame.area.width, &mut pen, &mut body);
                    body.push_str("\r\n");
                    for stamp in stamps.iter().filter(|stamp| stamp.line + usize::from(stamp.rows) == at + 1)
                    {
                        put_stamp(stamp, &mut body);
                    }
                }
                for y in 0..frame.area.height {
                    if y > 0 {
                        body.push_str("\r\n");
                    }
                    encode_row(&frame, y, 0, &mut pen, &mut body);
                }
                row = i32::from(frame.area.height.saturating_sub(1));
            }
        }
        pen.plain(&mut body);
        let target = cursor.unwrap_or(Position::new(0, frame.area.height.saturating_sub(1)));
        move_rows(&mut row, target.y, &mut body);
        move_to_column(target.x, &mut body);
        let visibility = if cursor.is_some() { SHOW_CURSOR } else { HIDE_CURSOR };
        self.live = Some(Live { buffer: frame, cursor: target, visible: cursor.is_some(), known: true });
        format!("{FRAME_BEGIN}{HIDE_CURSOR}{body}{visibility}{FRAME_END}")
    }

    /// Bytes that remove the live part and leave the cursor where it began.
    pub(crate) fn leave(&mut self) -> String {
        let mut out = String::new();
        if let Some(live) = self.live.take() {
            move_rows(&mut i32::from(live.cursor.y), 0, &mut out);
            out.push('\r');
            out.push_str(CLEAR_BELOW);
        }
        out
    }
}

/// Writes an image over the rows above the cursor, which returns to where it was, wherever the terminal leaves it.
fn put_stamp(stamp: &Stamp, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\u{1b}7\u{1b}[{}A\u{1b}[{STAMP_COLUMN}C{}\u{1b}8", stamp.rows, stamp.bytes);
}

/// Moves the cursor from `row` to row `to`.
fn move_rows(row: &mut i32, to: u16, out: &mut String) {
    let to = i32::from(to);
    // Writing to a string cannot fail.
    match (*row).cmp(&to) {
        std::cmp::Ordering::Less => drop(write!(out, "\u{1b}[{}B", to - *row)),
        std::cmp::Ordering::Greater => drop(write!(out, "\u{1b}[{}A", *row - to)),
        std::cmp::Ordering::Equal => {}
    }
    *row = to;
}

fn move_to_column(column: u16, out: &mut String) {
    out.push('\r');
    if column > 0 {
        // Writing to a string cannot fail.
        let _ = write!(out, "\u{1b}[{column}C");
    }
}
