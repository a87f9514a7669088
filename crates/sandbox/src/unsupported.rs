//! Platforms without a way to start commands yet: a typed refusal.
//! Invariant: no value of [`ChildHandle`] exists, so nothing here can run.

use tokio::sync::mpsc;

use crate::collector::Collector;
use crate::{CommandSpec, Process, SpawnError};

/// A child process: there is none.
#[derive(Debug)]
pub(crate) enum ChildHandle {}

impl ChildHandle {
    pub(crate) fn kill(&self) {
        match *self {}
    }
}

/// Refuses every command.
pub(crate) async fn start(
    _spec: CommandSpec,
    _live: Option<mpsc::Sender<Vec<u8>>>,
    _collector: Collector,
) -> Result<Process, SpawnError> {
    let reason = format!("starting commands is not supported on {} yet", std::env::consts::OS);
    Err(SpawnError::SandboxUnavailable { reason })
}
