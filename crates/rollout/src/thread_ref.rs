//! What a person says to mean a saved thread, and the file that was found for it.

use std::fmt;
use std::path::PathBuf;

use codex_protocol::ThreadId;

/// Which saved thread is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadRef {
    /// The one with this id.
    Id(ThreadId),
    /// The one with exactly this name.
    Name(String),
    /// The one written last, agents' own threads left out.
    Last {
        /// Only threads that were started in this folder.
        cwd: Option<PathBuf>,
    },
}

impl ThreadRef {
    /// A UUID means an id; anything else is a name.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

impl fmt::Display for ThreadRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "with id {id}"),
            Self::Name(name) => write!(f, "named `{name}`"),
            Self::Last { cwd: Some(cwd) } => write!(f, "was started in {}", cwd.display()),
            Self::Last { cwd: None } => f.write_str("at all"),
        }
    }
}

/// The file of a saved thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadFile {
    /// The thread, from the file's name.
    pub id: ThreadId,
    /// The file's own id, by which later files refer to it: the thread's for its first file, another one for each file
    /// that going back began (`tui.md §8`).
    pub part: ThreadId,
    /// Where it lies.
    pub path: PathBuf,
    /// In what form.
    pub packing: Packing,
}

/// The form of a thread's file (`rollouts.md §1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Packing {
    /// `.jsonl`; wins when both are there.
    Plain,
    /// `.jsonl.zst`
    Zstd,
}
