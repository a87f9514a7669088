//! Walking a whole folder with several threads: every regular file below it, within limits, links not followed. For
//! checkpoints, which need all of them at once. Invariant: the limits hold over all threads together.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::{Entry, WalkLimit, is_regenerable};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Regular files, in no order.
    pub(crate) files: Vec<Entry>,
    /// Entries looked at.
    pub(crate) looked_at: usize,
    /// Whether a limit ended it.
    pub(crate) cut: bool,
}

/// Folders that wait, and how many threads may still find more.
#[derive(Debug)]
struct Queue {
    open: Vec<(PathBuf, usize)>,
    busy: usize,
}

struct Walkers<'a> {
    queue: Mutex<Queue>,
    changed: Condvar,
    limit: WalkLimit,
    without: HashSet<OsString>,
    looked_at: &'a AtomicUsize,
    cut: AtomicBool,
}

/// How many threads are worth it.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

/// Every regular file below `start`. `looked_at` counts over several walks with one limit.
pub(crate) fn files_below(
    start: &Path,
    limit: WalkLimit,
    without: &[PathBuf],
    looked_at: &AtomicUsize,
) -> Found {
    let before = looked_at.load(Ordering::Relaxed);
    let walkers = Walkers {
        queue: Mutex::new(Queue { open: vec![(start.to_owned(), 0)], busy: 0 }),
        changed: Condvar::new(),
        limit,
        without: without.iter().map(|place| place.as_os_str().to_owned()).collect(),
        looked_at,
        cut: AtomicBool::new(false),
    };
    let files = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads()).map(|_| scope.spawn(|| walkers.work())).collect();
        let mut files = walkers.work();
        for other in others {
            match other.join() {
                Ok(more) => files.extend(more),
                // What it would have found is not covered.
                Err(_) => walkers.cut.store(true, Ordering::Relaxed),
            }
        }
        files
    });
    let cut = walkers.cut.load(Ordering::Relaxed);
    Found { files, looked_at: looked_at.load(Ordering::Relaxed) - before, cut }
}

impl Walkers<'_> {
    fn work(&self) -> Vec<Entry> {
        let mut files = Vec::new();
        while let Some((folder, depth)) = self.next() {
            let inner = self.read(&folder, depth, &mut files);
            let mut queue = self.queue();
            queue.busy -= 1;
            queue.open.extend(inner);
            drop(queue);
            self.changed.notify_all();
        }
        files
    }

    /// The next folder; `None` when there is none and nobody can find one.
    fn next(&self) -> Option<(PathBuf, usize)> {
        let mut queue = self.queue();
        loop {
            if self.cut.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(next) = queue.open.pop() {
                queue.busy += 1;
                return Some(next);
            }
            if queue.busy == 0 {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn read(&self, folder: &Path, depth: usize, files: &mut Vec<Entry>) -> Vec<(PathBuf, usize)> {
        let mut inner = Vec::new();
        if Instant::now() > self.limit.deadline {
            self.cut.store(true, Ordering::Relaxed);
            return inner;
        }
        // A folder that cannot be read holds nothing that a command of the same person could remove.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if self.looked_at.fetch_add(1, Ordering::Relaxed) >= self.limit.entries_max {
                self.cut.store(true, Ordering::Relaxed);
                break;
            }
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_symlink() || entry.file_name() == ".git" {
                continue;
            }
            let path = entry.path();
            if self.without.contains(path.as_os_str()) {
                continue;
            }
            if kind.is_dir() {
                if !is_regenerable(&path) {
                    inner.push((path, depth + 1));
                }
            } else if kind.is_file()
                && let Ok(meta) = entry.metadata()
            {
                files.push(Entry { path, meta, depth: depth + 1 });
            }
        }
        inner
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
