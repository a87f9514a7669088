//! The draft and its cursor, and the way back to earlier drafts.
//! Invariant: the cursor is on a stop: a grapheme boundary outside every token. All changes go through `replace`,
//! which records its inverse. Knows no key and no screen.

use std::ops::Range;

use unicode_segmentation::GraphemeCursor;

use super::piece::{Piece, TokenKind};

/// Steps back that are kept.
const UNDO_STEPS_MAX: usize = 500;

/// Which changes melt into one step back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Typed characters, as long as they follow each other; a new word begins a new step.
    Type,
    /// Single deletions to the left.
    Backspace,
    /// Single deletions to the right.
    Delete,
    /// Everything that is a step of its own.
    Whole,
    /// Part of the step before it, whatever that was.
    Join,
}

#[derive(Debug, Clone)]
struct Change {
    at: usize,
    removed: Piece,
    inserted: Piece,
}

#[derive(Debug, Clone)]
struct Step {
    changes: Vec<Change>,
    kind: Edit,
    cursor_before: usize,
    cursor_after: usize,
}

/// The editable draft.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffer {
    piece: Piece,
    cursor: usize,
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// False once the cursor moved: the next change begins a step.
    melting: bool,
}

impl Buffer {
    /// A draft with nothing to undo and the cursor at its end.
    pub(crate) fn of(piece: Piece) -> Self {
        Self { cursor: piece.text.len(), piece, ..Self::default() }
    }

    pub(crate) fn piece(&self) -> &Piece {
        &self.piece
    }

    pub(crate) fn text(&self) -> &str {
        &self.piece.text
    }

    /// Byte offset of the cursor.
    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Moves to the nearest stop at or after `at`, and ends the running step.
    pub(crate) fn move_to(&mut self, at: usize) {
        let stop = self.stop_at_or_after(at);
        if stop != self.cursor {
            self.melting = false;
        }
        self.cursor = stop;
    }

    /// Ends the running step: what follows is undone by itself.
    pub(crate) fn end_step(&mut self) {
        self.melting = false;
    }

    /// Takes the whole draft out, with nothing left to undo.
    pub(crate) fn take(&mut self) -> Piece {
        std::mem::take(self).piece
    }

    /// The stop after `at`; the end of the text at the end.
    pub(crate) fn next(&self, at: usize) -> usize {
        let len = self.text().len();
        if at >= len {
            return len;
        }
        if let Some(token) = self.piece.tokens.iter().find(|token| token.range.contains(&at)) {
            return token.range.end;
        }
        let (start, end) = self.gap_around(at);
        let mut cursor = GraphemeCursor::new(at - start, end - start, true);
        match cursor.next_boundary(self.text().get(start..end).unwrap_or_default(), 0) {
            Ok(Some(next)) => start + next,
            _ => end,
        }
    }

    /// The stop before `at`; 0 at the start.
    pub(crate) fn previous(&self, at: usize) -> usize {
        if at == 0 {
            return 0;
        }
        if let Some(token) =
            self.piece.tokens.iter().find(|token| token.range.start < at && at <= token.range.end)
        {
            return token.range.start;
        }
        let (start, end) = self.gap_before(at);
        let mut cursor = GraphemeCursor::new(at.min(end) - start, end - start, true);
        match cursor.prev_boundary(self.text().get(start..end).unwrap_or_default(), 0) {
            Ok(Some(previous)) => start + previous,
            _ => start,
        }
    }

    /// `at` if it is a stop, otherwise the one after it.
    pub(crate) fn stop_at_or_after(&self, at: usize) -> usize {
        let mut at = at.min(self.text().len());
        while !self.text().is_char_boundary(at) {
            at += 1;
        }
        if let Some(token) =
            self.piece.tokens.iter().find(|token| token.range.start < at && at < token.range.end)
        {
            return token.range.end;
        }
        let (start, end) = self.gap_before(at);
        if at == start || at == end {
            return at;
        }
        let mut cursor = GraphemeCursor::new(at - start, end - start, true);
        match cursor.is_boundary(self.text().get(start..end).unwrap_or_default(), 0) {
            Ok(false) => self.next(at),
            _ => at,
        }
    }

    /// The text without tokens that begins at or before `at` and does not end at it (unless the text does).
    fn gap_around(&self, at: usize) -> (usize, usize) {
        let mut start = 0;
        for token in &self.piece.tokens {
            if token.range.start > at {
                return (start, token.range.start);
            }
            start = token.range.end;
        }
        (start, self.text().len())
    }

    /// The text without tokens that `at` ends or lies in.
    fn gap_before(&self, at: usize) -> (usize, usize) {
        let mut start = 0;
        for token in &self.piece.tokens {
            if token.range.start >= at {
                return (start, token.range.start);
            }
            start = token.range.end;
        }
        (start, self.text().len())
    }

    /// Start of the line that `at` is in.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        self.breaks_before(at).unwrap_or(0)
    }

    fn breaks_before(&self, at: usize) -> Option<usize> {
        let mut end = at;
        loop {
            let found = self.text().get(..end)?.rfind('\n')?;
            if !self.in_token(found) {
                return Some(found + 1);
            }
            end = found;
        }
    }

    /// End of the line that `at` is in, before its line feed.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let mut from = at;
        while let Some(found) = self.text().get(from..).and_then(|rest| rest.find('\n')) {
            if !self.in_token(from + found) {
                return from + found;
            }
            from += found + 1;
        }
        self.text().len()
    }

    fn in_token(&self, at: usize) -> bool {
        self.piece.tokens.iter().any(|token| token.range.contains(&at))
    }

    /// The token that starts at `at`.
    pub(crate) fn token_at(&self, at: usize) -> Option<&TokenKind> {
        self.piece.tokens.iter().find(|token| token.range.contains(&at)).map(|token| &token.kind)
    }

    /// The character at `at`; a token counts as a letter so that word motions take it along.
    pub(crate) fn char_at(&self, at: usize) -> Option<char> {
        if self.in_token(at) {
            return Some('x');
        }
        self.text().get(at..)?.chars().next()
    }

    /// Puts `new` in the place of `range` and leaves the cursor behind it. Gives what was there.
    pub(crate) fn replace(&mut self, range: Range<usize>, new: &Piece, kind: Edit) -> Piece {
        let start = self.stop_at_or_after(range.start);
        let end = self.stop_at_or_after(range.end.max(range.start)).max(start);
        if start == end && new.is_empty() {
            return Piece::default();
        }
        let cursor_before = self.cursor;
        let removed = self.piece.replace(start..end, new);
        self.cursor = self.stop_at_or_after(start + new.text.len());
        let change = Change { at: start, removed: removed.clone(), inserted: new.clone() };
        self.record(change, kind, cursor_before);
        removed
    }

    /// Inserts at the cursor.
    pub(crate) fn insert(&mut self, new: &Piece, kind: Edit) {
        self.replace(self.cursor..self.cursor, new, kind);
    }

    fn record(&mut self, change: Change, kind: Edit, cursor_before: usize) {
        self.redo.clear();
        let cursor_after = self.cursor;
        let melts = match self.undo.last() {
            Some(_) if kind == Edit::Join => true,
            Some(step) => self.melting && step.kind == kind && melts(step, &change),
            None => false,
        };
        self.melting = true;
        if melts && let Some(step) = self.undo.last_mut() {
            step.changes.push(change);
            step.cursor_after = cursor_after;
            return;
        }
        if self.undo.len() >= UNDO_STEPS_MAX {
            self.undo.remove(0);
        }
        self.undo.push(Step { changes: vec![change], kind, cursor_before, cursor_after });
    }

    /// Number of steps that can be undone, as a mark for `squash`.
    pub(crate) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Makes one step of all that happened since `mark`.
    pub(crate) fn squash(&mut self, mark: usize) {
        if self.undo.len() > mark + 1 {
            let tail = self.undo.split_off(mark + 1);
            if let Some(step) = self.undo.last_mut() {
                for later in tail {
                    step.changes.extend(later.changes);
                    step.cursor_after = later.cursor_after;
                }
            }
        }
        if let Some(step) = self.undo.get_mut(mark) {
            step.kind = Edit::Whole;
        }
        self.melting = false;
    }

    /// One step back; false when there is none.
    pub(crate) fn undo(&mut self) -> bool {
        let Some(step) = self.undo.pop() else { return false };
        for change in step.changes.iter().rev() {
            self.piece.replace(change.at..change.at + change.inserted.text.len(), &change.removed);
        }
        self.cursor = self.stop_at_or_after(step.cursor_before);
        self.redo.push(step);
        self.melting = false;
        true
    }

    /// One step forth again; false when there is none.
    pub(crate) fn redo(&mut self) -> bool {
        let Some(step) = self.redo.pop() else { return false };
        for change in &step.changes {
            self.piece.replace(change.at..change.at + change.removed.text.len(), &change.inserted);
        }
        self.cursor = self.stop_at_or_after(step.cursor_after);
        self.undo.push(step);
        self.melting = false;
        true
    }
}

/// Whether a change continues the step: next to its last one, and no new word begun.
fn melts(step: &Step, change: &Change) -> bool {
    let Some(last) = step.changes.last() else { return false };
    match step.kind {
        Edit::Type => {
            let blank = |piece: &Piece| piece.text.chars().next().is_some_and(char::is_whitespace);
            let new_word = blank(&last.inserted) && !blank(&change.inserted);
            change.at == last.at + last.inserted.text.len() && change.removed.is_empty() && !new_word
        }
        Edit::Backspace => change.at + change.removed.text.len() == last.at,
        Edit::Delete => change.at == last.at,
        Edit::Whole | Edit::Join => false,
    }
}

#[cfg(test)]
#[path = "buffer_tests.rs"]
mod tests;
