//! What Vim's commands do to the text: operators, single-key changes, the register and searching.

use std::ops::Range;

use crossterm::event::KeyCode;

use super::buffer::Edit;
use super::draft::{Composer, Outcome};
use super::piece::Piece;
use super::vim::{Operator, Pending, Register};
use super::vim_motion::{Reach, first_of_line, target, word_to_change};
use super::vim_object::{Extent, object};
use crate::keymap::Key;
use crate::keymap::{FindAction, MotionAction, NormalAction, ObjectAction};

/// Bytes that one paste with a count may add.
const PASTE_BYTES_MAX: usize = 1 << 20;

impl Composer {
    /// Changes of one key.
    pub(super) fn change(&mut self, action: NormalAction) -> Outcome {
        let count = self.take_count();
        let times = count.unwrap_or(1);
        let at = self.buffer.cursor();
        let line_end = self.buffer.line_end(at);
        self.did_other_than_kill();
        match action {
            NormalAction::DeleteChar => self.operate(Operator::Delete, at..self.chars_after(at, times)),
            NormalAction::SubstituteChar => self.operate(Operator::Change, at..self.chars_after(at, times)),
            NormalAction::DeleteToLineEnd => self.operate(Operator::Delete, at..line_end),
            NormalAction::ChangeToLineEnd => self.operate(Operator::Change, at..line_end),
            NormalAction::YankLine => self.operate_lines(Operator::Yank, at, self.line_below(at, times)),
            NormalAction::OpenLineBelow => self.open_line(line_end, line_end + 1),
            NormalAction::OpenLineAbove => {
                let start = self.buffer.line_start(at);
                self.open_line(start, start)
            }
            NormalAction::PasteAfter | NormalAction::PasteBefore => self.put(action, times),
            NormalAction::Undo => self.walk_steps(times, |composer| composer.buffer.undo()),
            NormalAction::Redo => self.walk_steps(times, |composer| composer.buffer.redo()),
            _ => Outcome::Ignored,
        }
    }

    fn walk_steps(&mut self, times: usize, step: impl Fn(&mut Self) -> bool) -> Outcome {
        let done = (0..times).take_while(|_| step(self)).count();
        if done > 0 { Outcome::Changed } else { Outcome::Moved }
    }

    /// End of so many characters of the line.
    fn chars_after(&self, at: usize, times: usize) -> usize {
        let end = self.buffer.line_end(at);
        let mut to = at;
        for _ in 0..times {
            if to >= end {
                break;
            }
            to = self.buffer.next(to);
        }
        to
    }

    /// A position in the line that is `times - 1` below, or in the last.
    fn line_below(&self, at: usize, times: usize) -> usize {
        let mut to = at;
        for _ in 1..times {
            let end = self.buffer.line_end(to);
            if end == self.buffer.text().len() {
                break;
            }
            to = end + 1;
        }
        to
    }

    fn open_line(&mut self, at: usize, cursor: usize) -> Outcome {
        self.enter_insert();
        self.buffer.replace(at..at, &Piece::plain("\n"), Edit::Whole);
        self.buffer.move_to(cursor);
        Outcome::Changed
    }

    /// Deletes, copies or changes a stretch of text.
    fn operate(&mut self, operator: Operator, range: Range<usize>) -> Outcome {
        self.did_other_than_kill();
        if operator == Operator::Change {
            self.enter_insert();
        }
        if range.is_empty() {
            return Outcome::Moved;
        }
        let start = range.start;
        let piece = match operator {
            Operator::Yank => {
                let piece = self.buffer.piece().slice(range);
                self.buffer.move_to(start);
                piece
            }
            Operator::Delete | Operator::Change => self.buffer.replace(range, &Piece::default(), Edit::Whole),
        };
        self.keep(piece, false);
        if operator == Operator::Yank { Outcome::Moved } else { Outcome::Changed }
    }

    fn keep(&mut self, piece: Piece, lines: bool) {
        if let Some(vim) = &mut self.vim {
            vim.register = Register { piece, lines };
        }
    }

    /// The same for all lines from one position to another.
    fn operate_lines(&mut self, operator: Operator, from: usize, to: usize) -> Outcome {
        self.did_other_than_kill();
        let start = self.buffer.line_start(from.min(to));
        let end = self.buffer.line_end(from.max(to));
        let piece = self.buffer.piece().slice(start..end);
        match operator {
            Operator::Yank => {
                let to = self.buffer.cursor().min(from.min(to)).max(start);
                self.buffer.move_to(to);
                self.keep(piece, true);
                return Outcome::Moved;
            }
            Operator::Change => {
                self.enter_insert();
                self.buffer.replace(start..end, &Piece::default(), Edit::Whole);
            }
            Operator::Delete => {
                // The last line takes the break before it along.
                let range = if end < self.buffer.text().len() {
                    start..end + 1
                } else {
                    start.saturating_sub(1)..end
                };
                self.buffer.replace(range, &Piece::default(), Edit::Whole);
                let first = first_of_line(&self.buffer, self.buffer.cursor());
                self.buffer.move_to(first);
            }
        }
        self.keep(piece, true);
        Outcome::Changed
    }

    /// `dd`, `yy`, `cc`.
    pub(super) fn apply_lines(&mut self, operator: Operator) -> Outcome {
        let times = self.take_count().unwrap_or(1);
        let at = self.buffer.cursor();
        self.operate_lines(operator, at, self.line_below(at, times))
    }

    /// An operator with a motion.
    pub(super) fn apply_motion(
        &mut self,
        operator: Operator,
        motion: MotionAction,
        wanted: Option<char>,
    ) -> Outcome {
        let count = self.take_count();
        let from = self.buffer.cursor();
        let found = if operator == Operator::Change && motion == MotionAction::WordForward {
            word_to_change(&self.buffer, count)
        } else {
            target(&self.buffer, motion, wanted, count)
        };
        let Some(found) = found else { return Outcome::Moved };
        if found.reach == Reach::Lines {
            return self.operate_lines(operator, from, found.at);
        }
        let (start, mut end) = (from.min(found.at), from.max(found.at));
        let line_end = self.buffer.line_end(from);
        if found.reach == Reach::Inclusive && end < self.buffer.line_end(end) {
            end = self.buffer.next(end);
        }
        // The last word of a line does not pull up the next line.
        if motion == MotionAction::WordForward && count.unwrap_or(1) == 1 {
            end = end.min(line_end).max(start);
        }
        self.operate(operator, start..end)
    }

    /// An operator with a text object.
    pub(super) fn apply_object(
        &mut self,
        operator: Operator,
        action: ObjectAction,
        extent: Extent,
    ) -> Outcome {
        self.take_count();
        match object(&self.buffer, action, extent) {
            Some(range) => self.operate(operator, range),
            None => Outcome::Moved,
        }
    }

    /// `r`: every character of the count becomes `c`; nothing when the line is too short.
    pub(super) fn replace_chars(&mut self, c: char) -> Outcome {
        let times = self.take_count().unwrap_or(1);
        let at = self.buffer.cursor();
        let end = self.chars_after(at, times);
        let mut chars = 0;
        let mut stop = at;
        while stop < end {
            stop = self.buffer.next(stop);
            chars += 1;
        }
        if chars < times {
            return Outcome::Moved;
        }
        self.buffer.replace(at..end, &Piece::plain(&c.to_string().repeat(chars)), Edit::Whole);
        self.buffer.move_to(self.buffer.previous(self.buffer.cursor()));
        Outcome::Changed
    }

    /// `p` and `P`.
    fn put(&mut self, action: NormalAction, times: usize) -> Outcome {
        let Some(register) = self.vim.as_ref().map(|vim| vim.register.clone()) else {
            return Outcome::Ignored;
        };
        if register.piece.is_empty() && !register.lines {
            return Outcome::Moved;
        }
        let after = action == NormalAction::PasteAfter;
        let at = self.buffer.cursor();
        let line_end = self.buffer.line_end(at);
        let mut new = Piece::default();
        let bytes = register.piece.text.len() + 1;
        for _ in 0..times.min((PASTE_BYTES_MAX / bytes).max(1)) {
            if register.lines && after {
                new.push(&Piece::plain("\n"));
            }
            new.push(&register.piece);
            if register.lines && !after {
                new.push(&Piece::plain("\n"));
            }
        }
        let place = match (register.lines, after) {
            (true, true) => line_end,
            (true, false) => self.buffer.line_start(at),
            (false, true) if at < line_end => self.buffer.next(at),
            (false, _) => at,
        };
        self.buffer.replace(place..place, &new, Edit::Whole);
        let cursor = match (register.lines, after) {
            (true, true) => first_of_line(&self.buffer, place + 1),
            (true, false) => first_of_line(&self.buffer, place),
            (false, _) => self.buffer.previous(self.buffer.cursor()),
        };
        self.buffer.move_to(cursor);
        Outcome::Changed
    }

    /// `/ ? n N`.
    pub(super) fn start_search(&mut self, find: FindAction) -> Outcome {
        match find {
            FindAction::Forward | FindAction::Backward => self.wait_for(Pending::Search(find, String::new())),
            FindAction::Next | FindAction::Previous => {
                self.take_count();
                let last = self.vim.as_ref().and_then(|vim| vim.last_search.clone());
                let Some((direction, query)) = last else { return Outcome::Moved };
                let forward = (direction == FindAction::Forward) == (find == FindAction::Next);
                self.search_draft(&query, if forward { FindAction::Forward } else { FindAction::Backward })
            }
        }
    }

    pub(super) fn type_search(&mut self, direction: FindAction, mut query: String, key: Key) -> Outcome {
        if Self::is_enter(key) {
            self.take_count();
            if let Some(vim) = &mut self.vim
                && !query.is_empty()
            {
                vim.last_search = Some((direction, query.clone()));
            }
            return self.search_draft(&query, direction);
        }
        match (key.code, key.typed()) {
            (KeyCode::Backspace, _) if query.pop().is_some() => {}
            (_, Some(c)) => query.push(c),
            _ => return self.give_up(),
        }
        self.wait_for(Pending::Search(direction, query))
    }

    /// Goes to the next place in the draft, round its ends.
    fn search_draft(&mut self, query: &str, direction: FindAction) -> Outcome {
        let text = self.buffer.text();
        let at = self.buffer.cursor();
        let found = if query.is_empty() {
            None
        } else if direction == FindAction::Forward {
            let after = self.buffer.next(at);
            let rest = text.get(after..).and_then(|rest| rest.find(query)).map(|found| after + found);
            rest.or_else(|| text.find(query))
        } else {
            text.get(..at).and_then(|before| before.rfind(query)).or_else(|| text.rfind(query))
        };
        if let Some(found) = found {
            self.buffer.move_to(found);
        }
        Outcome::Moved
    }
}
