//! The one thread all commands are started from.
//! Invariant: it lives as long as the process. The kernel ties "die with your parent" to the parent *thread*, so a
//! worker that comes and goes would take its commands along. All its signals are blocked, and children start that way.

use std::io;
use std::sync::OnceLock;

use tokio::sync::{mpsc, oneshot};

use crate::SpawnError;

type Job = Box<dyn FnOnce() + Send>;

/// Starts that may wait in line; further callers wait for room.
const QUEUE_MAX: usize = 64;

/// Runs `job` on the spawner thread and hands its result back. A job whose caller is gone still runs; its result is dropped.
pub(crate) async fn on_spawner<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SpawnError> {
    let (reply, answer) = oneshot::channel();
    let job: Job = Box::new(move || {
        let _ = reply.send(job());
    });
    queue()?.send(job).await.map_err(|_| gone())?;
    answer.await.map_err(|_| gone())
}

fn gone() -> SpawnError {
    SpawnError::System { step: "reaching the spawner thread", source: io::ErrorKind::BrokenPipe.into() }
}

fn queue() -> Result<&'static mpsc::Sender<Job>, SpawnError> {
    static QUEUE: OnceLock<Result<mpsc::Sender<Job>, i32>> = OnceLock::new();
    let queue = QUEUE.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Job>(QUEUE_MAX);
        let started = std::thread::Builder::new().name("codex-spawn".to_owned()).spawn(|| serve(receiver));
        started.map(|_| sender).map_err(|error| error.raw_os_error().unwrap_or(libc::EAGAIN))
    });
    queue.as_ref().map_err(|errno| SpawnError::System {
        step: "starting the spawner thread",
        source: io::Error::from_raw_os_error(*errno),
    })
}

fn serve(mut jobs: mpsc::Receiver<Job>) {
    // SAFETY: both sets are plain data and outlive the calls.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut());
    }
    while let Some(job) = jobs.blocking_recv() {
        // One bad job must not end the thread: its end would kill every running command.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("starting a command panicked");
        }
    }
}
