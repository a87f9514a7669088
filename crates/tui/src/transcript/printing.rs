//! What inline mode has given to the terminal's scrollback, and what comes next.
//! Invariant: between two fresh starts every line of every settled cell is given exactly once, in order.

use std::sync::Arc;

use ratatui::text::Line;

use super::entry::Progress;
use super::list::Transcript;
use crate::cells::{Cell, Detail, Standing, View};
use crate::picture::{Picture, Place};

/// How far the transcript is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Cells printed whole.
    entries: usize,
    /// Lines printed of the cell after them, with the generation they belong to.
    partial: Option<(usize, u64)>,
}

impl Printed {
    /// After the list was cut to `len` cells; what is printed of the rest stays where it is.
    pub(crate) fn clamped(self, len: usize) -> Self {
        if self.entries < len { self } else { Self { entries: len, partial: None } }
    }
}

/// What to print.
#[derive(Debug, Default)]
pub(crate) struct Printable {
    /// Lines for the scrollback.
    pub(crate) lines: Vec<Line<'static>>,
    /// Images that fill blank lines of these.
    pub(crate) stamps: Vec<Stamp>,
    /// What was printed before is wrong now: clear it and print again from `lines`.
    pub(crate) start_over: bool,
}

/// An image that is written over lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The first of them.
    pub(crate) line: usize,
    pub(crate) rows: u16,
    /// Shows the image at the cursor.
    pub(crate) bytes: Arc<str>,
}

impl Transcript {
    /// Lines that became final since `printed`, which moves along. `entries_max` holds back cells from that place
    /// on; `rows_max` limits how much of a long history is printed at once, keeping its end.
    pub(crate) fn take_printable(
        &self,
        printed: &mut Printed,
        entries_max: usize,
        rows_max: usize,
    ) -> Printable {
        let mut out = Printable::default();
        if self.is_stale(printed) {
            *printed = Printed::default();
            out.start_over = true;
        }
        let end = self.settled_prefix().min(entries_max);
        let first = self.first_to_print(printed, end, rows_max);
        for entry in first..end {
            let skip =
                if entry == printed.entries { printed.partial.map_or(0, |(lines, _)| lines) } else { 0 };
            self.print_entry(entry, skip, usize::MAX, &mut out.lines);
            if let Some(found) = self.get(entry) {
                if let Some(Picture { rows, place: Place::Printed(bytes), .. }) =
                    found.cell().picture(self.view())
                {
                    let line = out.lines.len().saturating_sub(usize::from(*rows));
                    out.stamps.push(Stamp { line, rows: *rows, bytes: Arc::clone(bytes) });
                }
                found.forget_lines();
            }
            *printed = Printed { entries: entry + 1, partial: None };
        }
        if printed.entries == self.settled_prefix() && printed.entries < entries_max {
            self.print_standing(printed, &mut out.lines);
        }
        out
    }

    /// The rows below the printed part: at most `height`, the newest.
    pub(crate) fn unprinted(&self, printed: &Printed, height: usize) -> Vec<Line<'static>> {
        let mut blocks: Vec<Vec<Line<'static>>> = Vec::new();
        let mut rows = 0;
        for entry in (printed.entries..self.len()).rev() {
            if rows >= height {
                break;
            }
            let skip =
                if entry == printed.entries { printed.partial.map_or(0, |(lines, _)| lines) } else { 0 };
            let mut lines = Vec::new();
            self.print_entry(entry, skip, usize::MAX, &mut lines);
            rows += lines.len();
            blocks.push(lines);
        }
        let mut all: Vec<Line<'static>> = blocks.into_iter().rev().flatten().collect();
        all.drain(..all.len().saturating_sub(height));
        all
    }

    fn is_stale(&self, printed: &Printed) -> bool {
        let Some((lines, generation)) = printed.partial else { return false };
        let replaced = self
            .get(printed.entries)
            .is_some_and(|entry| matches!(entry.cell(), Cell::Reply(reply) if reply.is_replaced()));
        replaced
            || self
                .standing(printed.entries)
                .is_some_and(|now| now.generation != generation || now.lines < lines)
    }

    /// Text alone is printed when it is whole, as long lines for the terminal to break.
    fn standing(&self, entry: usize) -> Option<Standing> {
        let reply = self.get(entry)?.cell().as_reply().filter(|_| self.view().detail != Detail::Raw)?;
        reply.standing(self.view())
    }

    fn print_standing(&self, printed: &mut Printed, out: &mut Vec<Line<'static>>) {
        let Some(standing) = self.standing(printed.entries) else { return };
        let done = printed.partial.map_or(0, |(lines, _)| lines);
        if standing.lines > done {
            self.print_entry(printed.entries, done, standing.lines, out);
            printed.partial = Some((standing.lines, standing.generation));
        }
    }

    /// Lines `skip..end` of a cell, with the blank line above it when it begins.
    fn print_entry(&self, entry: usize, skip: usize, end: usize, out: &mut Vec<Line<'static>>) {
        let Some(found) = self.get(entry) else { return };
        let view = match self.view() {
            // What was begun in another form is ended in it.
            view if view.detail == Detail::Raw && skip > 0 => View { detail: Detail::Compact, ..view },
            view if view.detail == Detail::Raw && found.progress == Progress::Settled => {
                View { width: u16::MAX, ..view }
            }
            view => view,
        };
        found.with_lines(view, |lines| {
            if entry > 0 && skip == 0 {
                out.push(Line::default());
            }
            let end = end.min(lines.len());
            out.extend(lines.get(skip.min(end)..end).unwrap_or_default().iter().cloned());
        });
    }

    fn first_to_print(&self, printed: &Printed, end: usize, rows_max: usize) -> usize {
        let mut rows = 0;
        let mut first = end;
        while first > printed.entries && rows < rows_max {
            first -= 1;
            rows += self.get(first).map_or(0, |entry| entry.with_lines(self.view(), <[_]>::len) + 1);
        }
        first
    }
}
