//! Diagnostics for whoever works on codex: off unless `CODEX_LOG` holds a filter such as `codex_core=debug`.

use std::io;

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
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false);
    // Only a second start could fail.
    let _ = subscriber.finish().try_init();
    Ok(())
}
