//! Making a checkpoint: every file of the covered folders that git cannot bring back is copied, once as long as it does
//! not change. Blocking. Invariant: the budget bounds time, entries and bytes; what it leaves out is said.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::git_index::modified_ns;
use crate::manifest::{Head, Kept};
use crate::wide_walk::{files_below, threads};
use crate::{CheckpointError, Entry, GitIndex, ThreadShelf, Walk, WalkLimit, beneath};

/// Fewer copies are made by one thread.
const PARALLEL_FROM: usize = 16;

/// What a checkpoint may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Entries looked at.
    pub entries_max: usize,
    /// Bytes copied for the whole thread.
    pub bytes_max: u64,
    /// Larger files are left out.
    pub file_bytes_max: u64,
    /// The time one checkpoint has.
    pub time_max: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            entries_max: 50_000,
            bytes_max: 256 * 1024 * 1024,
            file_bytes_max: 32 * 1024 * 1024,
            time_max: Duration::from_millis(1_500),
        }
    }
}

/// What a checkpoint covers.
#[derive(Clone)]
pub struct Coverage<'a> {
    /// Folders, with everything below them.
    pub roots: Vec<PathBuf>,
    /// Left out, such as our own home.
    pub without: Vec<PathBuf>,
    /// Which files may be copied at all.
    pub may_copy: &'a dyn Fn(&Path) -> bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Entries looked at.
    pub entries: usize,
    /// Files that can be brought back from copies.
    pub files: usize,
    /// Bytes copied now.
    pub copied_bytes: u64,
    /// Files left out because of the budget, or because they could not be read.
    pub left_out: usize,
    /// The folders were not looked through to their end.
    pub cut: bool,
}

/// Makes the checkpoints of one thread, remembering what it has copied.
#[derive(Debug)]
pub struct Taker {
    shelf: ThreadShelf,
    budget: Budget,
    known: HashMap<PathBuf, Kept>,
    /// Files that the first checkpoint met: the thread did not make them.
    first: Option<Vec<OsString>>,
    bytes: u64,
    copies: AtomicU64,
}

impl Taker {
    /// For a thread that was just opened.
    pub fn new(shelf: ThreadShelf, budget: Budget) -> Self {
        Self { shelf, budget, known: HashMap::new(), first: None, bytes: 0, copies: AtomicU64::new(0) }
    }

    /// Whether the file was there at the first checkpoint; `false` as long as there is none.
    pub fn was_there(&self, path: &Path) -> bool {
        let path = path.as_os_str().as_encoded_bytes();
        self.first
            .as_ref()
            .is_some_and(|first| first.binary_search_by(|known| known.as_encoded_bytes().cmp(path)).is_ok())
    }

    /// Copies what the folders hold now.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn take(&mut self, turn: &str, coverage: &Coverage<'_>) -> Result<Taken, CheckpointError> {
        self.shelf.prepare()?;
        let limit = WalkLimit {
            entries_max: self.budget.entries_max,
            deadline: Instant::now() + self.budget.time_max,
        };
        let mut taken = Taken::default();
        let mut kept = Vec::new();
        let mut missing_in_git = Vec::new();
        let mut seen = Vec::new();
        let roots: Vec<PathBuf> =
            coverage.roots.iter().filter_map(|root| std::fs::canonicalize(root).ok()).collect();
        let looked_at = AtomicUsize::new(0);
        for root in &roots {
            let index = GitIndex::around(root);
            let found = files_below(root, limit, &coverage.without, &looked_at);
            let mut there: Vec<OsString> =
                found.files.iter().map(|entry| entry.path.as_os_str().to_owned()).collect();
            there.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
            missing_in_git.extend(index.iter().flat_map(|index| index.missing_besides(&there)));
            let is_copied = |entry: &Entry| {
                (coverage.may_copy)(&entry.path)
                    && !index.as_ref().is_some_and(|index| index.is_unchanged(&entry.path, &entry.meta))
            };
            if self.first.is_none() {
                seen.append(&mut there);
            }
            let files = found.files.into_iter().filter(is_copied).map(|entry| (entry.path, entry.meta));
            self.keep_all(files.collect(), &mut kept, &mut taken);
            taken.cut |= found.cut;
            taken.entries += found.looked_at;
        }
        if self.first.is_none() {
            seen.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
            self.first = Some(seen);
        }
        taken.files = kept.len();
        let whole = !taken.cut && taken.left_out == 0;
        let head = Head { turn: turn.to_owned(), taken_at_ms: now_ms(), roots, whole, missing_in_git };
        self.shelf.write(&head, &kept)?;
        Ok(taken)
    }

    /// Copies single files or folders, wherever they are, besides what [`Self::take`] covers.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_places(&mut self, turn: &str, places: &[PathBuf]) -> Result<Taken, CheckpointError> {
        self.shelf.prepare()?;
        let limit = WalkLimit {
            entries_max: self.budget.entries_max,
            deadline: Instant::now() + self.budget.time_max,
        };
        let mut taken = Taken::default();
        let mut kept = Vec::new();
        for place in places {
            let (Some(parent), Some(name)) = (place.parent(), place.file_name()) else { continue };
            let Ok(place) = std::fs::canonicalize(parent).map(|parent| parent.join(name)) else { continue };
            let Ok(meta) = place.symlink_metadata() else { continue };
            let mut files = Vec::new();
            if meta.is_dir() {
                let mut walk = Walk::new(&place, limit, true);
                files.extend(
                    walk.by_ref().filter(|entry| entry.meta.is_file()).map(|entry| (entry.path, entry.meta)),
                );
                taken.cut |= walk.was_cut();
                taken.entries += walk.looked_at();
            } else if meta.is_file() {
                files.push((place, meta));
            }
            self.keep_all(files, &mut kept, &mut taken);
        }
        taken.files = kept.len();
        let head = Head {
            turn: turn.to_owned(),
            taken_at_ms: now_ms(),
            roots: Vec::new(),
            whole: !taken.cut && taken.left_out == 0,
            missing_in_git: Vec::new(),
        };
        self.shelf.write(&head, &kept)?;
        Ok(taken)
    }

    /// The copies of files, made now unless a file has not changed since its copy was made; by several threads.
    fn keep_all(&mut self, files: Vec<(PathBuf, Metadata)>, kept: &mut Vec<Kept>, taken: &mut Taken) {
        let mut wanted = Vec::new();
        let mut bytes = self.bytes;
        for (path, meta) in files {
            let modified_ns = modified_ns(&meta).and_then(|ns| i64::try_from(ns).ok());
            let known = self
                .known
                .get(&path)
                .filter(|known| known.size == meta.len() && Some(known.modified_ns) == modified_ns);
            if let Some(known) = known {
                kept.push(known.clone());
                continue;
            }
            let fits =
                meta.len() <= self.budget.file_bytes_max && bytes + meta.len() <= self.budget.bytes_max;
            // A path that is no text cannot be written down.
            match modified_ns.filter(|_| fits && path.to_str().is_some()) {
                Some(modified_ns) => {
                    bytes += meta.len();
                    wanted.push((path, meta, modified_ns));
                }
                None => taken.left_out += 1,
            }
        }
        let next = AtomicUsize::new(0);
        let work = || {
            let mut made = Vec::new();
            while let Some((path, meta, modified_ns)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Ok((copy, copied)) = self.copy_anew(path, meta.len()) {
                    let kept = Kept {
                        path: path.clone(),
                        size: meta.len(),
                        modified_ns: *modified_ns,
                        mode: mode(meta),
                        copy,
                    };
                    made.push((kept, copied));
                }
            }
            made
        };
        let workers = if wanted.len() < PARALLEL_FROM { 1 } else { threads() };
        let made: Vec<(Kept, u64)> = std::thread::scope(|scope| {
            let mut others = Vec::new();
            others.resize_with(workers - 1, || scope.spawn(work));
            let mut made = work();
            for other in others {
                made.extend(other.join().unwrap_or_default());
            }
            made
        });
        taken.left_out += wanted.len().saturating_sub(made.len());
        for (file, copied) in made {
            self.bytes += copied;
            taken.copied_bytes += copied;
            // An earlier checkpoint may name a former copy, which therefore stays.
            self.known.insert(file.path.clone(), file.clone());
            kept.push(file);
        }
    }

    /// Copies under a name nobody has: another taker of this process may count from the same moment on.
    fn copy_anew(&self, path: &Path, size: u64) -> io::Result<(String, u64)> {
        loop {
            let number = self.copies.fetch_add(1, Ordering::Relaxed);
            let name = format!("{}-{}-{number}", now_ms(), std::process::id());
            match self.copy(path, &name, size) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                copied => return copied.map(|bytes| (name, bytes)),
            }
        }
    }

    fn copy(&self, path: &Path, name: &str, size: u64) -> io::Result<u64> {
        let mut from = beneath::open(path)?;
        let mut to = self.shelf.new_object(name)?;
        // Copied by the kernel, and shared with the original where the file system can. A file that grows meanwhile is
        // not followed for ever.
        let copied = match from.metadata()?.len() == size {
            true => io::copy(&mut from, &mut to),
            false => io::copy(&mut from.take(self.budget.file_bytes_max), &mut to),
        };
        if copied.is_err() {
            self.shelf.remove_object(name);
        }
        copied
    }
}

#[cfg(unix)]
fn mode(meta: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0o644
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
