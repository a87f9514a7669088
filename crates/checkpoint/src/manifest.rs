//! What one checkpoint says: a head line and one line for each file, as JSON lines. Owns the format.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The turn it was made for.
    pub(crate) turn: String,
    /// When, in milliseconds since 1970.
    pub(crate) taken_at_ms: u64,
    /// The folders that were looked at.
    pub(crate) roots: Vec<PathBuf>,
    /// Whether all files there are covered.
    pub(crate) whole: bool,
    /// Files that git tracks and that were missing already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing_in_git: Vec<PathBuf>,
}

/// A file that was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Absolute, without links.
    pub(crate) path: PathBuf,
    /// Bytes.
    pub(crate) size: u64,
    /// Last change, in nanoseconds since 1970.
    pub(crate) modified_ns: i64,
    /// Permissions.
    pub(crate) mode: u32,
    /// The copy's name in the store.
    pub(crate) copy: String,
}

/// What became of a file since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It is gone.
    Removed,
    /// It is another one, or has other content.
    Changed,
}
