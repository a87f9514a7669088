//! Reverse search in the history: a query, and the newest message that holds it shown in place of the draft.
//! Invariant: until it is accepted the draft is kept aside whole, with its way back. Knows no file.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyModifiers};

use super::buffer::{Buffer, Edit};
use super::draft::{Composer, Outcome};
use crate::keymap::ComposerAction;
use crate::keymap::Key;

/// How the search stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchState {
    /// Nothing to look for yet.
    Typing,
    Found,
    NoMatch,
}

/// What the search row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchRow<'a> {
    pub(crate) query: &'a str,
    pub(crate) state: SearchState,
}

#[derive(Debug, Clone)]
pub(super) struct Search {
    query: String,
    /// The entry that is shown.
    pub(super) found: Option<usize>,
    state: SearchState,
    saved: Buffer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Towards {
    Older,
    Newer,
}

impl Composer {
    /// The search row, when a search is on.
    pub(crate) fn search(&self) -> Option<SearchRow<'_>> {
        self.search.as_ref().map(|search| SearchRow { query: &search.query, state: search.state })
    }

    pub(super) fn begin_search(&mut self) {
        self.did_other_than_kill();
        self.search = Some(Search {
            query: String::new(),
            found: None,
            state: SearchState::Typing,
            saved: self.buffer.clone(),
        });
    }

    /// None when the key ends the search by accepting and is to be handled as usual.
    pub(super) fn handle_search(&mut self, key: Key) -> Option<Outcome> {
        match self.keys.composer.one(key) {
            Some(ComposerAction::HistorySearchPrevious) => {
                self.find_from(Towards::Older);
                return Some(Outcome::Moved);
            }
            Some(ComposerAction::HistorySearchNext) => {
                self.find_from(Towards::Newer);
                return Some(Outcome::Moved);
            }
            _ => {}
        }
        let cancels = key.code == KeyCode::Esc
            || (key.mods == KeyModifiers::CONTROL && matches!(key.code, KeyCode::Char('c' | 'g')));
        if cancels {
            self.cancel_search();
            return Some(Outcome::Changed);
        }
        if Self::is_enter(key) {
            self.accept_search();
            return Some(Outcome::Changed);
        }
        let erases = key.code == KeyCode::Backspace
            || (key.mods == KeyModifiers::CONTROL && key.code == KeyCode::Char('h'));
        let search = self.search.as_mut()?;
        match key.typed() {
            Some(c) => search.query.push(c),
            None if erases => {
                search.query.pop();
            }
            None => {
                self.accept_search();
                return None;
            }
        }
        search.found = None;
        self.find_from(Towards::Older);
        Some(Outcome::Moved)
    }

    /// Shows the next match from the present one on.
    fn find_from(&mut self, towards: Towards) {
        let Some(search) = &mut self.search else { return };
        if search.query.is_empty() {
            search.state = SearchState::Typing;
            self.buffer = search.saved.clone();
            return;
        }
        let needle = Needle::new(&search.query);
        let present =
            search.found.and_then(|found| self.recall.entry(found)).map(|piece| piece.text.as_str());
        let holds = |at: &usize| {
            let text = self.recall.entry(*at).map(|piece| piece.text.as_str());
            text.is_some_and(|text| Some(text) != present && needle.find(text).is_some())
        };
        let len = self.recall.len();
        let found = match (towards, search.found) {
            (Towards::Older, from) => (0..from.unwrap_or(len)).rev().find(holds),
            (Towards::Newer, Some(from)) => (from + 1..len).find(holds),
            (Towards::Newer, None) => None,
        };
        match found.and_then(|at| Some((at, self.recall.entry(at)?.clone()))) {
            Some((at, piece)) => {
                search.found = Some(at);
                search.state = SearchState::Found;
                let at = needle.find(&piece.text).map_or(0, |range| range.start);
                self.buffer = Buffer::of(piece);
                self.buffer.move_to(at);
            }
            None => {
                search.state = SearchState::NoMatch;
                // The last match stays while there is no further one; a query nobody has shows the draft.
                if search.found.is_none() {
                    self.buffer = search.saved.clone();
                }
            }
        }
    }

    /// Ends the search with what it shows as the draft.
    pub(super) fn accept_search(&mut self) {
        let Some(search) = self.search.take() else { return };
        if let Some(found) = search.found {
            let shown = self.buffer.take();
            self.recall.stand_at(found, search.saved.piece().clone());
            self.buffer = search.saved;
            self.buffer.replace(0..self.buffer.text().len(), &shown, Edit::Whole);
            self.buffer.end_step();
        }
        self.clamp_vim_cursor();
    }

    /// Ends the search with the draft as it was.
    pub(super) fn cancel_search(&mut self) {
        if let Some(search) = self.search.take() {
            self.buffer = search.saved;
        }
    }

    /// Where the shown message holds the query.
    pub(super) fn search_match(&self) -> Option<Range<usize>> {
        let search = self.search.as_ref().filter(|search| search.found.is_some())?;
        Needle::new(&search.query).find(self.buffer.text())
    }
}

/// A query: without capitals it finds any case.
struct Needle<'a> {
    query: &'a str,
    any_case: bool,
}

impl<'a> Needle<'a> {
    fn new(query: &'a str) -> Self {
        Self { query, any_case: !query.chars().any(char::is_uppercase) }
    }

    fn find(&self, text: &str) -> Option<Range<usize>> {
        if self.query.is_empty() {
            return None;
        }
        if !self.any_case {
            return text.find(self.query).map(|at| at..at + self.query.len());
        }
        text.char_indices().find_map(|(at, _)| Some(at..at + self.length_at(text.get(at..)?)?))
    }

    /// Bytes of the query at the start of a text, in any case.
    fn length_at(&self, text: &str) -> Option<usize> {
        let mut chars = text.char_indices();
        for wanted in self.query.chars() {
            let (_, c) = chars.next()?;
            if c != wanted && !c.to_lowercase().eq(wanted.to_lowercase()) {
                return None;
            }
        }
        Some(chars.next().map_or(text.len(), |(at, _)| at))
    }
}
