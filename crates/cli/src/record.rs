//! `--record`: the bridge from a model client's tape to a cassette, and what is masked on the way.

use std::path::Path;

use bytes::Bytes;
use codex_auth::StoredLogin;
use codex_config::Config;
use codex_responses::{Tape, TapeEnd};
use codex_sim::{CassetteTape, RecordingSummary, Secrets, SimError, TurnRecord};

use crate::process::Process;

/// A cassette that a run writes to.
#[derive(Debug)]
pub(crate) struct RecordingTape {
    cassette: CassetteTape,
}

impl RecordingTape {
    /// Creates or continues the file.
    pub(crate) fn open(path: &Path, config: &Config, process: &Process) -> Result<Self, SimError> {
        let secrets = secrets(config, process);
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

/// Everything that must not be found in a cassette: what looks like a key in the environment, and what the
/// configuration says is one.
fn secrets(config: &Config, process: &Process) -> Secrets {
    let mut secrets = Secrets::from_env(process.env.iter().map(|(name, value)| (name, value)));
    if let Some(provider) = config.provider_table() {
        let named = provider.env_key.iter().chain(provider.env_http_headers.values());
        for name in named {
            if let Some(value) = process.var(name).and_then(|value| value.to_str()) {
                secrets.add(name, value);
            }
        }
        if let Some(token) = &provider.experimental_bearer_token {
            secrets.add("experimental_bearer_token", token.expose());
        }
        for (name, value) in provider.http_headers.iter().chain(&provider.query_params) {
            secrets.add(name, value.expose());
        }
    }
    // A login that cannot be read is told when it is needed.
    if let Ok(Some(StoredLogin { api_key, tokens, .. })) = StoredLogin::read(&config.codex_home) {
        let tokens = tokens.map(|tokens| [tokens.id_token, tokens.access_token, tokens.refresh_token]);
        for secret in api_key.into_iter().chain(tokens.into_iter().flatten()) {
            secrets.add("auth.json", secret.expose());
        }
    }
    secrets
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
