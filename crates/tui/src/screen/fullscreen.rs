//! The painter of the alternate screen: absolute moves, only what changed.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};

use super::codes::{FRAME_BEGIN, FRAME_END, HIDE_CURSOR, Pen, SHOW_CURSOR, changed_columns, encode_span};
use super::ink::Ink;

/// Farthest move that is looked for.
const SHIFT_ROWS_MAX: u16 = 6;
/// Rows that a move has to save.
const SHIFT_SAVING_MIN: i32 = 3;

/// Remembers what the terminal shows, and writes the difference to a new frame.
#[derive(Debug)]
pub(crate) struct FullscreenPainter {
    ink: Ink,
    shown: Option<Buffer>,
    cursor: Option<Position>,
}

impl FullscreenPainter {
    /// For a screen whose content is not known.
    pub(crate) fn new(ink: Ink) -> Self {
        Self { ink, shown: None, cursor: None }
    }

    /// Writes with this from now on; what is shown is written again.
    pub(crate) fn set_ink(&mut self, ink: Ink) {
        self.ink = ink;
        self.forget();
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
        let mut old =
            known.unwrap_or_else(|| Buffer::empty(Rect::new(0, 0, frame.area.width, frame.area.height)));
        let mut pen = Pen::new(self.ink);
        if let Some(shift) = Shift::find(&old, &frame) {
            shift.apply(&mut old, &mut body);
        }
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

/// Rows that moved up together, as a conversation does when it grows.
struct Shift {
    /// Rows `0..region` take part.
    region: u16,
    /// By how many rows.
    by: u16,
}

impl Shift {
    /// The move that saves most; none when it saves too little.
    fn find(old: &Buffer, new: &Buffer) -> Option<Self> {
        let same = |from: u16, to: u16| row(old, from) == row(new, to);
        let region = (0..new.area.height).rev().find(|y| !same(*y, *y))? + 1;
        let saved = |by: u16| {
            let rows = (0..region.saturating_sub(by)).filter(|y| !is_blank_row(new, *y));
            rows.map(|y| i32::from(same(y + by, y)) - i32::from(same(y, y))).sum::<i32>()
        };
        let (saving, by) = (1..=SHIFT_ROWS_MAX.min(region / 2)).map(|by| (saved(by), by)).max()?;
        (saving >= SHIFT_SAVING_MIN).then_some(Self { region, by })
    }

    /// Moves the rows on the terminal, and in what is known of it.
    fn apply(&self, old: &mut Buffer, body: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(body, "\u{1b}[1;{}r\u{1b}[{}S\u{1b}[r", self.region, self.by);
        let width = usize::from(old.area.width);
        let (region, by) = (usize::from(self.region) * width, usize::from(self.by) * width);
        old.content[..region].rotate_left(by);
        for cell in &mut old.content[region - by..region] {
            cell.reset();
        }
    }
}

fn row(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    let start = usize::from(y) * width;
    buffer.content.get(start..start + width).unwrap_or_default()
}

fn is_blank_row(buffer: &Buffer, y: u16) -> bool {
    row(buffer, y).iter().all(|cell| cell.symbol() == " ")
}
