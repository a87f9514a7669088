//! What is missing since a thread's checkpoints, and bringing it back. Blocking. Invariant: a file that is there is
//! replaced only when that was asked for, and then it is copied first.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::git_index::modified_ns;
use crate::manifest::{Fate, Kept};
use crate::{Budget, CheckpointError, CheckpointStore, GitIndex, Taker, ThreadShelf, beneath};

/// How the names of checkpoints begin that are made before something is brought back.
pub(crate) const RESTORE: &str = "before-restore-";

/// A file that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostFile {
    /// Where it was.
    pub path: PathBuf,
    /// What became of it.
    pub fate: Fate,
    /// Bytes of the copy.
    pub size: u64,
    /// The turn before which the copy was made.
    pub turn: String,
    /// When the copy was made, in milliseconds since 1970.
    pub copied_at_ms: u64,
    copy: String,
    mode: u32,
    modified_ns: i64,
}

/// What is missing since a thread's checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Files with a copy, sorted by path; each as its newest copy has it.
    pub files: Vec<LostFile>,
    /// Files that git tracks and can bring back (`git restore`).
    pub in_git: Vec<PathBuf>,
    /// Some files were not copied: there may be more.
    pub partly: bool,
    /// Whether there is any checkpoint of the thread.
    pub any: bool,
}

/// What was brought back.
#[derive(Debug, Default)]
pub struct Restored {
    /// These are there again.
    pub files: Vec<PathBuf>,
    /// These are not.
    pub failed: Vec<CheckpointError>,
}

impl ThreadShelf {
    /// Compares the thread's checkpoints with the disk.
    pub fn lost(&self) -> Lost {
        let mut lost = Lost::default();
        let mut met: HashSet<PathBuf> = HashSet::new();
        let mut roots: HashSet<PathBuf> = HashSet::new();
        let mut missing_before: HashSet<PathBuf> = HashSet::new();
        for (head, kept) in self.checkpoints() {
            lost.any = true;
            lost.partly |= !head.whole;
            // The oldest one is looked at last: what was missing then was not lost in this thread.
            if !head.roots.is_empty() {
                missing_before = head.missing_in_git.into_iter().collect();
            }
            roots.extend(head.roots);
            for file in kept {
                if !met.insert(file.path.clone()) {
                    continue;
                }
                if let Some(fate) = fate(&file) {
                    lost.files.push(LostFile {
                        fate,
                        size: file.size,
                        turn: head.turn.clone(),
                        copied_at_ms: head.taken_at_ms,
                        copy: file.copy,
                        mode: file.mode,
                        modified_ns: file.modified_ns,
                        path: file.path,
                    });
                }
            }
        }
        lost.files.sort_by(|a, b| a.path.cmp(&b.path));
        let indexes = roots.iter().filter_map(|root| GitIndex::around(root));
        let mut in_git: Vec<PathBuf> = indexes.flat_map(|index| index.missing()).collect();
        in_git.sort();
        in_git.dedup();
        in_git.retain(|path| !missing_before.contains(path));
        lost.in_git = in_git;
        lost
    }

    /// Brings files back. Those that are there, but changed, are copied first, so that this too can be taken back.
    pub fn restore(&self, files: &[LostFile]) -> Restored {
        let mut restored = Restored::default();
        let there: Vec<PathBuf> =
            files.iter().filter(|file| file.fate == Fate::Changed).map(|file| file.path.clone()).collect();
        let mut copied: HashSet<PathBuf> = HashSet::new();
        if !there.is_empty() {
            let mut taker = Taker::new(self.clone(), Budget::default());
            // Each time a checkpoint of its own, the later ones sorted behind.
            let name = format!("{RESTORE}{:06}-{}", self.checkpoints().len(), std::process::id());
            if let Err(error) = taker.keep_places(&name, &there) {
                restored.failed.push(error);
                return restored;
            }
            let made = self.checkpoints().into_iter().find(|(head, _)| head.turn == name);
            copied = made.into_iter().flat_map(|(_, kept)| kept).map(|kept| kept.path).collect();
        }
        for file in files {
            let is_file = file.path.symlink_metadata().is_ok_and(|meta| meta.is_file());
            if is_file && !copied.contains(&file.path) {
                let why = io::Error::other("what is there now is too large for a copy");
                restored.failed.push(CheckpointError::of("cannot replace", &file.path)(why));
                continue;
            }
            match self.restore_one(file) {
                Ok(()) => restored.files.push(file.path.clone()),
                Err(error) => restored.failed.push(error),
            }
        }
        restored
    }

    fn restore_one(&self, file: &LostFile) -> Result<(), CheckpointError> {
        let mut copy = self.object(&file.copy)?;
        let wanted = beneath::Wanted {
            mode: file.mode,
            modified: modified(file.modified_ns),
            replaces: file.fate == Fate::Changed,
        };
        beneath::put(&file.path, &mut copy, wanted)
            .map_err(CheckpointError::of("cannot bring back", &file.path))
    }
}

impl CheckpointStore {
    /// The files that the thread's first checkpoint holds: they were there before it, and git did not have them as they
    /// were. `None` without one that covers its folders whole.
    pub fn first_files(&self, thread: &str) -> Option<HashSet<PathBuf>> {
        let checkpoints = self.thread(thread).checkpoints();
        let (head, kept) = checkpoints.into_iter().rev().find(|(head, _)| !head.roots.is_empty())?;
        head.whole.then(|| kept.into_iter().map(|kept| kept.path).collect())
    }

    /// Whether the thread has checkpoints.
    pub fn has(&self, thread: &str) -> bool {
        !self.thread(thread).checkpoints().is_empty()
    }
}

fn modified(ns: i64) -> SystemTime {
    let since = Duration::from_nanos(ns.unsigned_abs());
    let moved = if ns < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) };
    moved.unwrap_or(UNIX_EPOCH)
}

fn fate(file: &Kept) -> Option<Fate> {
    match file.path.symlink_metadata() {
        Err(_) => Some(Fate::Removed),
        Ok(meta) => (!is_same(file, &meta)).then_some(Fate::Changed),
    }
}

fn is_same(file: &Kept, meta: &Metadata) -> bool {
    let modified = modified_ns(meta).and_then(|ns| i64::try_from(ns).ok());
    meta.is_file() && meta.len() == file.size && modified == Some(file.modified_ns)
}
