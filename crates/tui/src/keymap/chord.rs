//! Keys pressed one after the other, and their names: `ctrl-x k`, `g g`, `leader p`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyModifiers};

use super::key::{Key, KeyNameError};

/// A chord has at most this many keys (tui.md §13).
pub(super) const CHORD_KEYS_MAX: usize = 2;

/// Stands for the leader key in a chord; no terminal reports it as a press.
pub(super) const LEADER: Key = Key { code: KeyCode::Null, mods: KeyModifiers::NONE };

const LEADER_NAME: &str = "leader";

/// One or two keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chord(Vec<Key>);

/// Names that are no chord.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChordError {
    #[error(transparent)]
    Key(#[from] KeyNameError),
    #[error("`{0}` is too long; a chord has two keys")]
    TooLong(String),
    #[error("the leader key begins chords such as `leader k` and means nothing by itself")]
    LoneLeader,
}

/// How far pressed keys go into a chord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Whole,
    Begun,
    No,
}

impl Chord {
    /// Compares with keys that were pressed.
    pub(super) fn fit(&self, pressed: &[Key], leader: &[Key]) -> Fit {
        let same = |(own, key): (&Key, &Key)| own == key || (*own == LEADER && leader.contains(key));
        if pressed.len() > self.0.len() || !self.0.iter().zip(pressed).all(same) {
            Fit::No
        } else if pressed.len() == self.0.len() {
            Fit::Whole
        } else {
            Fit::Begun
        }
    }

    /// The chord with the leader replaced by its first key.
    pub(super) fn resolved(&self, leader: &[Key]) -> Self {
        let first = leader.first().copied().unwrap_or(LEADER);
        Self(self.0.iter().map(|key| if *key == LEADER { first } else { *key }).collect())
    }

    /// Whether one of the two can never be finished because the other comes first.
    pub(super) fn clashes(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// As hints show it: `ctrl+x k`.
    pub(crate) fn hint(&self) -> String {
        let keys: Vec<String> = self.0.iter().map(|key| key.hint()).collect();
        keys.join(" ")
    }
}

impl From<Vec<Key>> for Chord {
    fn from(keys: Vec<Key>) -> Self {
        Self(keys)
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(name: &str) -> Result<Self, ChordError> {
        let key = |name: &str| if name == LEADER_NAME { Ok(LEADER) } else { name.parse() };
        let keys: Vec<Key> = name.split_whitespace().map(key).collect::<Result<_, _>>()?;
        match keys.as_slice() {
            [] => Ok(Self(vec![name.parse()?])),
            [LEADER] => Err(ChordError::LoneLeader),
            keys if keys.len() > CHORD_KEYS_MAX => Err(ChordError::TooLong(name.to_owned())),
            _ => Ok(Self(keys)),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            if *key == LEADER { f.write_str(LEADER_NAME)? } else { write!(f, "{key}")? }
        }
        Ok(())
    }
}
