//! `[blast_radius]` and `[checkpoints]`: what may be deleted without a question, and what is copied before commands run.
//! Owns plain data and its defaults; enforces nothing.

use crate::view::View;

/// Files of others that may go without a question.
const FILES_MAX: u64 = 50;
/// Bytes of them.
const BYTES_MAX: u64 = 100_000_000;
/// Days copies stay.
const DAYS: u64 = 7;
/// Bytes of all copies.
const STORE_BYTES_MAX: u64 = 1_000_000_000;

/// `[blast_radius]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlastRadius {
    /// Whether commands and patches are held up at all.
    pub enabled: bool,
    /// More files that the thread did not make are asked about.
    pub files_max: u64,
    /// More bytes of them are.
    pub bytes_max: u64,
}

impl BlastRadius {
    pub(crate) fn read(root: View<'_>) -> Self {
        Self {
            enabled: root.bool(&["blast_radius", "enabled"]).unwrap_or(true),
            files_max: root.u64(&["blast_radius", "max_files"]).unwrap_or(FILES_MAX),
            bytes_max: root.u64(&["blast_radius", "max_bytes"]).unwrap_or(BYTES_MAX),
        }
    }
}

/// `[checkpoints]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoints {
    /// Whether files are copied before commands run.
    pub enabled: bool,
    /// Days the copies of a thread stay after it was written to last.
    pub days: u64,
    /// Bytes of all copies; the oldest go first.
    pub bytes_max: u64,
}

impl Checkpoints {
    pub(crate) fn read(root: View<'_>) -> Self {
        Self {
            enabled: root.bool(&["checkpoints", "enabled"]).unwrap_or(true),
            days: root.u64(&["checkpoints", "days"]).unwrap_or(DAYS),
            bytes_max: root.u64(&["checkpoints", "max_bytes"]).unwrap_or(STORE_BYTES_MAX),
        }
    }
}
