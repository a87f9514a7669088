//! The list of paths that were found so far, as one text. Knows no file system.

use std::ops::Range;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file, or anything that is no folder; links count as files and are not followed.
    File,
    /// A folder.
    Folder,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: usize,
    len: u32,
    kind: Kind,
}

/// Paths below the root, parted by `/`, in the order they were found.
#[derive(Debug, Default)]
pub(crate) struct Index {
    text: String,
    entries: Vec<Entry>,
}

impl Index {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a path; one that is too long for any file system is left out.
    pub(crate) fn push(&mut self, path: &str, kind: Kind) {
        let Ok(len) = u32::try_from(path.len()) else { return };
        self.entries.push(Entry { start: self.text.len(), len, kind });
        self.text.push_str(path);
    }

    /// Moves all paths of another index behind these.
    pub(crate) fn append(&mut self, other: &Self) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        self.entries.extend(other.entries.iter().map(|entry| Entry { start: entry.start + shift, ..*entry }));
    }

    pub(crate) fn get(&self, at: usize) -> Option<(&str, Kind)> {
        let entry = self.entries.get(at)?;
        let range: Range<usize> = entry.start..entry.start + usize::try_from(entry.len).ok()?;
        Some((self.text.get(range)?, entry.kind))
    }
}
