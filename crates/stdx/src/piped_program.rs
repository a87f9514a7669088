//! Runs a small program that reads a text and prints one, and waits for it on this thread.
//! Invariant: when time is up, the program is gone.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often the end is looked for.
const STEP: Duration = Duration::from_millis(5);
/// More output than this is cut off.
const OUTPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Runs a program with this text on its standard input.
///
/// # Errors
/// When it cannot be started or waited for, or takes longer than the limit ([`ErrorKind::TimedOut`]).
pub fn run_piped(
    program: &str,
    args: &[impl AsRef<OsStr>],
    input: &[u8],
    limit: Duration,
) -> io::Result<Output> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let read = |stream: Option<Box<dyn io::Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before a break is all there is.
            let _ = stream.map(|stream| stream.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes));
            bytes
        })
    };
    let stdout = read(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = read(child.stderr.take().map(|stream| Box::new(stream) as _));
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input says why by itself.
        let _ = stdin.write_all(input);
    }
    let end = Instant::now() + limit;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() >= end => {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(ErrorKind::TimedOut, format!("`{program}` did not end in time")));
            }
            None => thread::sleep(STEP),
        }
    };
    Ok(Output {
        status,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use super::run_piped;

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn a_program_reads_and_prints() {
        let out = run_piped("sh", &["-c", "cat; echo err >&2; exit 3"], b"text", LIMIT).unwrap();
        assert_eq!(
            (out.status.code(), out.stdout, out.stderr),
            (Some(3), b"text".to_vec(), b"err\n".to_vec())
        );
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let error = run_piped("sleep", &["600"], b"", Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let none: [&str; 0] = [];
        assert_eq!(
            run_piped("no-such-program-here", &none, b"", LIMIT).unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
}
