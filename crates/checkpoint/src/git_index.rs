//! git's own list of what it tracks (`index`, versions 2 to 4), read to know which files git can bring back. Reads
//! files only; git itself is not run. Invariant: a list that is not understood whole is no list.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use codex_stdx::read_regular;

/// An index of a repository with very many files.
const INDEX_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// A `.git` file that points elsewhere.
const POINTER_BYTES_MAX: u64 = 8 * 1024;

/// What git tracks in one work tree.
#[derive(Debug, Clone)]
pub struct GitIndex {
    root: PathBuf,
    entries: BTreeMap<Vec<u8>, Tracked>,
    /// When the list was written: a file changed in that moment may look unchanged.
    written_ns: i128,
}

/// A file as git saw it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tracked {
    seconds: u32,
    nanos: u32,
    size: u32,
}

impl GitIndex {
    /// The list of the work tree around `folder`; `None` outside of one, and when it cannot be read.
    pub fn around(folder: &Path) -> Option<Self> {
        let root = folder.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())?;
        let dot_git = root.join(".git");
        let git_dir = match dot_git.symlink_metadata().ok()?.is_dir() {
            true => dot_git,
            false => {
                let pointer = String::from_utf8(read_regular(&dot_git, POINTER_BYTES_MAX).ok()?).ok()?;
                root.join(pointer.strip_prefix("gitdir:")?.trim())
            }
        };
        let file = git_dir.join("index");
        let bytes = read_regular(&file, INDEX_BYTES_MAX).ok()?;
        let written_ns = file.metadata().ok().and_then(|meta| modified_ns(&meta))?;
        // SHA-1 is what nearly all repositories have.
        let entries = [20, 32].iter().find_map(|hash| entries(&bytes, *hash))?;
        Some(Self { root: root.to_owned(), entries, written_ns })
    }

    /// The work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether git tracks the file and it looks as it did when git saw it last: its content is in the repository.
    pub fn is_unchanged(&self, path: &Path, meta: &Metadata) -> bool {
        let Ok(below) = path.strip_prefix(&self.root) else { return false };
        let Some(tracked) = self.entries.get(below.as_os_str().as_encoded_bytes()) else { return false };
        self.looks_alike(*tracked, meta)
    }

    /// Tracked files that are gone.
    pub fn missing(&self) -> Vec<PathBuf> {
        self.paths().filter(|path| path.symlink_metadata().is_err()).collect()
    }

    /// Tracked files that are gone, when these are there (absolute paths, as bytes, sorted): only others are looked for.
    pub(crate) fn missing_besides(&self, there: &[std::ffi::OsString]) -> Vec<PathBuf> {
        let is_there = |path: &PathBuf| {
            let bytes = path.as_os_str().as_encoded_bytes();
            there.binary_search_by(|known| known.as_encoded_bytes().cmp(bytes)).is_ok()
        };
        self.paths().filter(|path| !is_there(path) && path.symlink_metadata().is_err()).collect()
    }

    /// Tracked files at or below one of these places that do not look as git saw them last.
    pub fn changed(&self, below: &[PathBuf]) -> Vec<PathBuf> {
        let changed = |(path, tracked): (&Vec<u8>, &Tracked)| {
            let path = self.absolute(path)?;
            let wanted = below.is_empty() || below.iter().any(|place| path.starts_with(place));
            let meta = path.symlink_metadata().ok().filter(|_| wanted)?;
            (!self.looks_alike(*tracked, &meta)).then_some(path)
        };
        self.entries.iter().filter_map(changed).collect()
    }

    fn looks_alike(&self, tracked: Tracked, meta: &Metadata) -> bool {
        let Some(modified) = modified_ns(meta) else { return false };
        let (seconds, nanos) = (modified.div_euclid(1_000_000_000), modified.rem_euclid(1_000_000_000));
        modified < self.written_ns
            && i128::from(tracked.seconds) == seconds & 0xffff_ffff
            && (tracked.nanos == 0 || i128::from(tracked.nanos) == nanos)
            && u64::from(tracked.size) == meta.len() & 0xffff_ffff
    }

    fn paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.entries.keys().filter_map(|path| self.absolute(path))
    }

    fn absolute(&self, path: &[u8]) -> Option<PathBuf> {
        Some(self.root.join(os_string(path)?))
    }
}

/// Nanoseconds since 1970.
pub(crate) fn modified_ns(meta: &Metadata) -> Option<i128> {
    let modified = meta.modified().ok()?;
    let ns = |time: std::time::Duration| i128::try_from(time.as_nanos()).ok();
    match modified.duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => ns(since),
        Err(before) => ns(before.duration()).map(|ns| -ns),
    }
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(bytes.to_vec()))
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    String::from_utf8(bytes.to_vec()).ok().map(OsString::from)
}

/// Every regular file of the list, by path; `None` when it is not understood whole.
fn entries(bytes: &[u8], hash: usize) -> Option<BTreeMap<Vec<u8>, Tracked>> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if bytes.get(..4)? != b"DIRC" {
        return None;
    }
    let version = number(4)?;
    if !(2..=4).contains(&version) {
        return None;
    }
    let count = number(8)?;
    let mut entries = BTreeMap::new();
    let mut last: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..count {
        let start = at;
        let tracked = Tracked { seconds: number(at + 8)?, nanos: number(at + 12)?, size: number(at + 36)? };
        let mode = number(at + 24)?;
        let flags_at = at + 40 + hash;
        let flags = u16::from_be_bytes(bytes.get(flags_at..flags_at + 2)?.try_into().ok()?);
        at = flags_at + 2;
        if version >= 3 && flags & 0x4000 != 0 {
            at += 2;
        }
        if version == 4 {
            let (strip, used) = varint(bytes.get(at..)?)?;
            at += used;
            last.truncate(last.len().checked_sub(strip)?);
        } else {
            last.clear();
        }
        let len = bytes.get(at..)?.iter().position(|byte| *byte == 0)?;
        last.extend_from_slice(bytes.get(at..at + len)?);
        at = match version {
            4 => at + len + 1,
            // Padded with one to eight zeros to a multiple of eight.
            _ => start + ((at + len - start) / 8 + 1) * 8,
        };
        if last.is_empty() || last.starts_with(b"/") {
            return None;
        }
        let stage = (flags >> 12) & 3;
        if mode & 0o170_000 == 0o100_000 && stage == 0 {
            entries.insert(last.clone(), tracked);
        }
    }
    (at + hash <= bytes.len()).then_some(entries)
}

/// git's number of variable length: how many bytes of the last path go.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut used = 0;
    let mut value = 0_usize;
    loop {
        let byte = *bytes.get(used)?;
        used += 1;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some((value, used));
        }
        value = value.checked_add(1)?;
    }
}
