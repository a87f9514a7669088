//! Which files a thread made itself: those its patches added, and those that came into being while one of its commands
//! ran. Invariant: where the system does not say when a file was made, the thread did not make it. A file that somebody
//! else makes beside a running command counts as the thread's.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The kernel stamps files with a clock that lags behind by a tick.
const CLOCK_LAG: Duration = Duration::from_millis(20);

/// What a thread made.
#[derive(Debug, Default)]
pub(crate) struct Provenance {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    added: HashSet<PathBuf>,
    runs: Vec<(SystemTime, Option<SystemTime>)>,
}

/// A running command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run(usize);

impl Provenance {
    /// A patch made a file.
    pub(crate) fn added(&self, path: PathBuf) {
        self.known().added.insert(path);
    }

    /// A command begins.
    pub(crate) fn begins(&self, now: SystemTime) -> Run {
        let mut known = self.known();
        known.runs.push((now.checked_sub(CLOCK_LAG).unwrap_or(now), None));
        Run(known.runs.len() - 1)
    }

    /// It ended.
    pub(crate) fn ends(&self, run: Run, now: SystemTime) {
        if let Some((_, end)) = self.known().runs.get_mut(run.0) {
            *end = Some(now);
        }
    }

    /// Whether the thread made this file or folder.
    pub(crate) fn made(&self, path: &Path, meta: &Metadata) -> bool {
        let known = self.known();
        if known.added.contains(path) {
            return true;
        }
        let Ok(born) = meta.created() else { return false };
        known.runs.iter().any(|(begin, end)| *begin <= born && end.is_none_or(|end| born <= end))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
