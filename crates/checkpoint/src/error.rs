//! Why copies could not be kept or brought back. Words for people.

use std::io;
use std::path::PathBuf;

/// A checkpoint that could not be written, read or carried out.
#[derive(Debug, thiserror::Error)]
#[error("{what} {}: {source}", path.display())]
pub struct CheckpointError {
    /// What was tried.
    pub what: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl CheckpointError {
    pub(crate) fn of(what: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { what, path, source }
    }
}
