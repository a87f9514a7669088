//! `CassetteTape`: the recording end that a model client writes to while it works.
//! Cheap and infallible for the client; the first write error is kept, stops the recording and is told by `finish`.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use codex_secrets::KnownSecrets;

use crate::cassette::TurnRecord;
use crate::cassette_writer::{CassetteWriter, RecordingSummary};
use crate::error::SimError;

/// A shared, growing cassette. Each call writes at most one line and holds nothing back.
#[derive(Debug)]
pub struct CassetteTape {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Recording(CassetteWriter),
    Failed(Option<SimError>),
}

impl CassetteTape {
    /// Creates or continues the file; see [`CassetteWriter::open`].
    pub fn open(
        path: &Path,
        created_with: &str,
        client_version: &str,
        secrets: KnownSecrets,
    ) -> Result<CassetteTape, SimError> {
        let writer = CassetteWriter::open(path, created_with, client_version, secrets)?;
        Ok(CassetteTape::new(writer))
    }

    /// Records through a writer that is already open.
    pub fn new(writer: CassetteWriter) -> CassetteTape {
        CassetteTape { state: Mutex::new(State::Recording(writer)) }
    }

    /// Begins a turn. To be called before its first request.
    pub fn turn(&self, turn: &TurnRecord) {
        self.write(|writer| writer.turn(turn));
    }

    /// Records one attempt of a request; the number names it in the other calls (0 once the recording has failed).
    pub fn request(&self, body: &[u8]) -> u64 {
        self.write(|writer| writer.request(body)).unwrap_or(0)
    }

    /// Records the data of one response event.
    pub fn event(&self, request: u64, data: &[u8]) {
        self.write(|writer| writer.event(request, data));
    }

    /// The response was complete.
    pub fn end_ok(&self, request: u64) {
        self.write(|writer| writer.end_ok(request));
    }

    /// The attempt failed: an HTTP status and the answer's body, or no status and the reason.
    pub fn end_error(&self, request: u64, status: Option<u16>, message: &str) {
        self.write(|writer| writer.end_error(request, status, message));
    }

    /// Ends the recording and tells how it went. A second call tells of an empty recording.
    pub fn finish(&self) -> Result<RecordingSummary, SimError> {
        match std::mem::replace(&mut *self.state(), State::Failed(None)) {
            State::Recording(writer) => writer.finish(),
            State::Failed(Some(error)) => Err(error),
            State::Failed(None) => Ok(RecordingSummary::default()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, write: impl FnOnce(&mut CassetteWriter) -> Result<T, SimError>) -> Option<T> {
        let mut state = self.state();
        let State::Recording(writer) = &mut *state else { return None };
        match write(writer) {
            Ok(value) => Some(value),
            Err(error) => {
                *state = State::Failed(Some(error));
                None
            }
        }
    }
}
