//! Small commands of our own (git, mostly) that look and never touch: read-only, no network, bounded in time and output.
//! Invariant: nothing a repository contains can make such a command write anywhere or call out.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use codex_protocol::SandboxPolicy;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::process::{Wake, spawn_capped};
use crate::{CommandSpec, SpawnError, StdioMode};

/// Captured output at most, bytes.
const STDOUT_BYTES_MAX: usize = 1024 * 1024;

/// What a confined command said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confined {
    /// Exit code: its own, or 128 + signal.
    pub exit_code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ConfinedError {
    /// It did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// It took too long and was killed.
    #[error("`{program}` did not finish within {} ms", limit.as_millis())]
    TimedOut {
        /// The program.
        program: String,
        /// The time it had.
        limit: Duration,
    },
    /// It wrote more than 1 MiB.
    #[error("`{program}` wrote {bytes} bytes, more than the {STDOUT_BYTES_MAX} that are read")]
    TooMuchOutput {
        /// The program.
        program: String,
        /// What it wrote.
        bytes: u64,
    },
}

/// Runs `program args` in `cwd` under the read-only policy and returns what it wrote to stdout. `env` is complete:
/// keeping a repository's configuration from naming other programs is the caller's part.
pub async fn run_confined(
    program: &str,
    args: impl IntoIterator<Item = impl Into<OsString>>,
    cwd: &Path,
    env: Vec<(OsString, OsString)>,
    limit: Duration,
) -> Result<Confined, ConfinedError> {
    let mut spec = CommandSpec::new(program, cwd, SandboxPolicy::ReadOnly);
    spec.args = args.into_iter().map(Into::into).collect();
    spec.env = env;
    spec.stdio = StdioMode::StdoutOnly;
    let deadline = Instant::now() + limit;
    let process = spawn_capped(spec, STDOUT_BYTES_MAX).await?;
    let program = program.to_owned();
    let Wake::Exited(exit_code) = process.wait_until(deadline, &CancellationToken::new()).await else {
        process.shutdown().await;
        return Err(ConfinedError::TimedOut { program, limit });
    };
    let output = process.take_new_output();
    if output.omitted_bytes > 0 {
        return Err(ConfinedError::TooMuchOutput { program, bytes: output.total_bytes() });
    }
    Ok(Confined { exit_code, stdout: output.into_bytes() })
}
