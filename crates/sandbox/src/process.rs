//! A running command as its callers see it: poll its output, wait, write, kill.
//! Invariant: whoever drops the last handle kills the command; its exit is published only after its output has been read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::collector::{Collected, Collector};
#[cfg(target_os = "linux")]
use crate::linux::{ChildHandle, Driver, launch, on_spawner};
#[cfg(not(target_os = "linux"))]
use crate::unsupported::{ChildHandle, start};
use crate::{CommandSpec, OpenDoors, SpawnError, StdinError};

/// Largest piece handed to a live view, bytes.
pub const LIVE_CHUNK_BYTES_MAX: usize = 64 * 1024;
/// Writes that may wait for a command to read its terminal.
#[cfg(target_os = "linux")]
const INPUT_QUEUE_MAX: usize = 256;

/// Why a wait returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The command has ended with this code: its own, or 128 + signal.
    Exited(i32),
    /// Time is up; the command runs on.
    Deadline,
    /// The caller's token was cancelled; the command runs on until it is killed.
    Cancelled,
}

/// What the driver task and the handle share.
#[derive(Debug)]
pub(crate) struct Shared {
    output: Mutex<Collector>,
    exit: watch::Sender<Option<i32>>,
}

impl Shared {
    fn new(collector: Collector) -> Self {
        Self { output: Mutex::new(collector), exit: watch::Sender::new(None) }
    }

    /// Adds output in arrival order.
    pub(crate) fn push(&self, bytes: &[u8]) {
        self.output().push(bytes);
    }

    /// Publishes the end.
    pub(crate) fn finish(&self, code: i32) {
        self.exit.send_replace(Some(code));
    }

    fn output(&self) -> MutexGuard<'_, Collector> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command that was started. Dropping it kills the command with everything it started.
#[derive(Debug)]
pub struct Process {
    shared: Arc<Shared>,
    child: Arc<ChildHandle>,
    input: Option<mpsc::Sender<Vec<u8>>>,
    started: Instant,
    doors: Mutex<Option<OpenDoors>>,
}

/// Starts a command under its policy.
pub async fn spawn(spec: CommandSpec) -> Result<Process, SpawnError> {
    start(spec, None, Collector::new()).await
}

/// Starts a command and sends pieces of its output (at most [`LIVE_CHUNK_BYTES_MAX`] each) to `live` as they come.
/// Pieces are lost while the channel is full; the collected output is not affected.
pub async fn spawn_with_live_view(
    spec: CommandSpec,
    live: mpsc::Sender<Vec<u8>>,
) -> Result<Process, SpawnError> {
    start(spec, Some(live), Collector::new()).await
}

/// Starts a command whose first `output_bytes_max` bytes of output are kept.
pub(crate) async fn spawn_capped(spec: CommandSpec, output_bytes_max: usize) -> Result<Process, SpawnError> {
    start(spec, None, Collector::with_caps(output_bytes_max, 0)).await
}

#[cfg(target_os = "linux")]
async fn start(
    spec: CommandSpec,
    live: Option<mpsc::Sender<Vec<u8>>>,
    collector: Collector,
) -> Result<Process, SpawnError> {
    let terminal = matches!(spec.stdio, crate::StdioMode::Pty { .. });
    let mut launched = on_spawner(move || launch(&spec)).await??;
    let doors = Mutex::new(launched.doors.take());
    let (input, receiver) = if terminal {
        let (sender, receiver) = mpsc::channel(INPUT_QUEUE_MAX);
        (Some(sender), Some(receiver))
    } else {
        (None, None)
    };
    let (driver, child) = Driver::new(launched, receiver)
        .map_err(|source| SpawnError::System { step: "watching the process", source })?;
    let shared = Arc::new(Shared::new(collector));
    // The task is not joined: it ends by itself once the command has, and `Drop` makes sure that the command does.
    // Callers await that end through the published exit code.
    drop(tokio::spawn(driver.run(Arc::clone(&shared), live)));
    Ok(Process { shared, child, input, started: Instant::now(), doors })
}

impl Process {
    /// Output since the last call, the middle left out when it was too much.
    pub fn take_new_output(&self) -> Collected {
        self.shared.output().take()
    }

    /// The exit code, once the command has ended and its output has been read.
    pub fn exit_code(&self) -> Option<i32> {
        *self.shared.exit.borrow()
    }

    /// The listeners to serve, once, for a command with a proxy ([`CommandSpec::proxy`]).
    pub fn take_doors(&self) -> Option<OpenDoors> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// When the command was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Whether the command has a terminal and so can be written to.
    pub fn has_terminal(&self) -> bool {
        self.input.is_some()
    }

    /// Waits for the end of the command, for `deadline`, or for `cancel`, whichever is first.
    pub async fn wait_until(&self, deadline: Instant, cancel: &CancellationToken) -> Wake {
        tokio::select! {
            biased;
            code = self.wait() => Wake::Exited(code),
            () = cancel.cancelled() => Wake::Cancelled,
            () = tokio::time::sleep_until(deadline) => Wake::Deadline,
        }
    }

    /// Waits for the end of the command and returns its exit code.
    pub async fn wait(&self) -> i32 {
        let mut exit = self.shared.exit.subscribe();
        match exit.wait_for(Option::is_some).await.map(|code| *code) {
            Ok(Some(code)) => code,
            // The sender lives in `self`, so this is the end of the runtime: nobody will tell us any more.
            _ => std::future::pending().await,
        }
    }

    /// Queues text for the command's terminal. Returns at once.
    pub fn write_stdin(&self, bytes: Vec<u8>) -> Result<(), StdinError> {
        let Some(input) = &self.input else { return Err(StdinError::Closed) };
        input.try_send(bytes).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StdinError::Full,
            mpsc::error::TrySendError::Closed(_) => StdinError::Ended,
        })
    }

    /// Kills the command and what it started, at once and without a chance to object. Returns before they are gone.
    pub fn kill_group(&self) {
        self.child.kill();
    }

    /// Kills the command and waits until it is gone; returns its exit code.
    pub async fn shutdown(&self) -> i32 {
        self.kill_group();
        self.wait().await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill();
    }
}
