//! The composer: the draft with everything around it, and the way of a key through it.
//! Invariant: a key is taken by the first that knows it: search row, Vim, composer keys, editor keys, text. What
//! nobody takes is `Ignored` and belongs to the app. Knows no terminal, file or clock.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::KeyCode;

use super::buffer::{Buffer, Edit};
use super::kill::KillRing;
use super::piece::{Piece, TokenKind, image_label};
use super::recall::Recall;
use super::search::Search;
use super::vim::Vim;
use crate::keymap::ComposerAction;
use crate::keymap::Key;
use crate::keymap::{Bound, Keys};

/// A paste of more characters is folded to a token (tui.md §5).
const PASTE_CHARS_MAX: usize = 1_000;

/// What a key did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Not a key of the composer in its present state.
    Ignored,
    /// Only the cursor, the mode or the search row changed.
    Moved,
    /// The text changed.
    Changed,
    /// Send this; the composer is empty now.
    Submit(Submission),
    /// Send this after the running turn; the composer is empty now.
    Queue(Submission),
    /// Show or hide the card of keys.
    ToggleShortcuts,
}

/// A finished message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Submission {
    /// The text with every paste in full; images are `[Image #n]`, n counting `images` from 1.
    pub(crate) text: String,
    pub(crate) images: Vec<PathBuf>,
    draft: Piece,
}

/// How keys edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Editing {
    Emacs,
    Vim,
}

/// The draft of the next message.
#[derive(Debug, Clone)]
pub(crate) struct Composer {
    pub(super) keys: Keys,
    pub(super) buffer: Buffer,
    pub(super) kills: KillRing,
    /// What the last yank put in, as long as nothing else happened.
    pub(super) yanked: Option<Range<usize>>,
    /// The column that moving up and down tries to keep.
    pub(super) goal: Option<usize>,
    pub(super) width: u16,
    pub(super) recall: Recall,
    pub(super) search: Option<Search>,
    pub(super) vim: Option<Vim>,
    /// The beginning of a chord.
    begun: Vec<Key>,
}

impl Composer {
    pub(crate) fn new(keys: Keys) -> Self {
        Self {
            keys,
            buffer: Buffer::default(),
            kills: KillRing::default(),
            yanked: None,
            goal: None,
            width: 80,
            recall: Recall::default(),
            search: None,
            vim: None,
            begun: Vec::new(),
        }
    }

    /// Columns for the text.
    pub(crate) fn set_width(&mut self, width: u16) {
        self.width = width;
        self.goal = None;
    }

    /// Vim starts in Normal, as it does when the person turns it on (tui.md §12).
    pub(crate) fn set_editing(&mut self, editing: Editing) {
        self.vim = match editing {
            Editing::Emacs => None,
            Editing::Vim => Some(Vim::default()),
        };
        self.clamp_vim_cursor();
    }

    /// The draft as it is shown: tokens are labels.
    pub(crate) fn text(&self) -> &str {
        self.buffer.text()
    }

    /// The draft with every paste in full.
    pub(crate) fn expanded(&self) -> String {
        self.buffer.piece().expand().0
    }

    /// Whether the draft is a command for the shell: a `!` stands first.
    pub(crate) fn is_shell(&self) -> bool {
        self.text().starts_with('!')
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.text().is_empty()
    }

    /// One key press.
    pub(crate) fn handle(&mut self, key: Key) -> Outcome {
        if self.search.is_some()
            && let Some(outcome) = self.handle_search(key)
        {
            return outcome;
        }
        if self.vim.is_some() { self.handle_vim(key) } else { self.handle_insert(key) }
    }

    /// Other keys from now on.
    pub(crate) fn set_keys(&mut self, keys: Keys) {
        self.begun.clear();
        self.keys = keys;
    }

    /// Whether the key ends a chord of the composer that was begun.
    pub(crate) fn finishes_chord(&self, key: Key) -> bool {
        let mut pressed = self.begun.clone();
        pressed.push(key);
        pressed.len() > 1
            && (self.keys.composer.find(&pressed) != Bound::Nothing
                || self.keys.editor.find(&pressed) != Bound::Nothing)
    }

    /// The key begins a chord elsewhere, and perhaps one of the composer too.
    pub(crate) fn expect_chord(&mut self, key: Key) {
        let begins =
            self.keys.composer.find(&[key]) == Bound::Begun || self.keys.editor.find(&[key]) == Bound::Begun;
        self.begun = if begins { vec![key] } else { Vec::new() };
    }

    /// The chord was one of another place.
    pub(crate) fn forget_chord(&mut self) {
        self.begun.clear();
    }

    /// A key outside Vim's Normal mode.
    pub(super) fn handle_insert(&mut self, key: Key) -> Outcome {
        let mut pressed = std::mem::take(&mut self.begun);
        if !pressed.is_empty() {
            pressed.push(key);
            if let Some(outcome) = self.bound(&pressed) {
                return outcome;
            }
        }
        if let Some(outcome) = self.bound(&[key]) {
            return outcome;
        }
        match key.typed() {
            Some(c) => {
                self.did_other_than_kill();
                self.buffer.insert(&Piece::plain(c.encode_utf8(&mut [0; 4])), Edit::Type);
                Outcome::Changed
            }
            None => Outcome::Ignored,
        }
    }

    fn bound(&mut self, pressed: &[Key]) -> Option<Outcome> {
        let first = self.keys.composer.find(pressed);
        if let Bound::Action(action) = first
            && let Some(outcome) = self.act(action)
        {
            return Some(outcome);
        }
        let second = self.keys.editor.find(pressed);
        if let Bound::Action(action) = second {
            return Some(self.edit(action));
        }
        if first == Bound::Begun || second == Bound::Begun {
            self.begun = pressed.to_vec();
            return Some(Outcome::Moved);
        }
        None
    }

    /// None when the key means something else now, as `?` does in a text.
    pub(super) fn act(&mut self, action: ComposerAction) -> Option<Outcome> {
        match action {
            ComposerAction::Submit => Some(self.finish().map_or(Outcome::Ignored, Outcome::Submit)),
            ComposerAction::Queue => Some(self.finish().map_or(Outcome::Ignored, Outcome::Queue)),
            ComposerAction::ToggleShortcuts => self.is_empty().then_some(Outcome::ToggleShortcuts),
            ComposerAction::HistorySearchPrevious => {
                self.begin_search();
                Some(Outcome::Moved)
            }
            ComposerAction::HistorySearchNext => None,
        }
    }

    fn finish(&mut self) -> Option<Submission> {
        if self.buffer.text().trim().is_empty() {
            return None;
        }
        let draft = self.take();
        self.recall.remember(draft.clone());
        let (text, images) = draft.expand();
        Some(Submission { text, images, draft })
    }

    /// Empties everything that belongs to the present draft.
    fn take(&mut self) -> Piece {
        self.search = None;
        self.recall.leave();
        self.did_other_than_kill();
        self.begun.clear();
        if let Some(vim) = &mut self.vim {
            vim.forget_draft();
        }
        self.buffer.take()
    }

    pub(super) fn did_other_than_kill(&mut self) {
        self.kills.rest();
        self.yanked = None;
        self.goal = None;
    }

    /// A paste of the terminal: never submits; a long one is folded (tui.md §5).
    pub(crate) fn paste(&mut self, text: &str) -> Outcome {
        self.accept_search();
        let piece = Piece::plain(text);
        if piece.is_empty() {
            return Outcome::Ignored;
        }
        self.did_other_than_kill();
        let piece = self.folded(piece);
        self.buffer.insert(&piece, Edit::Whole);
        self.clamp_vim_cursor();
        Outcome::Changed
    }

    fn folded(&self, piece: Piece) -> Piece {
        let chars = piece.text.chars().count();
        if chars <= PASTE_CHARS_MAX {
            return piece;
        }
        let base = format!("[Pasted Content {chars} chars]");
        let taken = |label: &str| {
            let draft = self.buffer.piece();
            draft.tokens.iter().any(|token| draft.text.get(token.range.clone()) == Some(label))
        };
        let mut label = base.clone();
        let mut number = 2;
        while taken(&label) {
            label = format!("{base} #{number}");
            number += 1;
        }
        Piece::token(label, TokenKind::Paste(piece.text.into()))
    }

    /// Puts the token of an image at the cursor; the file goes along with the message.
    pub(crate) fn attach_image(&mut self, path: PathBuf) {
        self.accept_search();
        let draft = self.buffer.piece();
        let images = draft.tokens.iter().filter(|token| matches!(token.kind, TokenKind::Image(_)));
        let labels: Vec<&str> = images.filter_map(|token| draft.text.get(token.range.clone())).collect();
        let mut number = labels.len() + 1;
        while labels.contains(&image_label(number).as_str()) {
            number += 1;
        }
        let token = Piece::token(image_label(number), TokenKind::Image(Arc::new(path)));
        self.did_other_than_kill();
        self.buffer.insert(&token, Edit::Whole);
        self.clamp_vim_cursor();
    }

    /// Inserts text at the cursor as one step.
    pub(crate) fn insert(&mut self, text: &str) {
        self.accept_search();
        self.did_other_than_kill();
        self.buffer.insert(&Piece::plain(text), Edit::Whole);
    }

    /// Replaces the draft; one step back gives the old one.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.accept_search();
        self.did_other_than_kill();
        self.buffer.replace(0..self.buffer.text().len(), &Piece::plain(text), Edit::Whole);
        self.clamp_vim_cursor();
    }

    /// Replaces the draft by its text as it was edited elsewhere: images that are still named stay images.
    pub(crate) fn set_edited(&mut self, text: &str) {
        self.accept_search();
        let images = self.buffer.piece().expand().1;
        let mut draft = Piece::plain(text);
        for (number, path) in (1..).zip(images) {
            let label = image_label(number);
            if let Some(at) = draft.text.find(&label) {
                let token = Piece::token(label.clone(), TokenKind::Image(Arc::new(path)));
                draft.replace(at..at + label.len(), &token);
            }
        }
        self.did_other_than_kill();
        self.buffer.replace(0..self.buffer.text().len(), &draft, Edit::Whole);
        self.clamp_vim_cursor();
    }

    /// Takes a finished message back as the draft: a queued one, or one that was refused.
    pub(crate) fn restore(&mut self, submission: Submission) {
        self.take();
        self.reset(&submission.draft);
    }

    /// A new draft with nothing to undo and the cursor at its end.
    pub(super) fn reset(&mut self, draft: &Piece) {
        self.buffer = Buffer::of(draft.clone());
        self.did_other_than_kill();
        self.clamp_vim_cursor();
    }

    /// Empties the draft; the history gives it back. False when it was empty.
    pub(crate) fn clear_to_history(&mut self) -> bool {
        self.cancel_search();
        if self.is_empty() {
            return false;
        }
        let draft = self.take();
        self.recall.remember(draft);
        true
    }

    /// Earlier messages, oldest first, in place of all known ones.
    pub(crate) fn set_history(&mut self, entries: Vec<String>) {
        self.cancel_search();
        self.recall = Recall::of(entries);
    }

    /// Messages of earlier runs, oldest first, before the known ones. A walk or a search that goes on stays where it is.
    pub(crate) fn put_earlier(&mut self, entries: &[String]) {
        let added = self.recall.put_earlier(entries);
        if let Some(found) = self.search.as_mut().and_then(|search| search.found.as_mut()) {
            *found += added;
        }
    }

    /// Adds a message to the history that was not written here.
    #[cfg(test)]
    pub(crate) fn remember(&mut self, text: &str) {
        self.recall.remember(Piece::plain(text));
    }

    /// Whether Enter would do anything.
    pub(super) fn is_enter(key: Key) -> bool {
        key.code == KeyCode::Enter && key.mods.is_empty()
    }
}
