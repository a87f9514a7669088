//! More permissions for a while: what a model asks for, what a person grants, and what of that counts (`safety.md §6`).
//! Invariant: a grant never gives more than was asked for, and what a profile denies stays denied. Pure.

use std::path::{Component, Path, PathBuf};

use crate::{FileAccess, NetworkAccess, Permissions};

/// Permissions besides those in force. Paths are absolute, without `.` and `..`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AdditionalPermissions {
    /// Whether connections may be opened; `None`: nothing is said.
    pub network: Option<bool>,
    /// What may be read, and everything below it.
    pub read: Vec<PathBuf>,
    /// What may be read and written, and everything below it.
    pub write: Vec<PathBuf>,
}

/// How long a grant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum GrantScope {
    /// Until the turn ends.
    #[default]
    Turn,
    /// As long as the thread is open.
    Session,
}

impl GrantScope {
    /// The word of answers to the model.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Session => "session",
        }
    }
}

/// What a person grants of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The permissions; only what was asked for counts.
    pub permissions: AdditionalPermissions,
    /// How long.
    pub scope: GrantScope,
}

impl AdditionalPermissions {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The part of a grant that was asked for: what lies below an asked path. A parent of it gives nothing, writing where
    /// reading was asked gives nothing, reading where writing was asked gives reading.
    pub fn cut_to(&self, asked: &Self) -> Self {
        let below = |path: &&PathBuf, asked: &[PathBuf]| asked.iter().any(|asked| path.starts_with(asked));
        let readable = |path: &&PathBuf| below(path, &asked.read) || below(path, &asked.write);
        Self {
            network: self
                .network
                .filter(|_| asked.network.is_some())
                .map(|on| on && asked.network == Some(true)),
            read: self.read.iter().filter(readable).cloned().collect(),
            write: self.write.iter().filter(|path| below(path, &asked.write)).cloned().collect(),
        }
    }

    /// Both together.
    pub fn join(&mut self, other: &Self) {
        if other.network == Some(true) || self.network.is_none() {
            self.network = other.network;
        }
        for (mine, theirs) in [(&mut self.read, &other.read), (&mut self.write, &other.write)] {
            for path in theirs {
                if !mine.contains(path) {
                    mine.push(path.clone());
                }
            }
        }
    }

    /// Whether these permissions hold already.
    pub fn is_covered_by(&self, permissions: &Permissions) -> bool {
        let Some(files) = permissions.files() else { return true };
        let network = self.network != Some(true) || permissions.network_enabled();
        let reads = self.read.iter().all(|path| files.access(path) != FileAccess::Deny);
        network && reads && self.write.iter().all(|path| files.access(path) == FileAccess::Write)
    }
}

impl Permissions {
    /// These with more on top. What is denied stays denied.
    #[must_use]
    pub fn with(mut self, more: &AdditionalPermissions) -> Self {
        if let Self::Limited { files, network } = &mut self {
            if more.network == Some(true) {
                *network = NetworkAccess::Enabled;
            }
            for path in &more.read {
                // Reading a path that may be written must not close it.
                if files.access(path) == FileAccess::Deny {
                    files.add(path.clone(), FileAccess::Read);
                }
            }
            for path in &more.write {
                files.add(path.clone(), FileAccess::Write);
            }
        }
        self
    }
}

/// A path as it is meant from a folder: joined to it, without `.` and `..`. Links are not followed.
pub fn lexical_path(folder: &Path, path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            component => clean.push(component),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{FileRules, SandboxPolicy, Surroundings};

    fn more(network: Option<bool>, read: &[&str], write: &[&str]) -> AdditionalPermissions {
        let paths = |texts: &[&str]| texts.iter().map(PathBuf::from).collect();
        AdditionalPermissions { network, read: paths(read), write: paths(write) }
    }

    // covers: safety S27
    #[test]
    fn a_granted_parent_gives_nothing_and_a_granted_child_itself() {
        let asked = more(None, &["/r"], &["/a/b"]);
        for (granted, expected) in [
            (more(None, &[], &["/a/b"]), more(None, &[], &["/a/b"])),
            (more(None, &[], &["/a/b/c"]), more(None, &[], &["/a/b/c"])),
            (more(None, &[], &["/a"]), more(None, &[], &[])),
            (more(None, &[], &["/"]), more(None, &[], &[])),
            (more(None, &[], &["/a/bc"]), more(None, &[], &[])),
            (more(None, &[], &["/r"]), more(None, &[], &[])),
            (more(None, &["/a/b"], &[]), more(None, &["/a/b"], &[])),
            (more(None, &["/r/x", "/x"], &[]), more(None, &["/r/x"], &[])),
            (more(Some(true), &[], &[]), more(None, &[], &[])),
        ] {
            assert_eq!(granted.cut_to(&asked), expected);
        }
        let network = more(Some(true), &[], &[]);
        assert_eq!(network.cut_to(&network), network);
        assert_eq!(network.cut_to(&more(Some(false), &[], &[])), more(Some(false), &[], &[]));
    }

    #[test]
    fn more_never_opens_what_is_denied() {
        let mut files = FileRules::default();
        for (path, access) in
            [("/", FileAccess::Read), ("/w", FileAccess::Write), ("/w/private", FileAccess::Deny)]
        {
            files.add(path.into(), access);
        }
        let permissions = Permissions::Limited { files, network: NetworkAccess::Restricted };
        let asked = more(Some(true), &["/w/x"], &["/etc/x", "/w/private/y"]);
        assert!(!asked.is_covered_by(&permissions));
        let together = permissions.with(&asked);
        let files = together.files().unwrap();
        assert!(together.network_enabled());
        assert_eq!(files.access(Path::new("/etc/x/a")), FileAccess::Write);
        assert_eq!(files.access(Path::new("/w/x")), FileAccess::Write);
        assert_eq!(files.access(Path::new("/w/private/y")), FileAccess::Deny);
        let read_only = SandboxPolicy::ReadOnly.resolve(Path::new("/w"), Surroundings::default());
        assert!(more(Some(false), &["/a"], &[]).is_covered_by(&read_only));
    }

    #[test]
    fn paths_are_joined_and_cleaned() {
        let clean = |path: &str| lexical_path(Path::new("/w/a"), Path::new(path));
        assert_eq!(clean("b/../../c/./d"), Path::new("/w/c/d"));
        assert_eq!(clean("../../../../x"), Path::new("/x"));
        assert_eq!(clean("/y/../z"), Path::new("/z"));
    }
}
