//! Why a rules file cannot be used, with its place.

use std::path::PathBuf;

/// A rules file that cannot be used. None of its rules count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("rules file {} cannot be read: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is longer than the limit.
    #[error("rules file {} is longer than {max} bytes", file.display())]
    TooLong {
        /// The file.
        file: PathBuf,
        /// The limit.
        max: u64,
    },
    /// A line is wrong.
    #[error("{}:{line}:{column}: {message}", file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What is wrong and what is expected.
        message: String,
    },
}
