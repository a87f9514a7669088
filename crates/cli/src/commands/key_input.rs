//! A key from standard input: read when it is piped, asked for without echo when a person sits there.
//! Invariant: whatever ends the question, the terminal is left as it was.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use codex_auth::Secret;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::error::CliError;

/// No key is longer.
const KEY_BYTES_MAX: u64 = 16 * 1024;

/// The key; `what` names it: `API key`.
pub(crate) fn read_key(what: &str) -> Result<Secret, CliError> {
    let text = if io::stdin().is_terminal() { ask(what)? } else { piped(what)? };
    let key = Secret::new(text);
    if key.is_empty() {
        return Err(CliError::NoKey("No API key was given on standard input."));
    }
    if !key.expose().chars().all(|char| char.is_ascii_graphic()) {
        return Err(CliError::NoKey("What was given is no API key: it holds more than one word."));
    }
    Ok(key)
}

fn piped(what: &str) -> Result<String, CliError> {
    // Nobody reads it when standard error is closed.
    let _ = writeln!(io::stderr(), "Reading the {what} from standard input...");
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(KEY_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|source| CliError::Io { what: "standard input cannot be read", source })?;
    if bytes.len() as u64 > KEY_BYTES_MAX {
        return Err(CliError::NoKey("What was given is no API key: it is too long."));
    }
    String::from_utf8(bytes).map_err(|_| CliError::NoKey("What was given is no API key: it is no text."))
}

fn ask(what: &str) -> Result<String, CliError> {
    let failed = |source| CliError::Io { what: "the terminal cannot be read", source };
    let mut stderr = io::stderr();
    let typed = {
        // Before the question: what is typed right after it must not be shown either.
        let _raw = RawMode::begin().map_err(failed)?;
        let _ = write!(stderr, "{what} (not shown): ");
        let _ = stderr.flush();
        line().map_err(failed)
    };
    let _ = writeln!(stderr);
    typed?.ok_or(CliError::NoKey("No API key was given."))
}

/// What is typed until Enter; `None` when the person gives up.
fn line() -> io::Result<Option<String>> {
    let mut typed = String::new();
    loop {
        match read()? {
            Event::Paste(text) => typed.push_str(&text),
            Event::Key(KeyEvent { kind: KeyEventKind::Release, .. }) => {}
            Event::Key(KeyEvent { code, modifiers, .. }) => match code {
                KeyCode::Enter => return Ok(Some(typed)),
                KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => return Ok(None),
                KeyCode::Char('u') if modifiers.contains(KeyModifiers::CONTROL) => typed.clear(),
                // Enter, as some terminals send it in raw mode.
                KeyCode::Char('j' | 'm') if modifiers.contains(KeyModifiers::CONTROL) => {
                    return Ok(Some(typed));
                }
                KeyCode::Char(char) => typed.push(char),
                KeyCode::Backspace => {
                    typed.pop();
                }
                KeyCode::Esc => return Ok(None),
                _ => {}
            },
            _ => {}
        }
    }
}

/// Keys arrive one by one and are not shown, until dropped.
struct RawMode;

impl RawMode {
    fn begin() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // There is nothing else to try.
        let _ = disable_raw_mode();
    }
}
