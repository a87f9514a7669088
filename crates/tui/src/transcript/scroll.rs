//! The window on the list: it follows the end, or stays where the person put it. Work is proportional to what is
//! passed over, never to the length of the list.
//! Invariant: new cells and new widths do not move a window that was scrolled up.

use ratatui::text::Line;

use super::entry::Progress;
use super::list::Transcript;
use super::marks::Spot;

/// Lines of about so many cells are kept.
const KEPT_CELLS: usize = 400;

/// Where the window's first row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// The end is visible.
    Bottom,
    /// A row of a cell.
    At(Row),
}

/// A row: a cell, and a row of it. Row 0 of every cell but the first is the blank one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    entry: usize,
    row: usize,
}

impl Scroll {
    pub(super) fn at_start_of_entry(self) -> Self {
        match self {
            Self::Bottom => Self::Bottom,
            Self::At(row) => Self::At(Row { row: row.row.min(1), ..row }),
        }
    }

    /// After `count` cells were put behind the first `after`.
    pub(super) fn shifted(self, after: usize, count: usize) -> Self {
        match self {
            Self::At(row) if row.entry >= after => Self::At(Row { entry: row.entry + count, ..row }),
            other => other,
        }
    }
}

impl Transcript {
    /// Whether the end is out of sight by the person's wish.
    pub(crate) fn is_scrolled(&self) -> bool {
        self.scroll != Scroll::Bottom
    }

    /// Back to the end.
    pub(crate) fn scroll_to_bottom(&mut self) {
        self.scroll = Scroll::Bottom;
    }

    /// To the first cell.
    pub(crate) fn scroll_to_top(&mut self, height: usize) {
        let top = Row { entry: 0, row: 0 };
        self.scroll = if self.bottom_top(height) == top { Scroll::Bottom } else { Scroll::At(top) };
    }

    /// Up (negative) or down by rows, in a window of `height` rows.
    pub(crate) fn scroll_by(&mut self, rows: isize, height: usize) {
        let bottom = self.bottom_top(height);
        let top = match self.scroll {
            Scroll::Bottom => bottom,
            Scroll::At(row) => row.min(bottom),
        };
        let moved =
            if rows < 0 { self.up(top, rows.unsigned_abs()) } else { self.down(top, rows.unsigned_abs()) };
        self.scroll = if moved >= bottom { Scroll::Bottom } else { Scroll::At(moved) };
    }

    /// Where the window is.
    pub(crate) fn scroll(&self) -> Scroll {
        self.scroll
    }

    /// Puts the window where it was, `added` cells having come before it.
    pub(crate) fn set_scroll(&mut self, scroll: Scroll) {
        self.scroll = scroll;
    }

    /// Moves the window just so far that the line is in it, with some lines before and after.
    pub(crate) fn reveal(&mut self, spot: Spot, height: usize) {
        let row = Row { entry: spot.entry, row: spot.line + usize::from(spot.entry > 0) };
        let top = self.top(height);
        let end = self.down(top, height.saturating_sub(1));
        if top <= row && row < end {
            return;
        }
        let bottom = self.bottom_top(height);
        let moved = self.up(row, height / 3);
        self.scroll = if moved >= bottom { Scroll::Bottom } else { Scroll::At(moved) };
    }

    /// The cell at a row of the window, and the line of it; none for blank rows.
    pub(crate) fn spot_at(&self, row: usize, height: usize) -> Option<Spot> {
        let at = self.down(self.top(height), row);
        let line = at.row.checked_sub(usize::from(at.entry > 0))?;
        (at.entry < self.len()).then_some(Spot { entry: at.entry, line })
    }

    /// The place of the window's first cell.
    pub(crate) fn top_entry(&self, height: usize) -> usize {
        self.top(height).entry
    }

    /// The lines in a window of `height` rows, from its top; fewer when the list is shorter.
    pub(crate) fn visible(&self, height: usize) -> Vec<Line<'static>> {
        let mut at = self.top(height);
        let mut lines = Vec::with_capacity(height);
        let first = at.entry;
        while lines.len() < height && at.entry < self.len() {
            let gap = usize::from(at.entry > 0);
            if at.row < gap {
                lines.push(Line::default());
            }
            let room = height - lines.len();
            let skip = at.row.saturating_sub(gap);
            let from = lines.len();
            self.with_lines(at.entry, |all| lines.extend(all.iter().skip(skip).take(room).cloned()));
            self.mark(at.entry, skip, &mut lines[from..]);
            at = Row { entry: at.entry + 1, row: 0 };
        }
        self.drop_far_lines(first, at.entry);
        lines
    }

    /// Lines of cells far from the window are dropped now and then, so that a long list costs its sources only.
    fn drop_far_lines(&self, first: usize, end: usize) {
        if self.made.get() < KEPT_CELLS {
            return;
        }
        self.made.set(0);
        let near = first.saturating_sub(KEPT_CELLS / 4)..end + KEPT_CELLS / 4;
        for (at, entry) in self.entries.iter().enumerate() {
            if !near.contains(&at) && entry.progress == Progress::Settled {
                entry.forget_lines();
            }
        }
    }

    fn top(&self, height: usize) -> Row {
        match self.scroll {
            Scroll::Bottom => self.bottom_top(height),
            Scroll::At(row) => row.min(self.bottom_top(height)),
        }
    }

    /// The first row of a window that shows the end.
    fn bottom_top(&self, height: usize) -> Row {
        let Some(last) = self.len().checked_sub(1) else { return Row { entry: 0, row: 0 } };
        let end = Row { entry: last, row: self.rows(last) };
        self.up(end, height)
    }

    fn up(&self, from: Row, rows: usize) -> Row {
        let mut at = from;
        let mut left = rows;
        loop {
            if at.row >= left {
                return Row { row: at.row - left, ..at };
            }
            left -= at.row;
            let Some(entry) = at.entry.checked_sub(1) else { return Row { entry: 0, row: 0 } };
            at = Row { entry, row: self.rows(entry) };
        }
    }

    fn down(&self, from: Row, rows: usize) -> Row {
        let mut at = from;
        let mut left = rows;
        while at.entry < self.len() {
            let rest = self.rows(at.entry).saturating_sub(at.row);
            if left < rest {
                return Row { row: at.row + left, ..at };
            }
            left -= rest;
            at = Row { entry: at.entry + 1, row: 0 };
        }
        at
    }

    fn rows(&self, entry: usize) -> usize {
        self.with_lines(entry, <[Line<'static>]>::len) + usize::from(entry > 0)
    }

    fn with_lines<R: Default>(&self, entry: usize, read: impl FnOnce(&[Line<'static>]) -> R) -> R {
        let Some(found) = self.get(entry) else { return R::default() };
        if !found.keeps_lines() {
            self.made.set(self.made.get() + 1);
        }
        found.with_lines(self.view, read)
    }
}
