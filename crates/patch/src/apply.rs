//! Plan -> files. Sections are written in patch order; the first failure stops, and what was written stays.
//! Invariant: each write is judged by the scope on the link-free path that is then opened link-free.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::edit::{EditError, edit};
use crate::pinned::{Access, Missing, PinnedDir};
use crate::plan::{ChangeKind, PatchPlan, PlannedChange, ReadError, Touch, judge, read_file_text};
use crate::resolve::follow;
use crate::scope::{Outside, WriteScope};

/// A patch that was written in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// `Success. Updated the following files:` and one line per file: added ones, then modified, then
    /// deleted, each in patch order, paths as written.
    pub summary: String,
}

/// The section that failed; the `applied` ones before it stay applied, later ones were not begun.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The file could not be written.
    #[error("Failed to write file {}", path.display())]
    Write {
        /// Absolute path.
        path: PathBuf,
        /// Sections written before.
        applied: usize,
        /// Why.
        source: io::Error,
    },
    /// The file could not be removed.
    #[error("Failed to delete file {}", path.display())]
    Delete {
        /// Absolute path.
        path: PathBuf,
        /// Sections written before.
        applied: usize,
        /// Why.
        source: io::Error,
    },
    /// The file is no longer readable text.
    #[error("Failed to read file to update {}: {source}", path.display())]
    Read {
        /// Absolute path.
        path: PathBuf,
        /// Sections written before.
        applied: usize,
        /// Why.
        source: ReadError,
    },
    /// The file has changed since the plan was made and the chunks no longer fit.
    #[error("{source}")]
    Mismatch {
        /// Sections written before.
        applied: usize,
        /// Which lines are missing.
        source: EditError,
    },
    /// The place is out of scope, or became so since it was checked.
    #[error("Failed to write file {}", source.path.display())]
    Outside {
        /// Sections written before.
        applied: usize,
        /// Where and why.
        source: Outside,
    },
}

impl ApplyError {
    /// How many sections were written before the failure.
    pub fn applied(&self) -> usize {
        match self {
            Self::Write { applied, .. }
            | Self::Delete { applied, .. }
            | Self::Read { applied, .. }
            | Self::Mismatch { applied, .. }
            | Self::Outside { applied, .. } => *applied,
        }
    }

    /// The output text for the model, to be put below the header of exit code 1.
    pub fn model_text(&self) -> String {
        format!("{self}\n")
    }
}

impl PatchPlan {
    /// Writes the plan. Blocks on the disk. A file changed since the plan was made gets the same chunks
    /// fitted to its present text.
    pub fn apply(&self, scope: &WriteScope) -> Result<Applied, ApplyError> {
        for (applied, change) in self.changes.iter().enumerate() {
            Section { change, scope, applied }.write()?;
        }
        Ok(Applied { summary: self.summary() })
    }

    fn summary(&self) -> String {
        let mut summary = String::from("Success. Updated the following files:\n");
        for mark in ["A", "M", "D"] {
            for change in self.changes.iter().filter(|change| change.mark() == mark) {
                summary.push_str(&format!("{mark} {}\n", change.display));
            }
        }
        summary
    }
}

impl PlannedChange {
    fn mark(&self) -> &'static str {
        match self.kind {
            ChangeKind::Add { .. } => "A",
            ChangeKind::Update { .. } => "M",
            ChangeKind::Delete { .. } => "D",
        }
    }
}

/// One section being written.
struct Section<'a> {
    change: &'a PlannedChange,
    scope: &'a WriteScope,
    applied: usize,
}

impl Section<'_> {
    fn write(&self) -> Result<(), ApplyError> {
        let path = &self.change.path;
        match &self.change.kind {
            ChangeKind::Add { content } => self.put(path, content),
            ChangeKind::Delete { .. } => self.remove(path),
            ChangeKind::Update { new_content, .. } => match self.destination() {
                Some(to) => self.move_to(to, new_content),
                None => self.update(new_content),
            },
        }
    }

    /// Where the file moves to; a move onto itself is an update in place.
    fn destination(&self) -> Option<&Path> {
        let to = self.change.move_path()?;
        let onto_itself = matches!((follow(to), follow(&self.change.path)), (Ok(to), Ok(from)) if to == from);
        (!onto_itself).then_some(to)
    }

    fn update(&self, planned: &str) -> Result<(), ApplyError> {
        let path = &self.change.path;
        let place = self.place(path, Touch::Content)?;
        let (Open { dir, name, mut file }, content) = self.fitted(&place, planned, Access::ReadWrite)?;
        dir.replace(name, &mut file, content.as_bytes()).map_err(|error| self.write_error(path, error))
    }

    fn move_to(&self, to: &Path, planned: &str) -> Result<(), ApplyError> {
        let path = &self.change.path;
        // Both ends are judged before either is touched. The old content is only read, so it may lie
        // outside when the entry that goes is a link.
        self.place(path, Touch::Entry)?;
        let from = follow(path).map_err(|error| self.write_error(path, error))?;
        let (_, content) = self.fitted(&from, planned, Access::Read)?;
        self.put(to, &content)?;
        self.remove(path)
    }

    /// Writes a whole file, over what is there or new, with its folders.
    fn put(&self, path: &Path, content: &str) -> Result<(), ApplyError> {
        let place = self.place(path, Touch::Content)?;
        let put = || {
            let (parent, name) = split(&place)?;
            let dir = PinnedDir::open(parent, Missing::Create)?;
            match dir.existing(name, Access::ReadWrite)? {
                Some(mut file) => dir.replace(name, &mut file, content.as_bytes()),
                None => dir.create(name, content.as_bytes()),
            }
        };
        put().map_err(|error| self.write_error(path, error))
    }

    fn remove(&self, path: &Path) -> Result<(), ApplyError> {
        let place = self.place(path, Touch::Entry)?;
        let remove = || {
            let (parent, name) = split(&place)?;
            PinnedDir::open(parent, Missing::Fail)?.remove(name)
        };
        remove().map_err(|source| ApplyError::Delete { path: path.to_owned(), applied: self.applied, source })
    }

    /// Opens the file to update and gives its new text: the planned one, or the chunks fitted again.
    fn fitted<'p>(
        &self,
        place: &'p Path,
        planned: &str,
        access: Access,
    ) -> Result<(Open<'p>, String), ApplyError> {
        let path = &self.change.path;
        let open = || {
            let (parent, name) = split(place)?;
            let dir = PinnedDir::open(parent, Missing::Fail)?;
            let file = dir.existing(name, access)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            Ok(Open { dir, name, file })
        };
        let mut open = open().map_err(|error| self.write_error(path, error))?;
        let present = read_file_text(&mut open.file).map_err(|source| ApplyError::Read {
            path: path.clone(),
            applied: self.applied,
            source,
        })?;
        let content = if present == self.change.old_content {
            planned.to_owned()
        } else {
            edit(&present, &self.change.chunks, path)
                .map_err(|source| ApplyError::Mismatch { applied: self.applied, source })?
        };
        Ok((open, content))
    }

    fn place(&self, path: &Path, touch: Touch) -> Result<PathBuf, ApplyError> {
        refuse_unpinned(self.scope).map_err(|error| self.write_error(path, error))?;
        judge(self.scope, path, touch).map_err(|source| ApplyError::Outside { applied: self.applied, source })
    }

    fn write_error(&self, path: &Path, source: io::Error) -> ApplyError {
        ApplyError::Write { path: path.to_owned(), applied: self.applied, source }
    }
}

/// A file to update, held in its folder.
struct Open<'p> {
    dir: PinnedDir,
    name: &'p OsStr,
    file: std::fs::File,
}

fn split(place: &Path) -> io::Result<(&Path, &OsStr)> {
    place.parent().zip(place.file_name()).ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))
}

/// Limited scopes need folders that can be held open.
#[cfg(unix)]
fn refuse_unpinned(_scope: &WriteScope) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn refuse_unpinned(scope: &WriteScope) -> io::Result<()> {
    match scope {
        WriteScope::Anywhere => Ok(()),
        WriteScope::Roots { .. } => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "writing below roots only is not available on this platform; run with full access",
        )),
    }
}
