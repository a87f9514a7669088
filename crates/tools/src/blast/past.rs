//! What a thread did before it was opened again, or what the threads did that it continues: read from their lines when the
//! first decision needs it. Invariant: where their checkpoints do not say what was there before them, no file counts as made
//! by their commands.

use std::collections::HashSet;
use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use codex_checkpoint::CheckpointStore;

/// What the lines of a thread say about files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastWork {
    /// Files that its patches added.
    pub added: HashSet<PathBuf>,
    /// When its commands ran.
    pub runs: Vec<(SystemTime, SystemTime)>,
    /// The thread, and those it continues: whose checkpoints tell what was there.
    pub threads: Vec<String>,
}

/// Reads the lines; blocking.
#[derive(Clone)]
pub struct PastReader(pub Arc<dyn Fn() -> PastWork + Send + Sync>);

impl fmt::Debug for PastReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PastReader")
    }
}

/// The past of one thread, once it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Past(OnceLock<Known>);

#[derive(Debug)]
struct Known {
    work: PastWork,
    /// What was there before the work; `None` when nobody knows.
    before: Option<HashSet<PathBuf>>,
}

impl Past {
    /// Whether the file was made by the work of which the lines tell. Blocking at the first question.
    pub(crate) fn made(&self, reader: &PastReader, home: &Path, path: &Path, meta: &Metadata) -> bool {
        let known = self.0.get_or_init(|| {
            let work = (reader.0)();
            let store = CheckpointStore::new(home);
            let first = work.threads.iter().filter_map(|thread| store.first_files(thread));
            let before = first.reduce(|mut all, more| {
                all.extend(more);
                all
            });
            Known { work, before }
        });
        let was_there = |known: &HashSet<PathBuf>| known.contains(path);
        if known.before.as_ref().is_some_and(was_there) {
            return false;
        }
        if known.work.added.contains(path) {
            return true;
        }
        let (Some(_), Ok(born)) = (&known.before, meta.created()) else { return false };
        known.work.runs.iter().any(|(begin, end)| *begin <= born && born <= *end)
    }
}
