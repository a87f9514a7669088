//! Feature flags: the known names, their stages, and which are on.
//! Owns what is set over the defaults of `features_table.rs`; knows nothing of what a flag does.

use std::collections::BTreeMap;

use crate::features_table::FEATURES;
use crate::suggest::nearest;

/// The flags whose value changes what this program does; whoever reads a flag adds it here.
/// A flag outside this list draws a warning when it is switched on.
const IN_EFFECT: &[&str] = &["exec_permission_approvals", "network_proxy", "request_permissions_tool"];

/// How finished a feature is (`config.md §6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// For everyone.
    Stable,
    /// Offered, may change.
    Experimental,
    /// Not finished; switching it on draws a warning.
    UnderDevelopment,
    /// Will go away.
    Deprecated,
    /// Gone; the name is still accepted.
    Removed,
}

impl Stage {
    /// The words `codex features list` prints.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Experimental => "experimental",
            Self::UnderDevelopment => "under development",
            Self::Deprecated => "deprecated",
            Self::Removed => "removed",
        }
    }
}

/// One known flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FeatureRow {
    pub(crate) name: &'static str,
    pub(crate) stage: Stage,
    pub(crate) default: bool,
}

pub(crate) const fn row(name: &'static str, stage: Stage, default: bool) -> FeatureRow {
    FeatureRow { name, stage, default }
}

/// One line of `codex features list`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureState {
    /// The flag.
    pub name: &'static str,
    /// How finished it is.
    pub stage: Stage,
    /// Whether it is on.
    pub enabled: bool,
}

/// Which flags are on: the defaults plus what a layer set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    set: BTreeMap<&'static str, bool>,
}

impl Features {
    /// Whether a flag is on. Unknown names are off.
    pub fn enabled(&self, name: &str) -> bool {
        self.set.get(name).copied().unwrap_or_else(|| find(name).is_some_and(|row| row.default))
    }

    /// Every flag, sorted by name.
    pub fn list(&self) -> Vec<FeatureState> {
        let state = |row: &FeatureRow| FeatureState {
            name: row.name,
            stage: row.stage,
            enabled: self.enabled(row.name),
        };
        FEATURES.iter().map(state).collect()
    }

    /// The flags a layer set, sorted by name.
    pub fn explicit(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.set.iter().map(|(name, on)| (*name, *on))
    }

    /// Sets a known flag; `false` when the name is unknown.
    pub(crate) fn set(&mut self, name: &str, on: bool) -> bool {
        find(name).is_some_and(|row| {
            self.set.insert(row.name, on);
            true
        })
    }

    /// Flags a layer switched on although nothing here reads them. Switching off what does not exist is no news.
    pub(crate) fn not_in_effect(&self) -> impl Iterator<Item = &'static str> {
        let moved = |name: &str, on: bool| {
            on && find(name).is_some_and(|row| !row.default && row.stage != Stage::Removed)
        };
        self.explicit()
            .filter(move |(name, on)| moved(name, *on) && !IN_EFFECT.contains(name))
            .map(|(name, _)| name)
    }

    /// Unfinished features a layer switched on.
    pub(crate) fn unfinished(&self) -> Vec<&'static str> {
        let unfinished = |name: &str| find(name).is_some_and(|row| row.stage == Stage::UnderDevelopment);
        self.explicit().filter(|(name, on)| *on && unfinished(name)).map(|(name, _)| name).collect()
    }
}

/// Whether `name` is a known flag.
pub fn is_known_feature(name: &str) -> bool {
    find(name).is_some()
}

pub(crate) fn find(name: &str) -> Option<&'static FeatureRow> {
    FEATURES.binary_search_by(|row| row.name.cmp(name)).ok().and_then(|at| FEATURES.get(at))
}

/// The known flag a mistyped name probably means.
pub(crate) fn nearest_feature(name: &str) -> Option<&'static str> {
    nearest(name, FEATURES.iter().map(|row| row.name))
}
