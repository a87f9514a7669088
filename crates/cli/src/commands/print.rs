//! Standard output of commands that print one text.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use codex_exec::screen_text;

use crate::error::CliError;

/// Prints the text. It may quote files, names and threads, so on a screen it shows no control character as one. A
/// reader who has seen enough and closed the pipe is no error.
pub(crate) fn print(text: &[u8]) -> Result<ExitCode, CliError> {
    let mut stdout = io::stdout().lock();
    let shown = match std::str::from_utf8(text) {
        Ok(text) if stdout.is_terminal() => match screen_text(text) {
            Cow::Owned(shown) => Cow::Owned(shown.into_bytes()),
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        },
        _ => Cow::Borrowed(text),
    };
    match stdout.write_all(&shown).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Io { what: "standard output cannot be written", source: error })
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
