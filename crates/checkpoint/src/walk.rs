//! Walking a folder within limits: entries with what the system says of them, links not followed.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::is_regenerable;

/// When a walk stops.
#[derive(Debug, Clone, Copy)]
pub struct WalkLimit {
    /// Entries looked at.
    pub entries_max: usize,
    /// The time it has.
    pub deadline: Instant,
}

/// One entry below the folder.
#[derive(Debug)]
pub struct Entry {
    /// Where it is.
    pub path: PathBuf,
    /// What it is; a link is a link.
    pub meta: Metadata,
    /// Folders between it and the start; 1 right below it.
    pub depth: usize,
}

/// Entries in the order of a depth-first walk. Folders that can be made again are passed over.
#[derive(Debug)]
pub struct Walk {
    open: Vec<(PathBuf, usize)>,
    found: Vec<Entry>,
    limit: WalkLimit,
    looked_at: usize,
    skipped: Vec<PathBuf>,
    git_folders: bool,
    cut: bool,
}

impl Walk {
    /// Below a folder; `.git` folders are entered only when asked.
    pub fn new(start: &Path, limit: WalkLimit, git_folders: bool) -> Self {
        Self {
            open: vec![(start.to_owned(), 0)],
            found: Vec::new(),
            limit,
            looked_at: 0,
            skipped: Vec::new(),
            git_folders,
            cut: false,
        }
    }

    /// Leaves out what is at this place.
    pub fn without(mut self, place: PathBuf) -> Self {
        self.skipped.push(place);
        self
    }

    /// Whether a limit ended it.
    pub fn was_cut(&self) -> bool {
        self.cut
    }

    /// Entries looked at so far.
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }

    fn read(&mut self, folder: &Path, depth: usize) {
        // A folder that cannot be read holds nothing that a command of the same person could remove.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            self.looked_at += 1;
            if self.looked_at > self.limit.entries_max {
                self.cut = true;
                return;
            }
            let path = entry.path();
            // `DirEntry::metadata` does not follow links.
            let Ok(meta) = entry.metadata() else { continue };
            if self.skipped.iter().any(|skipped| skipped.as_os_str() == path.as_os_str())
                || (!self.git_folders && entry.file_name() == ".git")
            {
                continue;
            }
            if meta.is_dir() && !is_regenerable(&path) {
                self.open.push((path.clone(), depth + 1));
            } else if meta.is_dir() {
                continue;
            }
            self.found.push(Entry { path, meta, depth: depth + 1 });
        }
    }
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.found.pop() {
                return Some(entry);
            }
            if self.cut {
                return None;
            }
            let (folder, depth) = self.open.pop()?;
            if Instant::now() > self.limit.deadline {
                self.cut = true;
                return None;
            }
            self.read(&folder, depth);
        }
    }
}
