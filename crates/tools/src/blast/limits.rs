//! What may go without a question, and what is copied. Values only.

use std::time::Duration;

use codex_checkpoint::Budget;

/// `[blast_radius]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlastLimits {
    /// More files that the thread did not make stop for a question.
    pub files_max: u64,
    /// More bytes of them do.
    pub bytes_max: u64,
}

/// `[checkpoints]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointPlan {
    /// What one thread's copies may cost.
    pub budget: Budget,
    /// Copies of threads that were not written to for so long go.
    pub age_max: Duration,
    /// Over so many bytes in all the oldest threads' copies go.
    pub bytes_max: u64,
}
