//! The writable folders of permissions with what stays read-only in them, by path. Pure; paths have to be real ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use codex_protocol::{FileAccess, FileRules};

/// A writable folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guarded {
    pub(super) root: PathBuf,
    /// Below the root, whether it exists or not.
    pub(super) kept: BTreeSet<PathBuf>,
    /// The root and the folders that lead to something kept or denied: what is in them may change, but not they.
    pub(super) held: BTreeSet<PathBuf>,
}

/// Every writable folder of the rules; `kept` stays read-only besides.
pub(super) fn guarded(files: &FileRules, kept: &[PathBuf]) -> Vec<Guarded> {
    let roots: Vec<&Path> = files.with(FileAccess::Write).collect();
    let one = |root: &&Path| {
        let root = *root;
        let names = files.protected_names(root).map(|name| root.join(name));
        let read = files.with(FileAccess::Read).map(Path::to_path_buf);
        let below = |path: &PathBuf| path != root && path.starts_with(root);
        let kept: BTreeSet<PathBuf> = names.chain(read).chain(kept.iter().cloned()).filter(below).collect();
        let denied = files.with(FileAccess::Deny).filter(|path| path.starts_with(root));
        let ends = kept.iter().map(PathBuf::as_path).chain(denied).chain(roots.iter().copied());
        let leading = ends.flat_map(|end| end.ancestors().skip(1)).filter(|folder| folder.starts_with(root));
        let held = leading.map(Path::to_path_buf).chain([root.to_path_buf()]).collect();
        Guarded { root: root.to_path_buf(), kept, held }
    };
    roots.iter().map(one).collect()
}
