//! The one runtime of a command: this thread, and helpers for blocking work when there is some.

use std::future::Future;

use crate::error::CliError;

/// Runs a future to its end. Blocking work that is still going on then (a read of a pipe that never ends) is left
/// behind: the process ends next.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::Io { what: "the runtime could not be started", source })?;
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(output)
}
