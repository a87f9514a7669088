//! Appends to cassette files (`cassette.rs` documents the format). One line is one write, flushed and free of secrets;
//! an existing cassette is continued, any other existing file is refused and left as it was.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use codex_secrets::KnownSecrets;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::cassette::{CASSETTE_FORMAT, CASSETTE_NEEDS, CASSETTE_VERSION, CassetteHeader, TurnRecord};
use crate::cassette_reader;
use crate::delta_guard::{DeltaGuard, Ready};
use crate::error::SimError;

/// What a recording has put into its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingSummary {
    /// The file.
    pub path: PathBuf,
    /// Turns recorded by this run.
    pub turns: u64,
    /// Model requests recorded by this run.
    pub requests: u64,
    /// Response events recorded by this run.
    pub events: u64,
    /// Lines in which a secret was replaced.
    pub masked_lines: u64,
}

/// An open cassette file.
#[derive(Debug)]
pub struct CassetteWriter {
    file: File,
    secrets: KnownSecrets,
    opened: Instant,
    turn: u64,
    request: u64,
    /// Deltas that may begin a secret, per request.
    guards: HashMap<u64, DeltaGuard>,
    summary: RecordingSummary,
}

impl CassetteWriter {
    /// Creates the file with a header, or continues it when it already is a cassette. `created_with` and
    /// `client_version` go into a new header.
    pub fn open(
        path: &Path,
        created_with: &str,
        client_version: &str,
        secrets: KnownSecrets,
    ) -> Result<CassetteWriter, SimError> {
        let failed = |source| SimError::Write { path: path.to_owned(), source };
        let mut file = open_file(path).map_err(failed)?;
        let mut bytes = Vec::new();
        // Only a regular file has a past; reading a device might never end.
        if file.metadata().map_err(failed)?.is_file() {
            file.read_to_end(&mut bytes).map_err(failed)?;
        }
        let summary = RecordingSummary { path: path.to_owned(), ..RecordingSummary::default() };
        let (opened, guards) = (Instant::now(), HashMap::new());
        let mut writer = CassetteWriter { file, secrets, opened, turn: 0, request: 0, guards, summary };
        if bytes.is_empty() {
            writer.write_header(created_with, client_version)?;
        } else {
            writer.continue_after(&bytes)?;
        }
        Ok(writer)
    }

    fn write_header(&mut self, created_with: &str, client_version: &str) -> Result<(), SimError> {
        let header = CassetteHeader {
            format: CASSETTE_FORMAT.to_owned(),
            version: CASSETTE_VERSION,
            needs: CASSETTE_NEEDS.to_owned(),
            created_with: created_with.to_owned(),
            client_version: client_version.to_owned(),
            created_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        self.write_value(&json!(header))
    }

    /// Numbers on after what is there; a torn last line is cut off so that it does not become damage in the middle.
    fn continue_after(&mut self, bytes: &[u8]) -> Result<(), SimError> {
        let known = cassette_reader::parse(&self.summary.path, bytes)?;
        self.turn = known.turns.len() as u64;
        self.request = known.exchanges.iter().map(|exchange| exchange.id).max().unwrap_or(0);
        if bytes.ends_with(b"\n") {
            return Ok(());
        }
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let (keep, end): (usize, &[u8]) = if known.notes.iter().any(|note| note.contains("is torn")) {
            (whole, b"")
        } else {
            (bytes.len(), b"\n")
        };
        let repaired = self.file.set_len(keep as u64).and_then(|()| self.file.seek(SeekFrom::End(0)));
        repaired.and_then(|_| self.file.write_all(end)).map_err(|source| self.failed(source))
    }

    /// Begins a turn; requests that follow belong to it. Returns its number, from 1.
    pub fn turn(&mut self, turn: &TurnRecord) -> Result<u64, SimError> {
        let number = self.turn + 1;
        let mut line = json!({ "type": "turn", "turn": number, "ms": self.ms() });
        if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), json!(turn)) {
            line.extend(fields);
        }
        self.write_value(&line)?;
        self.turn = number;
        self.summary.turns += 1;
        Ok(number)
    }

    /// Records a request body and returns the request's number in the file.
    pub fn request(&mut self, body: &[u8]) -> Result<u64, SimError> {
        let id = self.request + 1;
        let (turn, ms) = (self.turn, self.ms());
        let (key, content) = content("body", body);
        self.write_line(&format!(
            r#"{{"type":"request","id":{id},"turn":{turn},"ms":{ms},"{key}":{content}}}"#
        ))?;
        self.request = id;
        self.summary.requests += 1;
        Ok(id)
    }

    /// Records the data of one response event. A text delta that may begin a secret is written with the next ones.
    pub fn event(&mut self, request: u64, data: &[u8]) -> Result<(), SimError> {
        let ms = self.ms();
        let secrets = self.secrets.current();
        if secrets.is_empty() {
            return self.write_event(request, ms, data);
        }
        let ready = self.guards.entry(request).or_default().push(ms, data, &secrets);
        self.write_ready(request, ready)
    }

    fn write_ready(&mut self, request: u64, ready: Vec<Ready>) -> Result<(), SimError> {
        for Ready { ms, data, masked } in ready {
            self.summary.masked_lines += u64::from(masked);
            self.write_event(request, ms, &data)?;
        }
        Ok(())
    }

    /// Writes what waited for the rest of a secret that did not come.
    fn release(&mut self, request: u64) -> Result<(), SimError> {
        let ready = self.guards.remove(&request).map(|mut guard| guard.drain()).unwrap_or_default();
        self.write_ready(request, ready)
    }

    fn write_event(&mut self, request: u64, ms: u64, data: &[u8]) -> Result<(), SimError> {
        let (key, content) = content("data", data);
        self.write_line(&format!(r#"{{"type":"event","request":{request},"ms":{ms},"{key}":{content}}}"#))?;
        self.summary.events += 1;
        Ok(())
    }

    /// Records that a response was complete.
    pub fn end_ok(&mut self, request: u64) -> Result<(), SimError> {
        self.release(request)?;
        let ms = self.ms();
        self.write_value(&json!({ "type": "end", "request": request, "ms": ms, "outcome": "ok" }))
    }

    /// Records that an attempt failed: with an HTTP status and the answer's body, or without one and the reason.
    pub fn end_error(&mut self, request: u64, status: Option<u16>, message: &str) -> Result<(), SimError> {
        self.release(request)?;
        let mut line = json!({ "type": "end", "request": request, "ms": self.ms(), "outcome": "error", "message": message });
        if let Some(status) = status {
            line["status"] = json!(status);
        }
        self.write_value(&line)
    }

    /// Makes sure everything is on disk.
    pub fn finish(mut self) -> Result<RecordingSummary, SimError> {
        let mut waiting: Vec<u64> = self.guards.keys().copied().collect();
        waiting.sort_unstable();
        for request in waiting {
            self.release(request)?;
        }
        self.file.sync_data().map_err(|source| self.failed(source))?;
        Ok(self.summary)
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn failed(&self, source: io::Error) -> SimError {
        SimError::Write { path: self.summary.path.clone(), source }
    }

    fn write_value(&mut self, line: &Value) -> Result<(), SimError> {
        self.write_line(&line.to_string())
    }

    fn write_line(&mut self, line: &str) -> Result<(), SimError> {
        let secrets = self.secrets.current();
        let mut line = if secrets.found_in(line) {
            self.summary.masked_lines += 1;
            match serde_json::from_str::<Value>(line) {
                Ok(value) => secrets.mask_value(&value).to_string(),
                Err(_) => secrets.mask(line),
            }
        } else {
            line.to_owned()
        };
        line.push('\n');
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.flush())
            .map_err(|source| self.failed(source))
    }
}

/// The field and its JSON: the bytes themselves when they are one line of JSON, else their text under `text`.
fn content<'a>(key: &'a str, bytes: &[u8]) -> (&'a str, String) {
    let json = serde_json::from_slice::<&RawValue>(bytes).ok().map(RawValue::get);
    match json {
        Some(json) if !json.contains(['\n', '\r']) => (key, json.to_owned()),
        _ => ("text", Value::from(String::from_utf8_lossy(bytes)).to_string()),
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A recording holds the user's source code.
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::tape::CassetteTape;

    #[test]
    fn a_disk_that_fills_up_while_recording_is_told_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        let mut writer = CassetteWriter::open(&path, "codex", "0.169.0", KnownSecrets::none()).unwrap();
        writer.request(b"{}").unwrap();
        writer.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let tape = CassetteTape::new(writer);
        let request = tape.request(b"{}");
        tape.event(request, b"{}");
        let error = tape.finish().unwrap_err().to_string();
        let expected =
            format!("cannot write the cassette {}: No space left on device (os error 28)", path.display());
        assert_eq!((request, error), (0, expected));
        assert_eq!(crate::cassette::Cassette::read(&path).unwrap().exchanges.len(), 1);
    }
}
