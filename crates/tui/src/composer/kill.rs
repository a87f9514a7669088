//! What was cut, newest last. Cuts that follow each other grow one entry.

use super::piece::Piece;

/// Entries that are kept.
const KILLS_MAX: usize = 32;

/// On which side of the cursor a cut was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

#[derive(Debug, Clone, Default)]
pub(super) struct KillRing {
    entries: Vec<Piece>,
    growing: bool,
    /// How far back the last yank reached.
    yanked: usize,
}

impl KillRing {
    pub(super) fn add(&mut self, piece: Piece, side: Side) {
        if piece.is_empty() {
            return;
        }
        match self.entries.last_mut() {
            Some(last) if self.growing && side == Side::After => last.push(&piece),
            Some(last) if self.growing => {
                last.replace(0..0, &piece);
            }
            _ => {
                if self.entries.len() >= KILLS_MAX {
                    self.entries.remove(0);
                }
                self.entries.push(piece);
            }
        }
        self.growing = true;
    }

    /// Something else happened: the next cut is an entry of its own.
    pub(super) fn rest(&mut self) {
        self.growing = false;
    }

    pub(super) fn newest(&mut self) -> Option<Piece> {
        self.yanked = 0;
        self.entries.last().cloned()
    }

    /// The entry before the one that was given last, round and round.
    pub(super) fn older(&mut self) -> Option<Piece> {
        let len = self.entries.len();
        if len == 0 {
            return None;
        }
        self.yanked = (self.yanked + 1) % len;
        self.entries.get(len - 1 - self.yanked).cloned()
    }
}
