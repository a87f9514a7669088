//! The bindings of one context: actions with their names and keys.
//! Invariant: every action has a row; a row may have no key; keys that a person chose win over default ones.

use super::chord::{Chord, Fit};
use super::key::Key;

/// A row of a table: the action, its name in `tui.keymap.<context>`, its default keys.
pub(super) type Row<A> = (A, &'static str, &'static [&'static str]);

/// What a sequence of keys means in one context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound<A> {
    Action(A),
    /// The beginning of a chord.
    Begun,
    Nothing,
}

#[derive(Debug, Clone)]
struct Binding<A> {
    action: A,
    name: &'static str,
    chords: Vec<Chord>,
    defaults: Vec<Chord>,
    changed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Bindings<A: 'static> {
    rows: Vec<Binding<A>>,
    leader: Vec<Key>,
}

/// A row without its action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlainRow {
    pub(super) name: &'static str,
    pub(super) chords: Vec<Chord>,
    pub(super) changed: bool,
}

impl<A: Copy + PartialEq> Bindings<A> {
    pub(super) fn from_table(table: &'static [Row<A>]) -> Self {
        let rows = table.iter().map(|(action, name, keys)| {
            // A test parses every default; a wrong one would only be unbound.
            let chords: Vec<Chord> = keys.iter().filter_map(|chord| chord.parse().ok()).collect();
            Binding { action: *action, name, defaults: chords.clone(), chords, changed: false }
        });
        Self { rows: rows.collect(), leader: Vec::new() }
    }

    pub(super) fn set_leader(&mut self, leader: &[Key]) {
        self.leader = leader.to_vec();
    }

    /// What these keys mean, pressed one after the other.
    pub(crate) fn find(&self, pressed: &[Key]) -> Bound<A> {
        let mut begun = false;
        let chosen = self.rows.iter().filter(|row| row.changed);
        for row in chosen.chain(self.rows.iter().filter(|row| !row.changed)) {
            for chord in &row.chords {
                match chord.fit(pressed, &self.leader) {
                    Fit::Whole => return Bound::Action(row.action),
                    Fit::Begun => begun = true,
                    Fit::No => {}
                }
            }
        }
        if begun { Bound::Begun } else { Bound::Nothing }
    }

    /// What a single key means.
    pub(crate) fn one(&self, key: Key) -> Option<A> {
        match self.find(&[key]) {
            Bound::Action(action) => Some(action),
            Bound::Begun | Bound::Nothing => None,
        }
    }

    /// The first key of an action, for hints.
    pub(crate) fn hint(&self, action: A) -> Option<String> {
        let row = self.rows.iter().find(|row| row.action == action)?;
        row.chords.first().map(|chord| chord.resolved(&self.leader).hint())
    }

    /// False when there is no such action. None gives the default keys back.
    pub(super) fn set(&mut self, name: &str, chords: Option<Vec<Chord>>) -> bool {
        let Some(row) = self.rows.iter_mut().find(|row| row.name == name) else { return false };
        row.changed = chords.is_some();
        row.chords = chords.unwrap_or_else(|| row.defaults.clone());
        true
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = PlainRow> + '_ {
        self.rows.iter().map(|row| PlainRow {
            name: row.name,
            chords: row.chords.clone(),
            changed: row.changed,
        })
    }
}
