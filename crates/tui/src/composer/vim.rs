//! Vim's modes over the composer: which keys wait for more, what repeats, and the register.
//! Invariant: in Normal mode the cursor is on a character of its line, never behind the last one (unless the line
//! is empty). Where motions lead and what objects are is in `vim_motion` and `vim_object`; what commands do to the
//! text is in `vim_change`.

use crossterm::event::KeyCode;

use super::buffer::Edit;
use super::draft::{Composer, Outcome};
use super::edit::Vertical;
use super::piece::Piece;
use super::vim_motion::{first_of_line, last_of_line, target};
use super::vim_object::Extent;
use crate::keymap::Bound;
use crate::keymap::Key;
use crate::keymap::{ComposerAction, FindAction, MotionAction, NormalAction, OperatorAction};

/// The largest number before a command.
const COUNT_MAX: usize = 9_999;
/// Keys of one change that `.` can repeat.
const RECORD_KEYS_MAX: usize = 10_000;

/// The mode, for the hint row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum VimMode {
    Insert,
    #[default]
    Normal,
    Replace,
}

/// The mode and the keys of a command that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VimStatus {
    pub(crate) mode: VimMode,
    pub(crate) pending: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Delete,
    Yank,
    Change,
}

/// What the next key completes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Pending {
    #[default]
    Nothing,
    Operator(Operator),
    Object(Operator, Extent),
    /// The character of `f F t T`.
    Find(MotionAction, Option<Operator>),
    /// The character of `r`.
    Replace,
    /// The text of `/` or `?`.
    Search(FindAction, String),
}

/// What was cut or copied.
#[derive(Debug, Clone, Default)]
pub(super) struct Register {
    pub(super) piece: Piece,
    pub(super) lines: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Vim {
    pub(super) mode: VimMode,
    pub(super) pending: Pending,
    /// The number before the command, and before the motion of an operator.
    pub(super) count: Option<usize>,
    /// The beginning of a chord, `g`.
    pub(super) begun: Vec<Key>,
    pub(super) register: Register,
    pub(super) last_search: Option<(FindAction, String)>,
    /// Undo steps at the start of the change that Insert mode belongs to.
    pub(super) mark: Option<usize>,
    /// Keys since the last time nothing was pending, and those of the last change.
    record: Vec<Key>,
    record_changed: bool,
    last_change: Vec<Key>,
    replaying: bool,
    /// All keys of the unfinished command, for the hint row.
    shown: String,
}

impl Vim {
    /// The draft is gone; mode and register stay (tui.md §12).
    pub(super) fn forget_draft(&mut self) {
        self.mark = (self.mode != VimMode::Normal).then_some(0);
        self.settle();
        self.record.clear();
        self.record_changed = false;
    }

    /// Nothing is pending any more.
    pub(super) fn settle(&mut self) {
        self.pending = Pending::Nothing;
        self.count = None;
        self.begun.clear();
        self.shown.clear();
    }

    fn is_idle(&self) -> bool {
        self.mode == VimMode::Normal
            && self.pending == Pending::Nothing
            && self.count.is_none()
            && self.begun.is_empty()
    }
}

impl Composer {
    /// Mode and pending keys, when Vim keys are on.
    pub(crate) fn vim(&self) -> Option<VimStatus> {
        self.vim.as_ref().map(|vim| VimStatus { mode: vim.mode, pending: vim.shown.clone() })
    }

    pub(super) fn handle_vim(&mut self, key: Key) -> Outcome {
        let Some(vim) = &mut self.vim else { return Outcome::Ignored };
        if vim.is_idle() && !vim.replaying {
            vim.record.clear();
            vim.record_changed = false;
        }
        if vim.record.len() < RECORD_KEYS_MAX && !vim.replaying {
            vim.record.push(key);
        }
        let mode = vim.mode;
        let outcome = match mode {
            VimMode::Normal => self.handle_normal(key),
            VimMode::Insert | VimMode::Replace if key.code == KeyCode::Esc => self.leave_insert(),
            VimMode::Insert => self.handle_insert(key),
            VimMode::Replace => self.handle_replace(key),
        };
        self.clamp_vim_cursor();
        let Some(vim) = &mut self.vim else { return outcome };
        vim.record_changed |= outcome == Outcome::Changed;
        let history_walk = matches!(key.code, KeyCode::Up | KeyCode::Down | KeyCode::Char('u' | '.'))
            || key.mods.contains(crossterm::event::KeyModifiers::CONTROL);
        if vim.is_idle() && vim.record_changed && !vim.replaying && !(vim.record.len() == 1 && history_walk) {
            vim.last_change.clone_from(&vim.record);
        }
        outcome
    }

    /// Keeps the cursor on a character in Normal mode.
    pub(super) fn clamp_vim_cursor(&mut self) {
        if self.search.is_some() || self.vim.as_ref().is_none_or(|vim| vim.mode != VimMode::Normal) {
            return;
        }
        let at = self.buffer.cursor();
        if at == self.buffer.line_end(at) {
            let last = last_of_line(&self.buffer, at);
            self.buffer.move_to(last);
        }
    }

    /// Sets Vim's pending state and takes the key.
    pub(super) fn wait_for(&mut self, pending: Pending) -> Outcome {
        if let Some(vim) = &mut self.vim {
            vim.pending = pending;
            vim.begun.clear();
        }
        Outcome::Moved
    }

    /// The number before a command, and nothing pending from here on.
    pub(super) fn take_count(&mut self) -> Option<usize> {
        let vim = self.vim.as_mut()?;
        let count = vim.count.take();
        vim.settle();
        count
    }

    fn handle_normal(&mut self, key: Key) -> Outcome {
        let Some(vim) = &mut self.vim else { return Outcome::Ignored };
        vim.shown.push_str(&key.to_string());
        match std::mem::take(&mut vim.pending) {
            Pending::Nothing => self.handle_command(key),
            Pending::Operator(operator) => self.handle_operator(operator, key),
            Pending::Object(operator, extent) => match self.keys.vim_text_object.one(key) {
                Some(object) => self.apply_object(operator, object, extent),
                None => self.give_up(),
            },
            Pending::Find(motion, operator) => match (key.typed(), operator) {
                (None, _) => self.give_up(),
                (Some(c), Some(operator)) => self.apply_motion(operator, motion, Some(c)),
                (Some(c), None) => self.jump(motion, Some(c)),
            },
            Pending::Replace => match key.typed() {
                Some(c) => self.replace_chars(c),
                None => self.give_up(),
            },
            Pending::Search(direction, query) => self.type_search(direction, query, key),
        }
    }

    /// Forgets what was pending; the key is used up.
    pub(super) fn give_up(&mut self) -> Outcome {
        self.take_count();
        Outcome::Moved
    }

    /// Adds a digit to the count; 0 is a digit only behind another one.
    fn count_digit(&mut self, key: Key) -> bool {
        let Some(vim) = &mut self.vim else { return false };
        let digit = key.typed().and_then(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok());
        match (digit, vim.count) {
            (Some(digit), count) if digit > 0 || count.is_some() => {
                vim.count = Some((count.unwrap_or(0) * 10 + digit).min(COUNT_MAX));
                true
            }
            _ => false,
        }
    }

    fn chord(&mut self, key: Key) -> Vec<Key> {
        let mut pressed = self.vim.as_mut().map(|vim| std::mem::take(&mut vim.begun)).unwrap_or_default();
        pressed.push(key);
        pressed
    }

    fn begin_chord(&mut self, pressed: Vec<Key>, pending: Pending) -> Outcome {
        if let Some(vim) = &mut self.vim {
            vim.begun = pressed;
            vim.pending = pending;
        }
        Outcome::Moved
    }

    fn handle_command(&mut self, key: Key) -> Outcome {
        if self.count_digit(key) {
            return Outcome::Moved;
        }
        let pressed = self.chord(key);
        if let [key] = *pressed.as_slice() {
            if let Some(outcome) = self.app_command(key) {
                if let Some(vim) = &mut self.vim {
                    vim.settle();
                }
                return outcome;
            }
            if let Some(find) = self.keys.vim_search.one(key) {
                return self.start_search(find);
            }
        }
        match self.keys.vim_normal.find(&pressed) {
            Bound::Action(action) => self.command(action),
            Bound::Begun => self.begin_chord(pressed, Pending::Nothing),
            Bound::Nothing => {
                let waited = self.vim.as_ref().is_some_and(|vim| vim.count.is_some()) || pressed.len() > 1;
                self.take_count();
                if waited { Outcome::Moved } else { Outcome::Ignored }
            }
        }
    }

    /// What works in Normal mode as everywhere: sending, and on an empty draft the card of keys and commands.
    fn app_command(&mut self, key: Key) -> Option<Outcome> {
        if key == Key::char('/') && self.is_empty() {
            self.enter_insert();
            self.buffer.insert(&Piece::plain("/"), Edit::Type);
            return Some(Outcome::Changed);
        }
        match self.keys.composer.one(key)? {
            action @ (ComposerAction::Submit | ComposerAction::Queue | ComposerAction::ToggleShortcuts) => {
                self.act(action)
            }
            ComposerAction::HistorySearchPrevious | ComposerAction::HistorySearchNext => None,
        }
    }

    fn command(&mut self, action: NormalAction) -> Outcome {
        let at = self.buffer.cursor();
        match action {
            NormalAction::Motion(MotionAction::Up) => self.rows_or_history(Vertical::Up),
            NormalAction::Motion(MotionAction::Down) => self.rows_or_history(Vertical::Down),
            NormalAction::Motion(
                motion @ (MotionAction::FindForward
                | MotionAction::FindBackward
                | MotionAction::TillForward
                | MotionAction::TillBackward),
            ) => self.wait_for(Pending::Find(motion, None)),
            NormalAction::Motion(motion) => self.jump(motion, None),
            NormalAction::EnterInsert => self.insert_at(at),
            NormalAction::AppendAfterCursor => {
                let after = if at == self.buffer.line_end(at) { at } else { self.buffer.next(at) };
                self.insert_at(after)
            }
            NormalAction::AppendLineEnd => self.insert_at(self.buffer.line_end(at)),
            NormalAction::InsertLineStart => self.insert_at(first_of_line(&self.buffer, at)),
            NormalAction::EnterReplaceMode => {
                let outcome = self.insert_at(at);
                if let Some(vim) = &mut self.vim {
                    vim.mode = VimMode::Replace;
                }
                outcome
            }
            NormalAction::ReplaceChar => self.wait_for(Pending::Replace),
            NormalAction::StartDeleteOperator => self.wait_for(Pending::Operator(Operator::Delete)),
            NormalAction::StartYankOperator => self.wait_for(Pending::Operator(Operator::Yank)),
            NormalAction::StartChangeOperator => self.wait_for(Pending::Operator(Operator::Change)),
            NormalAction::RepeatLastChange => self.repeat_change(),
            NormalAction::CancelOperator => {
                let waited = self.vim.as_ref().is_some_and(|vim| !vim.is_idle());
                self.take_count();
                if waited { Outcome::Moved } else { Outcome::Ignored }
            }
            action => self.change(action),
        }
    }

    fn insert_at(&mut self, at: usize) -> Outcome {
        self.take_count();
        self.buffer.move_to(at);
        self.enter_insert();
        Outcome::Moved
    }

    /// Insert mode; all until Esc is one step back.
    pub(super) fn enter_insert(&mut self) {
        self.did_other_than_kill();
        self.buffer.end_step();
        let mark = self.buffer.mark();
        if let Some(vim) = &mut self.vim {
            vim.mode = VimMode::Insert;
            vim.mark.get_or_insert(mark);
        }
    }

    fn leave_insert(&mut self) -> Outcome {
        let Some(vim) = &mut self.vim else { return Outcome::Ignored };
        vim.mode = VimMode::Normal;
        vim.settle();
        if let Some(mark) = vim.mark.take() {
            self.buffer.squash(mark);
        }
        let at = self.buffer.cursor();
        if at > self.buffer.line_start(at) {
            self.buffer.move_to(self.buffer.previous(at));
        }
        Outcome::Moved
    }

    fn handle_replace(&mut self, key: Key) -> Outcome {
        let Some(c) = key.typed() else { return self.handle_insert(key) };
        let at = self.buffer.cursor();
        let to = if at == self.buffer.line_end(at) { at } else { self.buffer.next(at) };
        self.buffer.replace(at..to, &Piece::plain(c.encode_utf8(&mut [0; 4])), Edit::Whole);
        Outcome::Changed
    }

    /// Moves in Normal mode.
    pub(super) fn jump(&mut self, motion: MotionAction, wanted: Option<char>) -> Outcome {
        let count = self.take_count();
        self.did_other_than_kill();
        let Some(target) = target(&self.buffer, motion, wanted, count) else { return Outcome::Moved };
        self.go(target.at)
    }

    fn rows_or_history(&mut self, direction: Vertical) -> Outcome {
        let times = self.take_count().unwrap_or(1);
        let mut outcome = Outcome::Ignored;
        for _ in 0..times {
            let next = match direction {
                Vertical::Up => self.up_or_older(),
                Vertical::Down => self.down_or_newer(),
            };
            self.clamp_vim_cursor();
            outcome = if outcome == Outcome::Changed { outcome } else { next };
        }
        outcome
    }

    fn handle_operator(&mut self, operator: Operator, key: Key) -> Outcome {
        let no_chord = self.vim.as_ref().is_some_and(|vim| vim.begun.is_empty());
        if no_chord && self.count_digit(key) {
            return self.wait_for(Pending::Operator(operator));
        }
        let pressed = self.chord(key);
        match self.keys.vim_operator.find(&pressed) {
            Bound::Action(OperatorAction::DeleteLine) if operator == Operator::Delete => {
                self.apply_lines(operator)
            }
            Bound::Action(OperatorAction::YankLine) if operator == Operator::Yank => {
                self.apply_lines(operator)
            }
            Bound::Action(OperatorAction::ChangeLine) if operator == Operator::Change => {
                self.apply_lines(operator)
            }
            Bound::Action(OperatorAction::SelectInner) => {
                self.wait_for(Pending::Object(operator, Extent::Inner))
            }
            Bound::Action(OperatorAction::SelectAround) => {
                self.wait_for(Pending::Object(operator, Extent::Around))
            }
            Bound::Action(OperatorAction::Motion(
                motion @ (MotionAction::FindForward
                | MotionAction::FindBackward
                | MotionAction::TillForward
                | MotionAction::TillBackward),
            )) => self.wait_for(Pending::Find(motion, Some(operator))),
            Bound::Action(OperatorAction::Motion(motion)) => self.apply_motion(operator, motion, None),
            Bound::Begun => self.begin_chord(pressed, Pending::Operator(operator)),
            Bound::Action(_) | Bound::Nothing => self.give_up(),
        }
    }

    /// Feeds the keys of the last change again; one step back undoes them all.
    fn repeat_change(&mut self) -> Outcome {
        let Some(vim) = &mut self.vim else { return Outcome::Ignored };
        vim.settle();
        if vim.replaying || vim.last_change.is_empty() {
            return Outcome::Moved;
        }
        let keys = vim.last_change.clone();
        vim.replaying = true;
        self.buffer.end_step();
        let mark = self.buffer.mark();
        let mut changed = false;
        for key in keys {
            changed |= self.handle_vim(key) == Outcome::Changed;
        }
        self.buffer.squash(mark);
        if let Some(vim) = &mut self.vim {
            vim.replaying = false;
            vim.settle();
        }
        if changed { Outcome::Changed } else { Outcome::Moved }
    }
}
