//! Runs a small helper program to its end and captures what it prints.
//! Invariant: when the future is dropped or time is up, the program and its whole process group are gone.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// What to run. The environment is inherited, standard input is empty.
#[derive(Debug, Clone, Copy)]
pub struct ProgramRun<'a> {
    /// A path, or a name looked up in `PATH`.
    pub program: &'a str,
    /// Its arguments.
    pub args: &'a [String],
    /// Variables it sees besides those of this process.
    pub env: &'a [(String, String)],
    /// Its working folder.
    pub cwd: &'a Path,
    /// How long it may take.
    pub timeout: Duration,
    /// Bytes kept of each output stream; the rest is read and dropped.
    pub output_bytes_max: usize,
}

/// How it ended and what it printed.
#[derive(Debug)]
pub struct Captured {
    /// Exit code or signal.
    pub status: ExitStatus,
    /// The first bytes of standard output.
    pub stdout: Vec<u8>,
    /// The first bytes of standard error.
    pub stderr: Vec<u8>,
}

/// The program did not come to an end of its own.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// It was not found, is not executable, or the folder is missing.
    #[error("cannot start: {0}")]
    Start(#[source] io::Error),
    /// Its output or end could not be read.
    #[error("cannot wait: {0}")]
    Wait(#[source] io::Error),
    /// It took too long and was killed.
    #[error("not finished after {} ms", .0.as_millis())]
    Timeout(Duration),
}

/// Runs the program. Cancel-safe: dropping the future kills it.
///
/// # Errors
/// When it cannot be started or waited for, or takes too long. A failing exit code is not an error here.
pub async fn capture_program(run: &ProgramRun<'_>) -> Result<Captured, CaptureError> {
    let mut command = Command::new(run.program);
    command
        .args(run.args)
        .envs(run.env.iter().map(|(name, value)| (name, value)))
        .current_dir(run.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(CaptureError::Start)?;
    let mut group = KillGroup(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let work = async {
        tokio::try_join!(
            child.wait(),
            read_capped(stdout, run.output_bytes_max),
            read_capped(stderr, run.output_bytes_max)
        )
    };
    match tokio::time::timeout(run.timeout, work).await {
        Ok(Ok((status, stdout, stderr))) => {
            // What it left running on purpose, away from our pipes, is not ours to end.
            group.0 = None;
            Ok(Captured { status, stdout, stderr })
        }
        Ok(Err(error)) => Err(CaptureError::Wait(error)),
        Err(_) => Err(CaptureError::Timeout(run.timeout)),
    }
}

async fn read_capped(stream: Option<impl AsyncRead + Unpin>, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else { return Ok(kept) };
    // On the heap: this future is part of larger ones.
    let mut piece = vec![0; 8192];
    loop {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Ok(kept);
        }
        let room = bytes_max.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(&piece[..room]);
    }
}

/// Ends the group unless the program came to its own end.
struct KillGroup(Option<u32>);

impl Drop for KillGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.and_then(|pid| i32::try_from(pid).ok()) {
            // ESRCH when nothing is left, which is the usual case.
            let _ =
                nix::sys::signal::killpg(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
        }
    }
}
