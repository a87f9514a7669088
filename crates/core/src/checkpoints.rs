//! What commands of a thread removed or changed, and bringing it back, for those who show it. Knows no screen.

use std::path::{Path, PathBuf};

use codex_checkpoint::{CheckpointStore, Fate, LostFile};
use codex_protocol::ThreadId;

/// The copies below one home folder.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    store: CheckpointStore,
}

/// A file that can be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoverable {
    /// Where it was.
    pub path: PathBuf,
    /// Whether something else is there now: other content, or another file.
    pub is_changed: bool,
    /// Bytes of the copy.
    pub bytes: u64,
    /// When the copy was made, in milliseconds since 1970.
    pub copied_at_ms: u64,
}

/// What is missing since a thread began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// Files with a copy, sorted by path.
    pub files: Vec<Recoverable>,
    /// Files that git tracks: `git restore` brings them back.
    pub in_git: Vec<PathBuf>,
    /// Not everything was copied: there may be more.
    pub is_partial: bool,
    /// Whether the thread has copies at all.
    pub has_copies: bool,
}

/// What was brought back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BroughtBack {
    /// These are there again.
    pub files: Vec<PathBuf>,
    /// One sentence for each that is not.
    pub failures: Vec<String>,
}

impl Checkpoints {
    /// The copies below this home folder.
    pub fn new(codex_home: &Path) -> Self {
        Self { store: CheckpointStore::new(codex_home) }
    }

    /// What is missing or changed since the thread's checkpoints. Blocking.
    pub fn missing(&self, thread: ThreadId) -> Missing {
        let lost = self.store.thread(&thread.to_string()).lost();
        Missing {
            files: lost.files.iter().map(recoverable).collect(),
            in_git: lost.in_git,
            is_partial: lost.partly,
            has_copies: lost.any,
        }
    }

    /// Brings these files back; what is in their place is copied first. Blocking.
    pub fn bring_back(&self, thread: ThreadId, paths: &[PathBuf]) -> BroughtBack {
        let shelf = self.store.thread(&thread.to_string());
        let wanted = |file: &LostFile| paths.contains(&file.path);
        let files: Vec<LostFile> = shelf.lost().files.into_iter().filter(wanted).collect();
        let restored = shelf.restore(&files);
        BroughtBack {
            files: restored.files,
            failures: restored.failed.iter().map(|error| format!("{error}.")).collect(),
        }
    }
}

fn recoverable(file: &LostFile) -> Recoverable {
    Recoverable {
        path: file.path.clone(),
        is_changed: file.fate == Fate::Changed,
        bytes: file.size,
        copied_at_ms: file.copied_at_ms,
    }
}
