//! Earlier messages and the walk through them with Up and Down.
//! Invariant: the draft that was there before the walk comes back below the newest message. Knows no file.

use super::draft::{Composer, Outcome};
use super::edit::Vertical;
use super::piece::Piece;

/// Messages that are kept; the oldest go first.
const HISTORY_ENTRIES_MAX: usize = 10_000;

#[derive(Debug, Clone, Default)]
pub(super) struct Recall {
    entries: Vec<Piece>,
    /// The entry that is shown.
    at: Option<usize>,
    /// What was in the composer before the first step.
    draft: Piece,
}

impl Recall {
    pub(super) fn of(entries: Vec<String>) -> Self {
        let skip = entries.len().saturating_sub(HISTORY_ENTRIES_MAX);
        let mut recall = Self::default();
        for entry in entries.into_iter().skip(skip) {
            recall.remember(Piece::plain(&entry));
        }
        recall
    }

    /// Adds the newest message, unless it is empty or the same as the one before.
    pub(super) fn remember(&mut self, piece: Piece) {
        if piece.text.trim().is_empty() || self.entries.last() == Some(&piece) {
            return;
        }
        if self.entries.len() >= HISTORY_ENTRIES_MAX {
            self.entries.remove(0);
            self.at = self.at.and_then(|at| at.checked_sub(1));
        }
        self.entries.push(piece);
    }

    /// Adds messages older than all known ones; how many there are more.
    pub(super) fn put_earlier(&mut self, entries: &[String]) -> usize {
        let room = HISTORY_ENTRIES_MAX.saturating_sub(self.entries.len());
        let mut earlier: Vec<Piece> =
            entries[entries.len().saturating_sub(room)..].iter().map(|entry| Piece::plain(entry)).collect();
        earlier.retain(|piece| !piece.text.trim().is_empty());
        earlier.dedup();
        if earlier.last().is_some_and(|last| self.entries.first() == Some(last)) {
            earlier.pop();
        }
        let added = earlier.len();
        self.entries.splice(0..0, earlier);
        self.at = self.at.map(|at| at + added);
        added
    }

    pub(super) fn entry(&self, at: usize) -> Option<&Piece> {
        self.entries.get(at)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Ends the walk.
    pub(super) fn leave(&mut self) {
        self.at = None;
        self.draft = Piece::default();
    }

    /// Goes on walking from an entry that was found in another way.
    pub(super) fn stand_at(&mut self, at: usize, draft: Piece) {
        self.at = Some(at);
        self.draft = draft;
    }

    fn shows(&self, piece: &Piece) -> bool {
        self.at.and_then(|at| self.entries.get(at)) == Some(piece)
    }

    fn older(&mut self, present: &Piece) -> Option<&Piece> {
        let from = self.at.unwrap_or(self.entries.len());
        let at = (0..from).rev().find(|at| self.entries.get(*at) != Some(present))?;
        if self.at.is_none() {
            self.draft = present.clone();
        }
        self.at = Some(at);
        self.entries.get(at)
    }

    /// The newer entry, or the draft below the newest one.
    fn newer(&mut self, present: &Piece) -> Option<Piece> {
        let from = self.at? + 1;
        self.at = (from..self.entries.len()).find(|at| self.entries.get(*at) != Some(present));
        match self.at {
            Some(at) => self.entries.get(at).cloned(),
            None => Some(std::mem::take(&mut self.draft)),
        }
    }
}

impl Composer {
    /// Up: the row above; from an empty draft, an unedited old message or the very start of the draft, an older
    /// message.
    pub(super) fn up_or_older(&mut self) -> Outcome {
        let at = self.buffer.cursor();
        let walking = self.walking();
        let at_edge = at == 0 || at == self.buffer.text().len();
        if (walking && at_edge) || at == 0 {
            if !walking {
                self.recall.leave();
            }
            if let Some(piece) = self.recall.older(self.buffer.piece()).cloned() {
                self.reset(&piece);
                return Outcome::Changed;
            }
            return if self.is_empty() { Outcome::Ignored } else { Outcome::Moved };
        }
        if !self.move_row(Vertical::Up) {
            self.buffer.move_to(0);
        }
        Outcome::Moved
    }

    /// Down: the row below; from an unedited old message a newer one, and in the end the draft.
    pub(super) fn down_or_newer(&mut self) -> Outcome {
        let at = self.buffer.cursor();
        let len = self.buffer.text().len();
        if self.walking() && (at == 0 || at == len) {
            if let Some(piece) = self.recall.newer(self.buffer.piece()) {
                self.reset(&piece);
                return Outcome::Changed;
            }
            return Outcome::Moved;
        }
        if self.move_row(Vertical::Down) {
            return Outcome::Moved;
        }
        self.go(len)
    }

    /// Whether the draft is an old message that was not edited.
    fn walking(&self) -> bool {
        self.recall.shows(self.buffer.piece())
    }
}
