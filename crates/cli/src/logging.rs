//! Diagnostics for whoever works on codex: off unless `CODEX_LOG` holds a filter such as `codex_core=debug`.
//! Invariant: an event is one line, whatever the values in it are, and holds no secret that is known by then.

use std::fmt::Write as _;
use std::io::{self, Write};

use codex_secrets::KnownSecrets;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::CliError;
use crate::process::Process;

/// Starts logging to standard error when it is asked for.
pub(crate) fn start(process: &Process) -> Result<(), CliError> {
    let Some(filter) = process.var("CODEX_LOG") else { return Ok(()) };
    let filter = filter.to_str().ok_or_else(|| CliError::LogFilter("it is not UTF-8".to_owned()))?;
    let filter = EnvFilter::try_new(filter).map_err(|error| CliError::LogFilter(error.to_string()))?;
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(log_to_stderr).with_ansi(false);
    // Only a second start could fail.
    let _ = subscriber.finish().try_init();
    Ok(())
}

fn log_to_stderr() -> LogEvent<io::Stderr> {
    LogEvent { text: Vec::new(), secrets: KnownSecrets::of_process(), out: io::stderr() }
}

/// Gathers the text of one event and writes it when it is whole.
struct LogEvent<W: Write> {
    text: Vec<u8>,
    secrets: KnownSecrets,
    out: W,
}

impl<W: Write> Write for LogEvent<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.text);
        let line = line(&String::from_utf8_lossy(&text), &self.secrets);
        self.out.write_all(line.as_bytes()).and_then(|()| self.out.flush())
    }
}

impl<W: Write> Drop for LogEvent<W> {
    fn drop(&mut self) {
        // A log that cannot be written is nobody's loss.
        let _ = self.flush();
    }
}

/// One line: no secret, and no character that could end it, move a cursor or turn the text around.
fn line(text: &str, secrets: &KnownSecrets) -> String {
    let masked = secrets.mask(text.trim_end_matches('\n'));
    let mut line = String::with_capacity(masked.len() + 1);
    for c in masked.chars() {
        let reorders =
            matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
        if (c.is_control() && c != '\t') || reorders {
            // Writing to a string cannot fail.
            let _ = write!(line, "{}", c.escape_default());
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    // threat 36
    #[test]
    fn a_value_cannot_forge_a_line_or_hold_a_secret() {
        let secrets = KnownSecrets::none();
        secrets.learn("OPENAI_API_KEY", "sk-4f9A0bC1");
        let mut out = Vec::new();
        let mut event = LogEvent { text: Vec::new(), secrets, out: &mut out };
        event.write_all(b"WARN host=a\n2026-11-21 INFO all is well\x1b[2J\r\t").unwrap();
        event.write_all("\u{9b}1m\u{202e}gpj.exe key=sk-4f9A".as_bytes()).unwrap();
        event.write_all(b"0bC1\n").unwrap();
        drop(event);
        let expected = "WARN host=a\\n2026-11-21 INFO all is well\\u{1b}[2J\\r\t\\u{9b}1m\\u{202e}gpj.exe \
                        key=[secret:OPENAI_API_KEY]\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
