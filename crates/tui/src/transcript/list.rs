//! The list of cells. Knows ids and order, no event and no screen.
//! Invariant: cells never change places; whatever is settled stays as it is.

use std::cell::Cell;
use std::collections::VecDeque;

use codex_protocol::ItemId;

use super::entry::{Entry, Progress};
use super::marks::{Marks, Spot};
use super::scroll::Scroll;
use crate::cells::{self, Detail, View};

/// All cells, oldest first.
#[derive(Debug)]
pub(crate) struct Transcript {
    pub(super) entries: VecDeque<Entry>,
    pub(super) scroll: Scroll,
    pub(super) view: View,
    pub(super) marks: Marks,
    /// Cells whose lines were made since lines were last dropped.
    pub(super) made: Cell<usize>,
    /// Every cell before this index is settled.
    first_growing: usize,
}

impl Transcript {
    /// An empty list.
    pub(crate) fn new(width: u16) -> Self {
        Self {
            entries: VecDeque::new(),
            scroll: Scroll::Bottom,
            view: View { width, detail: Detail::Compact },
            marks: Marks::default(),
            made: Cell::new(0),
            first_growing: 0,
        }
    }

    /// What the lines are made for.
    pub(crate) fn view(&self) -> View {
        self.view
    }

    /// Other columns, or more or less detail.
    pub(crate) fn set_view(&mut self, view: View) {
        if self.view != view {
            self.view = view;
            self.scroll = self.scroll.at_start_of_entry();
            self.marks.stretch = None;
        }
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// A cell by its place.
    pub(crate) fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)
    }

    /// Adds a cell at the end.
    pub(crate) fn push(&mut self, cell: cells::Cell) {
        self.push_entry(Entry::settled(None, cell));
    }

    /// Adds the cell of an item that does not change any more, at the end.
    pub(crate) fn push_settled(&mut self, id: ItemId, cell: cells::Cell) {
        self.push_entry(Entry::settled(Some(id), cell));
    }

    /// Adds a cell that may change, at the end.
    pub(crate) fn push_growing(&mut self, id: ItemId, cell: cells::Cell) {
        self.push_entry(Entry::growing(id, cell));
    }

    fn push_entry(&mut self, entry: Entry) {
        self.entries.push_back(entry);
        self.advance();
    }

    /// Puts earlier cells, oldest first, behind the first `after` cells.
    pub(crate) fn insert(&mut self, after: usize, cells: Vec<(Option<ItemId>, cells::Cell)>) {
        let after = after.min(self.entries.len());
        let count = cells.len();
        let tail = self.entries.split_off(after);
        self.entries.extend(cells.into_iter().map(|(id, cell)| Entry::settled(id, cell)));
        self.entries.extend(tail);
        self.scroll = self.scroll.shifted(after, count);
        self.marks.shift(after, count);
        self.first_growing = 0;
        self.advance();
    }

    /// The growing cell with this id.
    pub(crate) fn growing(&mut self, id: &ItemId) -> Option<&mut Entry> {
        let from = self.first_growing;
        self.entries
            .range_mut(from..)
            .rev()
            .find(|entry| entry.progress == Progress::Growing && entry.id.as_ref() == Some(id))
    }

    /// The newest cell, if it grows.
    pub(crate) fn last_growing(&mut self) -> Option<&mut Entry> {
        self.entries.back_mut().filter(|entry| entry.progress == Progress::Growing)
    }

    /// Cells that may change, oldest first.
    pub(crate) fn all_growing(&mut self) -> impl Iterator<Item = &mut Entry> {
        let from = self.first_growing;
        self.entries.range_mut(from..).filter(|entry| entry.progress == Progress::Growing)
    }

    /// Settles the cell with this id.
    pub(crate) fn settle(&mut self, id: &ItemId) {
        if let Some(entry) = self.growing(id) {
            entry.progress = Progress::Settled;
        }
        self.advance();
    }

    /// Settles every cell for which `done` says so.
    pub(crate) fn settle_where(&mut self, mut done: impl FnMut(&mut Entry) -> bool) {
        for entry in self.all_growing() {
            if done(entry) {
                entry.progress = Progress::Settled;
            }
        }
        self.advance();
    }

    /// Gives the item of a cell its final name, and settles it.
    pub(crate) fn settle_as(&mut self, id: &ItemId, new: ItemId) {
        if let Some(entry) = self.growing(id) {
            entry.progress = Progress::Settled;
            entry.id = Some(new);
        }
        self.advance();
    }

    /// The place of an item's cell, the newest first.
    pub(crate) fn place_of(&self, id: &ItemId) -> Option<usize> {
        (0..self.len()).rev().find(|at| self.get(*at).is_some_and(|entry| entry.id.as_ref() == Some(id)))
    }

    /// The conversation as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let cells = self.entries.iter().filter_map(|entry| entry.cell().markdown());
        cells.map(|text| format!("{}\n\n", text.trim_end())).collect::<String>().trim_end().to_owned()
    }

    /// Drops the cell at this place and everything after it.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.entries.truncate(len);
        self.first_growing = self.first_growing.min(len);
        self.scroll = Scroll::Bottom;
        self.marks = Marks::default();
    }

    /// Whether a line can be clicked for details: the last one that tells of hidden lines, or the first.
    pub(crate) fn offers_more(&self, spot: Spot) -> bool {
        let Some(entry) = self.get(spot.entry).filter(|entry| entry.cell().is_expandable()) else {
            return false;
        };
        entry.with_lines(self.view, |lines| {
            let line = lines.get(spot.line).map(ToString::to_string).unwrap_or_default();
            spot.line == 0 || line.trim_start().starts_with("+ ")
        })
    }

    /// Shows all of a cell, or its gist again.
    pub(crate) fn toggle_entry(&mut self, at: usize) {
        if let Some(entry) = self.entries.get_mut(at) {
            entry.toggle_detail();
        }
    }

    /// Drops a growing cell that turned out to be nothing.
    pub(crate) fn drop_growing(&mut self, id: &ItemId) {
        let from = self.first_growing;
        let at = self
            .entries
            .iter()
            .enumerate()
            .skip(from)
            .find(|(_, entry)| entry.progress == Progress::Growing && entry.id.as_ref() == Some(id));
        if let Some((at, _)) = at {
            self.entries.remove(at);
        }
    }

    /// Every cell before this index is settled.
    pub(crate) fn settled_prefix(&self) -> usize {
        self.first_growing
    }

    fn advance(&mut self) {
        while self.entries.get(self.first_growing).is_some_and(|entry| entry.progress == Progress::Settled) {
            self.first_growing += 1;
        }
    }
}
