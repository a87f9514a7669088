//! What reading a saved thread gives, and what had to be left out.

use std::fmt;
use std::path::PathBuf;

use codex_protocol::{HistoryMode, ResponseItem, SessionMeta, ThreadId, TokenUsage, TurnContext, WindowId};
use serde_json::Value;

/// A saved thread as far as the next request needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedThread {
    /// The file's first line.
    pub meta: SessionMeta,
    /// How the file numbers its lines.
    pub mode: HistoryMode,
    /// The file.
    pub path: PathBuf,
    /// The history after compactions and rollbacks, in order (`rollouts.md §6`, steps 1 to 4). Calls and outputs
    /// are not paired.
    pub history: Vec<ResponseItem>,
    /// The settings of the last turn.
    pub turn_context: Option<TurnContext>,
    /// What the model was told last: the last full state and the patches after it. `None`: tell it everything.
    pub world_state: Option<Value>,
    /// Tokens of the thread so far, those of a fork's source included.
    pub thread_usage: TokenUsage,
    /// Tokens of the last response.
    pub last_usage: Option<TokenUsage>,
    /// The context window the thread is in.
    pub window: WindowState,
    /// The ordinal of the next line; 0 in a legacy file, whose lines have none.
    pub next_ordinal: u64,
    /// The last `history_sequence` given out.
    pub last_history_sequence: u64,
    /// The last turn has no end on disk: it was killed, or runs in another process.
    pub mid_turn: bool,
    /// The first things that were left out.
    pub skipped: Vec<Skipped>,
    /// How many were left out in all.
    pub skipped_total: u64,
    /// Bytes of the file, its damaged end included.
    pub size: u64,
    /// Bytes that were read to get here; grows with the live context, not with `size`.
    pub bytes_read: u64,
}

/// The context window: everything between two compactions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowState {
    /// Compactions so far.
    pub number: u64,
    /// This window; missing in old files.
    pub window_id: Option<WindowId>,
    /// The thread's first window.
    pub first_window_id: Option<WindowId>,
}

/// Something in the file that could not be used. It stays in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// Where the line begins, in bytes of the unpacked file.
    pub offset: u64,
    /// Why.
    pub reason: SkipReason,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}: {}", self.path.display(), self.offset, self.reason)
    }
}

/// Why something was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// The last line was cut off while it was written.
    Torn,
    /// A line that is not JSON, or JSON of another shape.
    NotALine(String),
    /// A line that is not text.
    InvalidUtf8,
    /// A line of a type this version does not know.
    UnknownType(String),
    /// An item of a type this version does not know; it is not sent.
    UnknownItem(String),
    /// A line of a known type with contents of another shape.
    BadPayload {
        /// The line's type.
        kind: &'static str,
        /// What is wrong.
        error: String,
    },
    /// The source of a fork is shorter than the fork says.
    SourceShort {
        /// The source thread.
        origin: ThreadId,
    },
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn => f.write_str("the last line was cut off"),
            Self::NotALine(error) => write!(f, "not a line of a saved thread ({error})"),
            Self::InvalidUtf8 => f.write_str("the line is not valid UTF-8"),
            Self::UnknownType(kind) => write!(f, "unknown line type `{kind}`"),
            Self::UnknownItem(kind) => write!(f, "unknown item type `{kind}`"),
            Self::BadPayload { kind, error } => write!(f, "a `{kind}` line of another shape ({error})"),
            Self::SourceShort { origin } => write!(f, "the file of thread {origin} has lost its end"),
        }
    }
}
