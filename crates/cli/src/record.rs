//! `--record`: the bridge from a model client's tape to a cassette, and what is masked on the way.

use std::path::Path;

use bytes::Bytes;
use codex_config::Config;
use codex_core::known_secrets;
use codex_responses::{Tape, TapeEnd};
use codex_secrets::KnownSecrets;
use codex_sim::{CassetteTape, RecordingSummary, SimError, TurnRecord};

use crate::process::Process;

/// A cassette that a run writes to.
#[derive(Debug)]
pub(crate) struct RecordingTape {
    cassette: CassetteTape,
}

impl RecordingTape {
    /// Creates or continues the file.
    pub(crate) fn open(path: &Path, config: &Config, process: &Process) -> Result<Self, SimError> {
        // A cassette is made to be shown around: the switch for saved threads does not count.
        let _ = known_secrets(config, &process.env);
        let secrets = KnownSecrets::of_process();
        let cassette = CassetteTape::open(path, "codex", env!("CARGO_PKG_VERSION"), secrets)?;
        Ok(Self { cassette })
    }

    /// Begins a turn; before its first request.
    pub(crate) fn turn(&self, turn: &TurnRecord) {
        self.cassette.turn(turn);
    }

    /// Ends the recording; the first error of any write is told here.
    pub(crate) fn finish(&self) -> Result<RecordingSummary, SimError> {
        self.cassette.finish()
    }
}

impl Tape for RecordingTape {
    fn request(&self, body: &Bytes) -> u64 {
        self.cassette.request(body)
    }

    fn event(&self, request: u64, data: &[u8]) {
        self.cassette.event(request, data);
    }

    fn end(&self, request: u64, outcome: TapeEnd<'_>) {
        match outcome {
            TapeEnd::Completed => self.cassette.end_ok(request),
            TapeEnd::Status { status, body, .. } => {
                self.cassette.end_error(request, Some(status), &String::from_utf8_lossy(body));
            }
            TapeEnd::Failed { message } => self.cassette.end_error(request, None, message),
            TapeEnd::Cancelled => self.cassette.end_error(request, None, "cancelled"),
        }
    }
}
