//! Everything that can go wrong with saved threads: one variant per decision a caller can take.
//! Invariant: a message names the thread or the file; [`RolloutError::hint`] is the way out. Prints nothing.

use std::io;
use std::path::PathBuf;

use codex_protocol::ThreadId;

use crate::ThreadRef;

/// A saved thread could not be found, read or written.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// No file for what was asked.
    #[error("no saved thread {thread}")]
    NotFound {
        /// What was asked for.
        thread: ThreadRef,
    },
    /// The thread is put away (`rollouts.md §9`).
    #[error("thread {id} is archived")]
    Archived {
        /// The thread.
        id: ThreadId,
        /// Where it lies.
        path: PathBuf,
    },
    /// `unarchive` of a thread that is not put away.
    #[error("thread {id} is not archived")]
    NotArchived {
        /// The thread.
        id: ThreadId,
    },
    /// A thread of the old form cannot go back: its lines have no numbers to cut at.
    #[error("thread {id} was saved in the old form and cannot go back")]
    LegacyRewind {
        /// The thread.
        id: ThreadId,
    },
    /// Going back in a thread nothing is saved of.
    #[error("nothing of thread {id} is saved yet")]
    NotBegun {
        /// The thread.
        id: ThreadId,
    },
    /// The message to go back to is not there.
    #[error("thread {id} has no message {item} of yours")]
    NoSuchMessage {
        /// The thread.
        id: ThreadId,
        /// What was asked for.
        item: String,
    },
    /// Another process, or another part of this one, writes the thread.
    #[error("thread {id} already has an active writer")]
    ActiveWriter {
        /// The thread.
        id: ThreadId,
        /// The lock that is held.
        lock: PathBuf,
    },
    /// The file has no byte.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The first line is not a `session_meta`.
    #[error("{} is not a saved thread: {reason}", path.display())]
    NotAThread {
        /// The file.
        path: PathBuf,
        /// What is wrong with its first line.
        reason: String,
    },
    /// Another program appended to a paginated thread as if it were a legacy one.
    #[error("the last line of {} has no ordinal, although its thread is paginated", path.display())]
    UnnumberedTail {
        /// The file.
        path: PathBuf,
    },
    /// The thread a fork refers to is gone.
    #[error("missing source rollout: thread {id} continues thread {origin}, which has no file")]
    MissingSource {
        /// The fork.
        id: ThreadId,
        /// The thread it was forked from.
        origin: ThreadId,
    },
    /// Forks that refer to each other in a circle.
    #[error("thread {id} continues itself through its own forks")]
    SourceCycle {
        /// The thread met twice.
        id: ThreadId,
    },
    /// Deleting would take the history of other threads away.
    #[error("thread {id} is the source of {} other thread(s), first {}", forks.len(), first(forks))]
    HasForks {
        /// The thread.
        id: ThreadId,
        /// Threads that need it.
        forks: Vec<ThreadId>,
    },
    /// A thread with this id is there already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An empty name, or one with a line break.
    #[error("`{name}` cannot be the name of a thread")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// Reading failed.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Writing failed. What was on disk before is whole; the same call may be tried again.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A payload that is not JSON.
    #[error("cannot encode a line of {}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl RolloutError {
    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { thread: ThreadRef::Last { cwd: Some(_) } } => {
                "start one with `codex exec`, or look in every folder with `--all`".to_owned()
            }
            Self::NotFound { thread: ThreadRef::Last { cwd: None } } => {
                "start one with `codex exec`".to_owned()
            }
            Self::NotFound { .. } => "ids and names must be exact; `--last` takes the newest thread".to_owned(),
            Self::Archived { id, .. } => format!("run `codex unarchive {id}` first"),
            Self::NotArchived { id } => format!("it can be resumed as it is: `codex exec resume {id}`"),
            Self::ActiveWriter { id, .. } => {
                format!(
                    "wait until the other process ends, or continue in a copy: `codex fork {id}` (in scripts \
                     `codex exec fork {id}`)"
                )
            }
            Self::Empty { .. } => "nothing was saved in it; delete the file".to_owned(),
            Self::LegacyRewind { id } => format!("continue in a copy instead: `codex fork {id}`"),
            Self::NotBegun { .. } => "say something first".to_owned(),
            Self::NoSuchMessage { .. } => "choose one of the messages shown".to_owned(),
            Self::NotAThread { .. } => {
                "the file is older than the format this version reads, or was damaged; restore it from a backup \
                 or start a new thread"
                    .to_owned()
            }
            Self::UnnumberedTail { .. } => {
                "remove the lines without `ordinal` from the end of the file, or fork an earlier thread".to_owned()
            }
            Self::MissingSource { origin, .. } => {
                format!("put the file of thread {origin} back below `sessions` or `archived_sessions`")
            }
            Self::SourceCycle { .. } => "one of the `session_meta` lines was edited; restore it".to_owned(),
            Self::HasForks { forks, .. } => format!("delete the forks first, beginning with {}", first(forks)),
            Self::Exists { .. } => "resume that thread instead".to_owned(),
            Self::InvalidName { .. } => "a name has at least one character and no line break".to_owned(),
            Self::Read { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => "make the file readable for this user".to_owned(),
                _ => return None,
            },
            Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space on that disk and send the message again".to_owned()
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "make the folder writable, point CODEX_HOME elsewhere, or run with `--ephemeral` to save nothing"
                        .to_owned()
                }
                _ => return None,
            },
            Self::Encode { .. } => return None,
        })
    }
}

fn first(forks: &[ThreadId]) -> String {
    forks.first().map(ToString::to_string).unwrap_or_default()
}
