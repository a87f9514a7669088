//! The walk: every folder below the root that git would look at, hidden ones too, never `.git` and its like.
//! Invariant: links are listed and not followed, so no loop and no other tree is entered; the walk ends when it is
//! told to, at so many paths, or at so many levels.

use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use crate::ignores::Ignores;
use crate::index::{Index, Kind};

/// Paths of one walk; what lies beyond is not offered.
const PATHS_MAX: usize = 400_000;
const DEPTH_MAX: usize = 128;
/// Paths that are handed on together.
const BATCH: usize = 2_000;

/// The stores of version control: nobody mentions what is in them.
const STORES: &[&str] = &[".git", ".hg", ".svn", ".jj"];

/// Whether the walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Going {
    On,
    Stopped,
}

struct Folder {
    path: PathBuf,
    /// Below the root, with a `/` at its end.
    shown: String,
    depth: usize,
    ignores: Ignores,
}

/// Walks and hands on what it finds, in batches, nearest folders first.
pub(crate) fn walk(root: &Path, mut take: impl FnMut(Index) -> Going) {
    let mut batch = Index::default();
    let mut total = 0;
    // A queue, so that what is near the root is offered first.
    let mut folders = std::collections::VecDeque::from([Folder {
        path: root.to_path_buf(),
        shown: String::new(),
        depth: 0,
        ignores: Ignores::of_root(root),
    }]);
    while let Some(folder) = folders.pop_front() {
        // A folder that cannot be read holds nothing for us.
        let Ok(entries) = fs::read_dir(&folder.path) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            // A path that is no text cannot be written into a message.
            let (Some(name), Ok(file_type)) = (name.to_str(), entry.file_type()) else { continue };
            if STORES.contains(&name) {
                continue;
            }
            let path = entry.path();
            let kind = kind(file_type);
            if folder.ignores.hides(&path, kind == Kind::Folder) {
                continue;
            }
            batch.push(&format!("{}{name}", folder.shown), kind);
            total += 1;
            if kind == Kind::Folder && folder.depth < DEPTH_MAX {
                let shown = format!("{}{name}/", folder.shown);
                let ignores = folder.ignores.below(&path);
                folders.push_back(Folder { path, shown, depth: folder.depth + 1, ignores });
            }
            let full = batch.len() >= BATCH;
            if full && take(std::mem::take(&mut batch)) == Going::Stopped || total >= PATHS_MAX {
                take(batch);
                return;
            }
        }
    }
    take(batch);
}

fn kind(file_type: FileType) -> Kind {
    if file_type.is_dir() { Kind::Folder } else { Kind::File }
}
