//! One cell in the list, with the lines it had when it was last shown.

use std::cell::RefCell;

use codex_protocol::ItemId;
use ratatui::text::Line;

use crate::cells::{Cell, Detail, View};

/// Whether a cell may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Growing,
    Settled,
}

/// A cell and its lines.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: Option<ItemId>,
    pub(crate) progress: Progress,
    cell: Cell,
    /// All of it is shown, whatever the rest of the list shows.
    expanded: bool,
    shown: RefCell<Option<Shown>>,
    /// How much of it a screen reader has heard.
    pub(super) heard: Heard,
}

/// How much of a cell was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// Whole lines of a reply, and the part of the line after them.
    Part {
        lines: usize,
        rest: String,
    },
    All,
}

#[derive(Debug)]
struct Shown {
    view: View,
    lines: Vec<Line<'static>>,
    /// Lines at the start that stand while this generation lasts; the rest is made anew.
    standing: Option<(usize, u64)>,
    fresh: bool,
}

impl Entry {
    /// A cell that does not change any more.
    pub(crate) fn settled(id: Option<ItemId>, cell: Cell) -> Self {
        Self {
            id,
            progress: Progress::Settled,
            cell,
            expanded: false,
            shown: RefCell::new(None),
            heard: Heard::Nothing,
        }
    }

    /// A cell that may change.
    pub(crate) fn growing(id: ItemId, cell: Cell) -> Self {
        Self {
            id: Some(id),
            progress: Progress::Growing,
            cell,
            expanded: false,
            shown: RefCell::new(None),
            heard: Heard::Nothing,
        }
    }

    /// The cell.
    pub(crate) fn cell(&self) -> &Cell {
        &self.cell
    }

    /// The cell, to change it; its lines are made anew.
    pub(crate) fn cell_mut(&mut self) -> &mut Cell {
        let is_reply = matches!(self.cell, Cell::Reply(_));
        match self.shown.get_mut() {
            // A reply only grows: what stands is kept.
            Some(shown) if is_reply => shown.fresh = false,
            shown => *shown = None,
        }
        &mut self.cell
    }

    /// Shows all of it, or its gist again.
    pub(super) fn toggle_detail(&mut self) {
        self.expanded = !self.expanded;
        self.forget_lines();
    }

    /// Drops the lines; they are made again when needed.
    pub(crate) fn forget_lines(&self) {
        self.shown.take();
    }

    /// Whether its lines are kept.
    pub(crate) fn keeps_lines(&self) -> bool {
        self.shown.borrow().is_some()
    }

    /// Gives the lines for a view.
    pub(crate) fn with_lines<R>(&self, view: View, read: impl FnOnce(&[Line<'static>]) -> R) -> R {
        let view = if self.expanded { View { detail: Detail::Full, ..view } } else { view };
        let mut shown = self.shown.borrow_mut();
        let usable = shown.as_ref().is_some_and(|shown| shown.view == view && shown.fresh);
        if !usable {
            let before = shown.take().filter(|shown| shown.view == view);
            *shown = Some(self.make(view, before));
        }
        read(shown.as_ref().map_or(&[], |shown| &shown.lines))
    }

    /// The lines for another view; what is kept stays.
    pub(super) fn lines_apart(&self, view: View) -> Vec<Line<'static>> {
        let view = if self.expanded { View { detail: Detail::Full, ..view } } else { view };
        match self.cell.as_reply().filter(|_| view.detail != Detail::Raw) {
            // A reply that still grows keeps its layout for one width.
            Some(reply) => reply.unbroken(view),
            None => self.cell.lines(view),
        }
    }

    fn make(&self, view: View, before: Option<Shown>) -> Shown {
        let Some(reply) = self.cell.as_reply().filter(|_| view.detail != Detail::Raw) else {
            return Shown { view, lines: self.cell.lines(view), standing: None, fresh: true };
        };
        let standing = reply.standing(view).map(|standing| (standing.lines, standing.generation));
        let kept = before.and_then(|before| match (before.standing, standing) {
            (Some((lines, then)), Some((_, now))) if then == now => Some((lines, before.lines)),
            _ => None,
        });
        let mut lines = Vec::new();
        let mut from = 0;
        if let Some((standing, kept)) = kept {
            lines = kept;
            lines.truncate(standing);
            from = lines.len();
        }
        reply.lines_from(from, view, &mut lines);
        Shown { view, lines, standing, fresh: true }
    }
}
