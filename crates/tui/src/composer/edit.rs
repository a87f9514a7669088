//! What the editor's keys do to the draft.

use super::buffer::Edit;
use super::draft::{Composer, Outcome};
use super::kill::Side;
use super::piece::Piece;
use super::rows::{column_of, offset_at, row_of, rows};
use super::words::{WordSize, word_left, word_right};
use crate::keymap::EditorAction;

/// A direction on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vertical {
    Up,
    Down,
}

impl Composer {
    pub(super) fn edit(&mut self, action: EditorAction) -> Outcome {
        let at = self.buffer.cursor();
        let size = WordSize::Small;
        match action {
            EditorAction::MoveUp => return self.up_or_older(),
            EditorAction::MoveDown => return self.down_or_newer(),
            EditorAction::Yank | EditorAction::YankOlder => return self.yank(action),
            EditorAction::DeleteBackwardWord => {
                return self.kill(word_left(&self.buffer, at, size), at, Side::Before);
            }
            EditorAction::DeleteForwardWord => {
                return self.kill(at, word_right(&self.buffer, at, size), Side::After);
            }
            EditorAction::KillLineStart => {
                let start = self.buffer.line_start(at);
                // At the start of a line the break before it goes, so that repeating empties the draft.
                let from = if start == at { self.buffer.previous(at) } else { start };
                return self.kill(from, at, Side::Before);
            }
            EditorAction::KillLineEnd => {
                let end = self.buffer.line_end(at);
                let to = if end == at { self.buffer.next(at) } else { end };
                return self.kill(at, to, Side::After);
            }
            EditorAction::KillWholeLine => {
                let to = self.buffer.next(self.buffer.line_end(at));
                return self.kill(self.buffer.line_start(at), to, Side::After);
            }
            _ => self.did_other_than_kill(),
        }
        match action {
            EditorAction::InsertNewline => {
                self.buffer.insert(&Piece::plain("\n"), Edit::Whole);
                Outcome::Changed
            }
            EditorAction::DeleteBackward => self.delete(self.buffer.previous(at), at, Edit::Backspace),
            EditorAction::DeleteForward => self.delete(at, self.buffer.next(at), Edit::Delete),
            EditorAction::MoveLeft => self.go(self.buffer.previous(at)),
            EditorAction::MoveRight => self.go(self.buffer.next(at)),
            EditorAction::MoveWordLeft => self.go(word_left(&self.buffer, at, size)),
            EditorAction::MoveWordRight => self.go(word_right(&self.buffer, at, size)),
            EditorAction::MoveLineStart => self.go(self.buffer.line_start(at)),
            EditorAction::MoveLineEnd => self.go(self.buffer.line_end(at)),
            EditorAction::Undo => changed_if(self.buffer.undo()),
            EditorAction::Redo => changed_if(self.buffer.redo()),
            _ => Outcome::Ignored,
        }
    }

    /// Moves the cursor. On an empty draft there is nowhere to go, and the app may use the key.
    pub(super) fn go(&mut self, to: usize) -> Outcome {
        self.buffer.move_to(to);
        if self.is_empty() { Outcome::Ignored } else { Outcome::Moved }
    }

    fn delete(&mut self, from: usize, to: usize, kind: Edit) -> Outcome {
        if from == to {
            return if self.is_empty() { Outcome::Ignored } else { Outcome::Moved };
        }
        self.buffer.replace(from..to, &Piece::default(), kind);
        Outcome::Changed
    }

    fn kill(&mut self, from: usize, to: usize, side: Side) -> Outcome {
        self.yanked = None;
        self.goal = None;
        if from == to {
            return if self.is_empty() { Outcome::Ignored } else { Outcome::Moved };
        }
        let cut = self.buffer.replace(from..to, &Piece::default(), Edit::Whole);
        self.kills.add(cut, side);
        Outcome::Changed
    }

    fn yank(&mut self, action: EditorAction) -> Outcome {
        let last = self.yanked.take();
        self.did_other_than_kill();
        let (range, piece) = match (action, last) {
            (EditorAction::YankOlder, None) => return Outcome::Ignored,
            (EditorAction::YankOlder, Some(range)) => (range, self.kills.older()),
            _ => (self.buffer.cursor()..self.buffer.cursor(), self.kills.newest()),
        };
        let Some(piece) = piece else { return Outcome::Ignored };
        let kind = if range.is_empty() { Edit::Whole } else { Edit::Join };
        let start = range.start;
        self.buffer.replace(range, &piece, kind);
        self.yanked = Some(start..start + piece.text.len());
        Outcome::Changed
    }

    /// Moves by one row of the screen; false in the first or last row.
    pub(super) fn move_row(&mut self, direction: Vertical) -> bool {
        let text = self.buffer.text();
        let rows = rows(text, self.width);
        let at = self.buffer.cursor();
        let from = row_of(&rows, at);
        let to = match direction {
            Vertical::Up => from.checked_sub(1),
            Vertical::Down => Some(from + 1),
        };
        let Some((to, row)) = to.and_then(|to| Some((to, rows.get(to)?))) else { return false };
        let goal = self.goal.unwrap_or_else(|| rows.get(from).map_or(0, |row| column_of(text, row, at)));
        let mut target = offset_at(text, row, goal);
        // The end of a row that goes on below is the start of the next one.
        if target == row.end
            && row.start < row.end
            && rows.get(to + 1).is_some_and(|next| next.start == row.end)
        {
            target = self.buffer.previous(target);
        }
        let stop = self.buffer.stop_at_or_after(target);
        let target = match direction {
            // Never stuck in front of a token that fills rows: upwards it is left at its start.
            Vertical::Up if stop != target => self.buffer.previous(stop),
            _ => stop,
        };
        self.kills.rest();
        self.yanked = None;
        self.buffer.move_to(target);
        self.goal = Some(goal);
        true
    }
}

fn changed_if(changed: bool) -> Outcome {
    if changed { Outcome::Changed } else { Outcome::Ignored }
}
