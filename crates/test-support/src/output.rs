//! `CommandOutput`: everything a finished run of the binary left behind.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use crate::error::TestError;

/// What a run wrote and how it ended.
#[derive(Clone, Default)]
pub struct CommandOutput {
    /// Standard output; bytes that are no UTF-8 are replaced (see `stdout_bytes`).
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// Standard output as written.
    pub stdout_bytes: Vec<u8>,
    /// The exit code; none when a signal ended the process or it still ran.
    pub code: Option<i32>,
    /// The signal that ended the process.
    pub signal: Option<i32>,
    /// From start to end of the process.
    pub elapsed: Duration,
    /// Something that outlived the process still held its output open.
    pub pipe_held_open: bool,
}

impl CommandOutput {
    pub(crate) fn set_status(&mut self, status: ExitStatus) {
        self.code = status.code();
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            self.signal = status.signal();
        }
    }

    /// Whether the exit code is 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output as JSON lines.
    pub fn events(&self) -> Result<Vec<Value>, TestError> {
        json_lines("stdout", &self.stdout)
    }

    /// The events of this `type`.
    pub fn events_of_type(&self, event_type: &str) -> Result<Vec<Value>, TestError> {
        let mut events = self.events()?;
        events.retain(|event| event["type"] == event_type);
        Ok(events)
    }

    /// The `type` of every event, in order.
    pub fn event_types(&self) -> Result<Vec<String>, TestError> {
        let name = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
        Ok(self.events()?.iter().map(name).collect())
    }

    /// The `thread_id` that `exec --json` announced first (`thread.started`).
    pub fn thread_id(&self) -> Option<String> {
        let started = self.events_of_type("thread.started").ok()?;
        Some(started.first()?["thread_id"].as_str()?.to_owned())
    }
}

impl fmt::Debug for CommandOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CommandOutput { stdout, stderr, code, signal, elapsed, .. } = self;
        write!(
            f,
            "code {code:?}, signal {signal:?}, after {elapsed:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

pub(crate) fn json_lines(place: &str, text: &str) -> Result<Vec<Value>, TestError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(index, line)| {
        serde_json::from_str(line).map_err(|_| TestError::NotJson {
            place: place.to_owned(),
            line: index + 1,
            text: line.to_owned(),
        })
    });
    parsed.collect()
}
