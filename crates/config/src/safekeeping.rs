//! `[blast_radius]`, `[checkpoints]` and `[privacy]`: what may be deleted without a question, what is copied before
//! commands run, and what is masked in what is saved.
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

/// `[privacy]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privacy {
    /// Whether secrets are masked in saved threads, names and prompts.
    pub mask_secrets: bool,
    /// Variables that hold no secrets, whatever they are called.
    pub unmasked_variables: Vec<String>,
}

impl Privacy {
    pub(crate) fn read(root: View<'_>) -> Self {
        Self {
            mask_secrets: root.bool(&["privacy", "mask_secrets"]).unwrap_or(true),
            unmasked_variables: root.strings(&["privacy", "unmasked_variables"]).unwrap_or_default(),
        }
    }
}
