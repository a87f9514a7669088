//! Patch -> plan: every section read, matched and diffed, nothing written.
//! Invariant: a plan exists only when all its sections fit the files as they are now.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::Utf8Error;

use thiserror::Error;

use crate::diff::unified_diff;
use crate::edit::{EditError, edit};
use crate::patch::{Chunk, Patch, Section};
use crate::resolve::{absolute, follow, follow_parent};
use crate::scope::{Outside, OutsideReason, WriteScope};

/// Largest file a patch may touch.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a patch will do, in patch order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchPlan {
    /// One entry per section.
    pub changes: Vec<PlannedChange>,
}

/// One section's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedChange {
    /// Absolute, without `.` and `..`; links are not followed.
    pub path: PathBuf,
    /// The path the summary shows, as written in the patch: the new one for a move.
    pub display: String,
    /// What happens to it.
    pub kind: ChangeKind,
    /// The chunks of an update: applying fits them again when the file has changed since.
    pub(crate) chunks: Vec<Chunk>,
    /// The text an update was computed from.
    pub(crate) old_content: String,
}

/// The parts of a file change (`rollouts.md §4`, FileChange).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// A new or overwritten file.
    Add {
        /// Its whole content.
        content: String,
    },
    /// A removed file.
    Delete {
        /// What it held.
        content: String,
    },
    /// A changed file.
    Update {
        /// Hunks without file headers; empty when nothing changes.
        unified_diff: String,
        /// The whole new content.
        new_content: String,
        /// Absolute path it moves to.
        move_path: Option<PathBuf>,
    },
}

/// Why a file could not be read. The texts are exact.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system said no.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A folder, pipe or device.
    #[error("path `{}` is not a file", .0.display())]
    NotAFile(PathBuf),
    /// Not UTF-8.
    #[error(transparent)]
    NotText(#[from] Utf8Error),
    /// Over the size limit.
    #[error("the file has {0} bytes, more than the {FILE_BYTES_MAX} a patch may touch")]
    TooLarge(u64),
}

/// Why a parsed patch cannot be carried out. [`VerifyError::model_text`] is what the model reads.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// It names an environment and there is only one.
    #[error("apply_patch environment selection is unavailable for this turn")]
    EnvironmentUnavailable,
    /// No section.
    #[error("patch rejected: empty patch")]
    Empty,
    /// A path no file can have.
    #[error("'{0}' is invalid on '{os}'", os = std::env::consts::OS)]
    InvalidPath(String),
    /// Two sections for one path.
    #[error("invalid patch: multiple operations target {}", .0.display())]
    DuplicateTarget(PathBuf),
    /// The file to update.
    #[error("Failed to read file to update {}: {source}", path.display())]
    UpdateUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// The file to delete.
    #[error("Failed to read {}: {source}", path.display())]
    DeleteUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// A chunk does not fit.
    #[error(transparent)]
    Mismatch(#[from] EditError),
}

impl VerifyError {
    /// The tool output for the model (`tools.md §4`).
    pub fn model_text(&self) -> String {
        match self {
            Self::EnvironmentUnavailable | Self::Empty => self.to_string(),
            _ => format!("apply_patch verification failed: {self}"),
        }
    }
}

/// Reads every file the patch names, relative paths taken from the absolute `cwd`, and computes the changes.
pub fn verify(patch: &Patch, cwd: &Path) -> Result<PatchPlan, VerifyError> {
    if patch.environment.is_some() {
        return Err(VerifyError::EnvironmentUnavailable);
    }
    if patch.sections.is_empty() {
        return Err(VerifyError::Empty);
    }
    let mut seen = HashSet::new();
    let mut changes = Vec::with_capacity(patch.sections.len());
    for section in &patch.sections {
        let path = target(cwd, section.path())?;
        if !seen.insert(path.clone()) {
            return Err(VerifyError::DuplicateTarget(path));
        }
        changes.push(plan_section(section, path, cwd)?);
    }
    Ok(PatchPlan { changes })
}

fn plan_section(section: &Section, path: PathBuf, cwd: &Path) -> Result<PlannedChange, VerifyError> {
    let display = section.path().to_owned();
    let (kind, chunks, old_content) = match section {
        Section::Add { content, .. } => {
            (ChangeKind::Add { content: content.clone() }, Vec::new(), String::new())
        }
        Section::Delete { .. } => {
            let content = read_text(&path)
                .map_err(|source| VerifyError::DeleteUnreadable { path: path.clone(), source })?;
            (ChangeKind::Delete { content }, Vec::new(), String::new())
        }
        Section::Update { move_to, chunks, .. } => {
            let old = read_text(&path)
                .map_err(|source| VerifyError::UpdateUnreadable { path: path.clone(), source })?;
            let new_content = edit(&old, chunks, &path)?;
            let move_path = move_to.as_deref().map(|to| target(cwd, to)).transpose()?;
            let unified_diff = unified_diff(&old, &new_content);
            (ChangeKind::Update { unified_diff, new_content, move_path }, chunks.clone(), old)
        }
    };
    let display = match section {
        Section::Update { move_to: Some(to), .. } => to.clone(),
        _ => display,
    };
    Ok(PlannedChange { path, display, kind, chunks, old_content })
}

fn target(cwd: &Path, path: &str) -> Result<PathBuf, VerifyError> {
    if path.contains('\0') {
        return Err(VerifyError::InvalidPath(path.to_owned()));
    }
    Ok(absolute(cwd, path))
}

fn read_text(path: &Path) -> Result<String, ReadError> {
    // Looked at before opening: opening a pipe would wait for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(ReadError::NotAFile(path.to_owned()));
    }
    read_file_text(&mut fs::File::open(path)?)
}

pub(crate) fn read_file_text(file: &mut fs::File) -> Result<String, ReadError> {
    let size = file.metadata()?.len();
    if size > FILE_BYTES_MAX {
        return Err(ReadError::TooLarge(size));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|error| ReadError::NotText(error.utf8_error()))
}

impl PatchPlan {
    /// Whether every place the plan writes or removes is in `scope`, links followed as they are now. The
    /// first one that is not is returned; [`PatchPlan::apply`] asks again at the moment of each write.
    pub fn check(&self, scope: &WriteScope) -> Result<(), Outside> {
        self.changes.iter().try_for_each(|change| {
            judge(scope, &change.path, change.writes()).map(drop)?;
            change.move_path().map_or(Ok(()), |to| judge(scope, to, Touch::Content).map(drop))
        })
    }
}

impl PlannedChange {
    /// The absolute path the file moves to.
    pub fn move_path(&self) -> Option<&Path> {
        match &self.kind {
            ChangeKind::Update { move_path, .. } => move_path.as_deref(),
            ChangeKind::Add { .. } | ChangeKind::Delete { .. } => None,
        }
    }

    fn writes(&self) -> Touch {
        match (&self.kind, self.move_path()) {
            (ChangeKind::Delete { .. }, _) | (ChangeKind::Update { .. }, Some(_)) => Touch::Entry,
            _ => Touch::Content,
        }
    }
}

/// What of a path is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    /// What it leads to is written: links are followed.
    Content,
    /// The directory entry itself is removed.
    Entry,
}

/// The place a touch of `path` lands, if `scope` allows it.
pub(crate) fn judge(scope: &WriteScope, path: &Path, touch: Touch) -> Result<PathBuf, Outside> {
    let place = match touch {
        Touch::Content => follow(path),
        Touch::Entry => follow_parent(path),
    };
    let outside = |reason| Outside { path: path.to_owned(), reason };
    let place = place.map_err(|_| outside(OutsideReason::Unresolvable))?;
    scope.judge(&place).map_err(outside)?;
    Ok(place)
}
