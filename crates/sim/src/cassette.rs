//! The cassette: what a recorded run looks like in memory and in the file. Knows no sockets and no clocks.
//!
//! # File format, version 1
//! UTF-8 JSON lines, mode 0600, one object per line; unknown fields and unknown `type`s are skipped (the latter with
//! a note), so a version only grows when old readers would misread.
//! 1. First line, the header: `{"format":"codex-cassette","version":1,"needs":"0.169.0","created_with":"codex",
//!    "client_version":"0.169.0","created_at":"2026-11-21T08:00:00Z"}`. `needs` is the oldest client that reads the file.
//! 2. `{"type":"turn","turn":1,"ms":0,"op":"new"|"resume"|"fork","source_thread":ID?,"prompt":TEXT,"cwd":PATH,
//!    "codex_home":PATH?,"tmp_dir":PATH?,"sandbox_mode":"workspace-write","model":SLUG?,"reasoning_effort":LEVEL?,"flags":[ARG…]}`:
//!    one user prompt and what is needed to run it again. `source_thread` is the thread a resume or fork began from.
//!    Several runs recorded into one file follow each other; turns and requests are numbered on.
//! 3. `{"type":"request","id":1,"turn":1,"ms":12,"body":{…}}`: a model request, one per attempt. No headers are kept.
//!    A body that is no JSON is kept as `"text":"…"` instead of `body`.
//! 4. `{"type":"event","request":1,"ms":40,"data":{…}}`: the data of one response event, exactly as received.
//!    Data that is no JSON, or spans lines, is kept as `"text":"…"` instead of `data`.
//! 5. `{"type":"end","request":1,"ms":90,"outcome":"ok"}` or `{"type":"end","request":1,"ms":90,"outcome":"error",
//!    "status":500?,"message":TEXT}`: how the attempt ended; `message` is the body of an HTTP error answer, or the
//!    reason a connection was lost. A request without an end was being answered when the recording stopped.
//!
//! `ms` counts from the moment the run's recording was opened. Secrets are replaced by `[secret:NAME]`.
//! A torn last line is tolerated; damage anywhere else is an error.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The `format` of the header line.
pub const CASSETTE_FORMAT: &str = "codex-cassette";

/// The format version this crate writes, and the highest it reads.
pub const CASSETTE_VERSION: u64 = 1;

/// The oldest client that reads what this crate writes.
pub(crate) const CASSETTE_NEEDS: &str = "0.169.0";

/// The first line of a cassette.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CassetteHeader {
    /// Always [`CASSETTE_FORMAT`].
    pub format: String,
    /// Format version.
    pub version: u64,
    /// The oldest client version that reads this file.
    #[serde(default)]
    pub needs: String,
    /// The program that recorded.
    #[serde(default)]
    pub created_with: String,
    /// The version of that program.
    #[serde(default)]
    pub client_version: String,
    /// When the file was begun, RFC 3339.
    #[serde(default)]
    pub created_at: String,
}

/// How a turn came to its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadOp {
    /// The turn begins a thread.
    New,
    /// The turn continues a stored thread.
    Resume,
    /// The turn begins a thread with the history of a stored one.
    Fork,
}

/// One recorded user prompt and what is needed to run it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnRecord {
    /// How the turn came to its thread.
    pub op: ThreadOp,
    /// The thread a resume or fork began from, as recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_thread: Option<String>,
    /// The prompt's text.
    pub prompt: String,
    /// The working folder.
    pub cwd: String,
    /// `$CODEX_HOME`, so that paths in it can be mapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codex_home: Option<String>,
    /// `$TMPDIR` when it was set: the sandbox names it to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmp_dir: Option<String>,
    /// `read-only`, `workspace-write` or `danger-full-access`.
    pub sandbox_mode: String,
    /// The model's slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The reasoning effort asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// Further command-line arguments that shape requests (`-c`, `--output-schema`, `-i`), in order.
    #[serde(default)]
    pub flags: Vec<String>,
}

/// One event of a recorded response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Milliseconds since the recording was opened.
    pub ms: u64,
    /// The event's data as received.
    pub data: String,
}

/// How a recorded attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeEnd {
    /// The response was complete.
    Ok,
    /// The attempt failed.
    Error {
        /// The HTTP status; none when the connection was lost or the stream broke.
        status: Option<u16>,
        /// The answer's body, or the reason.
        message: String,
    },
    /// The recording stopped before the end.
    Missing,
}

/// One recorded model request with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Number in the file, from 1.
    pub id: u64,
    /// The turn it belongs to, from 1; 0 when no turn was recorded before it.
    pub turn: u64,
    /// Milliseconds since the recording was opened.
    pub ms: u64,
    /// The request body; a string when it was no JSON.
    pub body: Value,
    /// The answer's events.
    pub events: Vec<RecordedEvent>,
    /// How it ended.
    pub end: ExchangeEnd,
}

impl Exchange {
    /// Whether the answer is whole: it ended well, or its last word was that it is complete.
    pub fn is_complete(&self) -> bool {
        let completed = |event: &RecordedEvent| event.data.contains("\"response.completed\"");
        match self.end {
            ExchangeEnd::Ok => true,
            ExchangeEnd::Missing => self.events.last().is_some_and(completed),
            ExchangeEnd::Error { .. } => false,
        }
    }
}

/// A whole recorded run.
#[derive(Clone, Debug, PartialEq)]
pub struct Cassette {
    /// The first line.
    pub header: CassetteHeader,
    /// The prompts, in order; turn numbers are positions from 1.
    pub turns: Vec<TurnRecord>,
    /// The model requests, in order.
    pub exchanges: Vec<Exchange>,
    /// What was skipped while reading, in words for the user.
    pub notes: Vec<String>,
}

impl Cassette {
    /// Reads a cassette file.
    pub fn read(path: &Path) -> Result<Cassette, crate::error::SimError> {
        crate::cassette_reader::read(path)
    }

    /// Reads a cassette that is already in memory; `name` stands for the file in errors.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Cassette, crate::error::SimError> {
        crate::cassette_reader::parse(Path::new(name), bytes)
    }

    /// The recorded prompts, in order, with what is needed to run them again.
    pub fn prompts(&self) -> &[TurnRecord] {
        &self.turns
    }

    /// The recorded id of the thread a turn (from 1) ran in: the `prompt_cache_key` of its first request.
    pub fn thread_of_turn(&self, turn: u64) -> Option<&str> {
        let mut requests = self.exchanges.iter().filter(|exchange| exchange.turn == turn);
        requests.find_map(|exchange| exchange.body["prompt_cache_key"].as_str())
    }

    /// The position (from 1) of the turn whose thread a turn (from 1) resumed or forked; `None` when that thread was
    /// not made in this cassette.
    pub fn source_turn(&self, turn: u64) -> Option<u64> {
        let position = usize::try_from(turn).ok()?.checked_sub(1)?;
        let source = self.turns.get(position)?.source_thread.as_deref()?;
        (1..turn).rev().find(|earlier| self.thread_of_turn(*earlier) == Some(source))
    }
}
