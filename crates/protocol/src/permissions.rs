//! Permission profiles: what commands may touch, as a person writes it and as threads record it (`safety.md §4`).
//! Owns names and shapes; `file_rules` says what a profile means once its special paths are known.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What may be done with a path and everything below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileAccess {
    /// It may be read.
    Read,
    /// It may be read and written.
    Write,
    /// Neither; nothing below it can be opened again.
    Deny,
}

impl FileAccess {
    /// The word used in config and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Deny => "deny",
        }
    }

    /// The access a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Deny].into_iter().find(|access| access.as_str() == word)
    }
}

/// A path that depends on the machine and the thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SpecialPath {
    /// The whole file system.
    Root,
    /// What programs need to start: the system's programs, libraries and settings.
    Minimal,
    /// Every workspace root, or the same sub path of each.
    ProjectRoots {
        /// Below the root; relative.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subpath: Option<PathBuf>,
    },
    /// `$TMPDIR`.
    Tmpdir,
    /// `/tmp`.
    SlashTmp,
    /// One that a newer program knows. It stands for nothing.
    #[serde(other)]
    Unknown,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EntryPath {
    /// An absolute path.
    Path {
        /// The path.
        path: PathBuf,
    },
    /// Everything an absolute pattern fits; only for `deny`.
    GlobPattern {
        /// `*` and `?` within a name, `[..]` for one character, `**` for any folders.
        pattern: String,
    },
    /// A path that depends on the surroundings.
    Special {
        /// Which.
        value: SpecialPath,
    },
}

impl EntryPath {
    /// A special path.
    pub fn special(value: SpecialPath) -> Self {
        Self::Special { value }
    }
}

/// What becomes of an entry whose path does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingPath {
    /// It is left out. Marks the protected names, which the sandbox covers anyway.
    Skip,
}

/// One line of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PermissionEntry {
    /// What it is about.
    pub path: EntryPath,
    /// What may be done.
    pub access: FileAccess,
    /// Set for entries that hold only where their path exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_path_behavior: Option<MissingPath>,
}

impl PermissionEntry {
    /// An entry.
    pub fn new(path: EntryPath, access: FileAccess) -> Self {
        Self { path, access, missing_path_behavior: None }
    }

    /// An entry about an absolute path.
    pub fn at(path: impl Into<PathBuf>, access: FileAccess) -> Self {
        Self::new(EntryPath::Path { path: path.into() }, access)
    }

    /// An entry about a special path.
    pub fn special(value: SpecialPath, access: FileAccess) -> Self {
        Self::new(EntryPath::special(value), access)
    }
}

/// The file half of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FilePermissions {
    /// Everything may be read and written.
    Unrestricted,
    /// What no entry allows is closed.
    Restricted {
        /// The entries. The longest path wins between `read` and `write`; `deny` holds for all below it.
        entries: Vec<PermissionEntry>,
        /// How deep the folders are that patterns are looked for in.
        #[serde(default, rename = "globScanMaxDepth", alias = "glob_scan_max_depth")]
        #[serde(skip_serializing_if = "Option::is_none")]
        glob_scan_depth_max: Option<usize>,
    },
}

/// Whether commands may open connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkAccess {
    /// They may.
    Enabled,
    /// They may not.
    #[default]
    Restricted,
}

/// What commands may touch, in the form of `turn_context.permission_profile` (`rollouts.md §4`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PermissionProfile {
    /// No sandbox.
    Disabled,
    /// The sandbox enforces it.
    Managed {
        /// Files.
        file_system: FilePermissions,
        /// Connections.
        network: NetworkAccess,
    },
}

impl PermissionProfile {
    /// The entries, none where nothing is restricted.
    pub fn entries(&self) -> &[PermissionEntry] {
        match self {
            Self::Managed { file_system: FilePermissions::Restricted { entries, .. }, .. } => entries,
            Self::Disabled | Self::Managed { file_system: FilePermissions::Unrestricted, .. } => &[],
        }
    }

    /// The profile with its workspace roots filled in, so that it no longer depends on them.
    pub fn with_roots(&self, roots: &[PathBuf]) -> Self {
        let mut filled = self.clone();
        if let Self::Managed { file_system: FilePermissions::Restricted { entries, .. }, .. } = &mut filled {
            *entries = entries.drain(..).flat_map(|entry| fill(entry, roots)).collect();
        }
        filled
    }
}

fn fill(entry: PermissionEntry, roots: &[PathBuf]) -> Vec<PermissionEntry> {
    let PermissionEntry { path: EntryPath::Special { value: SpecialPath::ProjectRoots { subpath } }, .. } =
        &entry
    else {
        return vec![entry];
    };
    let at = |root: &PathBuf| {
        let path = subpath.as_deref().map_or_else(|| root.clone(), |below| root.join(below));
        let path = match path.to_str() {
            Some(pattern) if subpath.as_deref().is_some_and(is_pattern) => {
                EntryPath::GlobPattern { pattern: pattern.to_owned() }
            }
            _ => EntryPath::Path { path },
        };
        PermissionEntry { path, ..entry }
    };
    roots.iter().map(at).collect()
}

/// Whether a path has pattern characters in it.
pub fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// A profile under the name it was chosen by (`active_permission_profile`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamedProfile {
    /// Its name; built-in ones begin with `:`.
    pub id: String,
    /// The profile it builds on.
    pub extends: Option<String>,
    /// Workspace roots besides the working folder.
    pub workspace_roots: Vec<PathBuf>,
    /// What it allows; special paths still open.
    pub profile: PermissionProfile,
}
