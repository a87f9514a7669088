//! What a patch may write: everything, or what lies below some roots, protected names left out.
//! Invariant: paths are compared part by part after links are followed, and whatever cannot be resolved is
//! outside. Owns the decision only; `pinned` makes sure the write goes where the decision said.

use std::fs;
use std::path::{Component, Path, PathBuf};

use codex_protocol::PROTECTED_NAMES;
use thiserror::Error;

use crate::resolve::follow;

/// Longest `.git` file that is read for its `gitdir:` pointer.
const GIT_POINTER_BYTES_MAX: u64 = 4096;

/// Where a patch may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteScope {
    /// No limit.
    Anywhere,
    /// Below these roots, except the protected names at the top of each. Build it with
    /// [`WriteScope::below`], which follows links in the roots once, so that a root swapped for a link later
    /// grants nothing.
    Roots {
        /// Absolute folders without links. Empty means nothing may be written.
        writable: Vec<PathBuf>,
        /// Absolute places without links inside the roots that are protected as well.
        kept: Vec<PathBuf>,
    },
}

/// A target the scope does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} may not be written: {reason}", path.display())]
pub struct Outside {
    /// The absolute path as the patch names it.
    pub path: PathBuf,
    /// Why it is refused.
    pub reason: OutsideReason,
}

/// Why a target is not in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OutsideReason {
    /// The scope has no root at all.
    #[error("the sandbox is read-only")]
    ReadOnly,
    /// No root holds it.
    #[error("it is outside of the writable roots")]
    OutsideRoots,
    /// It is, or lies below, a protected name at the top of a root.
    #[error("it is protected")]
    Protected,
    /// Its links loop or cannot be read.
    #[error("its links cannot be followed")]
    Unresolvable,
}

impl WriteScope {
    /// The scope below `roots`; links in them are followed now. A root that cannot be resolved grants
    /// nothing.
    pub fn below<P: AsRef<Path>>(roots: impl IntoIterator<Item = P>) -> Self {
        let writable = roots
            .into_iter()
            .filter(|root| root.as_ref().is_absolute())
            .filter_map(|root| follow(root.as_ref()).ok())
            .collect();
        Self::Roots { writable, kept: Vec::new() }
    }

    /// The same scope without these absolute paths and what lies below them. One that cannot be resolved is kept as
    /// it is written.
    #[must_use]
    pub fn keeping<P: AsRef<Path>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        if let Self::Roots { kept, .. } = &mut self {
            kept.extend(
                paths
                    .into_iter()
                    .map(|path| follow(path.as_ref()).unwrap_or_else(|_| path.as_ref().to_owned())),
            );
        }
        self
    }

    /// Judges a place whose links have been followed.
    pub(crate) fn judge(&self, resolved: &Path) -> Result<(), OutsideReason> {
        let Self::Roots { writable, kept } = self else { return Ok(()) };
        if writable.is_empty() {
            return Err(OutsideReason::ReadOnly);
        }
        // The innermost root decides: a folder inside a protected one may be granted on its own.
        let root = writable
            .iter()
            .filter(|root| resolved.starts_with(root))
            .max_by_key(|root| root.components().count())
            .ok_or(OutsideReason::OutsideRoots)?;
        let top = resolved.strip_prefix(root).ok().and_then(|below| below.components().next());
        if let Some(Component::Normal(name)) = top
            && is_protected_name(&name.to_string_lossy())
        {
            return Err(OutsideReason::Protected);
        }
        if kept.iter().any(|place| resolved.starts_with(place)) {
            return Err(OutsideReason::Protected);
        }
        let is_protected = writable
            .iter()
            .flat_map(|root| protected_places(root))
            .any(|place| resolved.starts_with(&place) && !root.starts_with(&place));
        if is_protected { Err(OutsideReason::Protected) } else { Ok(()) }
    }
}

/// Whether a file system could take `name` for a protected one: case, ignorable characters, trailing dots
/// and spaces, stream suffixes and short names are looked through.
fn is_protected_name(name: &str) -> bool {
    let visible: String = name
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect();
    let stem = visible.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    stem == "git~1" || PROTECTED_NAMES.contains(&stem)
}

/// Where the protected names of a root lead when they are links or `gitdir:` pointers: the name being kept
/// is worth nothing when its content can be written under another path.
fn protected_places(root: &Path) -> Vec<PathBuf> {
    let mut places = Vec::new();
    for name in PROTECTED_NAMES {
        let named = root.join(name);
        let Ok(metadata) = named.symlink_metadata() else { continue };
        let Ok(place) = follow(&named) else { continue };
        if name == ".git"
            && !metadata.is_dir()
            && let Some(git_dir) = pointed(&place, root, "gitdir:")
        {
            // The folder a linked worktree shares with its repository holds the hooks and the config.
            places.extend(pointed(&git_dir.join("commondir"), &git_dir, ""));
            places.push(git_dir);
        }
        places.push(place);
    }
    places
}

/// The place that the first line of a short file names after `prefix`, seen from the folder `base`.
fn pointed(pointer: &Path, base: &Path, prefix: &str) -> Option<PathBuf> {
    let metadata = fs::metadata(pointer).ok()?;
    if !metadata.is_file() || metadata.len() > GIT_POINTER_BYTES_MAX {
        return None;
    }
    let text = fs::read_to_string(pointer).ok()?;
    let target = text.lines().next()?.strip_prefix(prefix)?.trim();
    follow(&base.join(target)).ok()
}
