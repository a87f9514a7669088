//! Standard output of commands that print one text.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::error::CliError;

/// Prints the text. A reader who has seen enough and closed the pipe is no error.
pub(crate) fn print(text: &[u8]) -> Result<ExitCode, CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Io { what: "standard output cannot be written", source: error })
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
