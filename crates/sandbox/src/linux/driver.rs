//! The task behind a running command: drains its output, feeds its terminal, and notices its end.
//! Invariant: output is read as fast as it comes, whoever is or is not looking; the task ends soon after the command does.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::covers::Placeholders;
use super::handle::ChildHandle;
use super::launch::Launched;
use crate::process::Shared;

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;
/// How long output may still come from background processes after the command itself has ended.
const GRACE: Duration = Duration::from_millis(50);
/// Pause before looking again at a terminal that has hung up.
const HUNG_UP_PAUSE: Duration = Duration::from_millis(10);
/// Exit code when the system does not tell one.
const EXIT_UNKNOWN: i32 = -1;

/// Everything the task owns.
#[derive(Debug)]
pub(crate) struct Driver {
    child: AsyncFd<Arc<ChildHandle>>,
    stream: AsyncFd<OwnedFd>,
    input: Option<mpsc::Receiver<Vec<u8>>>,
    /// Given back when the driver goes, after the child above is known to be gone.
    _placeholders: Placeholders,
}

impl Driver {
    /// Prepares the task; must be called inside the runtime.
    pub(crate) fn new(
        launched: Launched,
        input: Option<mpsc::Receiver<Vec<u8>>>,
    ) -> io::Result<(Self, Arc<ChildHandle>)> {
        let child = Arc::new(launched.child);
        let interest =
            if input.is_some() { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        let driver = Self {
            child: watch(Arc::clone(&child), Interest::READABLE)?,
            stream: watch(launched.stream, interest)?,
            input,
            _placeholders: launched.placeholders,
        };
        Ok((driver, child))
    }

    /// Runs until the command has ended and its output is read, then publishes the exit code.
    pub(crate) async fn run(mut self, shared: Arc<Shared>, live: Option<mpsc::Sender<Vec<u8>>>) {
        let publish = Publish { shared: Arc::clone(&shared), code: EXIT_UNKNOWN };
        let code = self.drain(&shared, live).await;
        // Whoever sees the exit code finds the placeholders gone.
        drop(self);
        publish.done(code);
    }

    async fn drain(&mut self, shared: &Shared, live: Option<mpsc::Sender<Vec<u8>>>) -> i32 {
        let mut buffer = vec![0; READ_BYTES];
        let mut pending: VecDeque<u8> = VecDeque::new();
        let mut exit: Option<(i32, Instant)> = None;
        let mut open = true;
        while open || exit.is_none() {
            let give_up = exit.map_or_else(far_future, |(_, at)| at + GRACE);
            tokio::select! {
                read = read_some(&self.stream, &mut buffer), if open => match read {
                    Ok(0) => open = false,
                    Ok(length) => {
                        let bytes = &buffer[..length];
                        shared.push(bytes);
                        // The live view may lose pieces, but it never slows the command down.
                        if let Some(Ok(slot)) = live.as_ref().map(mpsc::Sender::try_reserve) {
                            slot.send(bytes.to_vec());
                        }
                    }
                    Err(error) => {
                        tracing::debug!(%error, "command output ended");
                        open = false;
                    }
                },
                code = ended(&self.child), if exit.is_none() => exit = Some((code, Instant::now())),
                text = next_input(&mut self.input), if self.input.is_some() && pending.is_empty() => match text {
                    Some(text) => pending.extend(text),
                    None => self.input = None,
                },
                written = write_some(&self.stream, pending.as_slices().0), if open && !pending.is_empty() => match written {
                    Ok(length) => drop(pending.drain(..length)),
                    Err(_) => pending.clear(),
                },
                () = tokio::time::sleep_until(give_up), if exit.is_some() => break,
            }
        }
        exit.map_or(EXIT_UNKNOWN, |(code, _)| code)
    }
}

/// Publishes an exit code whatever becomes of the task, so that no caller waits for ever.
struct Publish {
    shared: Arc<Shared>,
    code: i32,
}

impl Publish {
    fn done(mut self, code: i32) {
        self.code = code;
    }
}

impl Drop for Publish {
    fn drop(&mut self) {
        self.shared.finish(self.code);
    }
}

fn watch<T: AsRawFd>(owner: T, interest: Interest) -> io::Result<AsyncFd<T>> {
    // SAFETY: both kinds of owner (a descriptor, a child with its pidfd) keep one descriptor open for their whole life.
    unsafe { AsyncFd::register_with_interest(owner, interest) }.map_err(io::Error::from)
}

fn far_future() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}

async fn next_input(input: &mut Option<mpsc::Receiver<Vec<u8>>>) -> Option<Vec<u8>> {
    match input {
        Some(input) => input.recv().await,
        None => None,
    }
}

async fn ended(child: &AsyncFd<Arc<ChildHandle>>) -> i32 {
    loop {
        let Ok(mut ready) = child.readable().await else { return EXIT_UNKNOWN };
        match child.get_ref().try_reap() {
            Ok(Some(code)) => return code,
            Ok(None) => ready.clear_ready(),
            Err(error) => {
                tracing::warn!(%error, "waiting for a command failed");
                return EXIT_UNKNOWN;
            }
        }
    }
}

async fn read_some(stream: &AsyncFd<OwnedFd>, buffer: &mut [u8]) -> io::Result<usize> {
    let read = transfer(stream, Interest::READABLE, |fd| {
        // SAFETY: the buffer is valid for its length during the call.
        unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) }
    });
    match read.await {
        // A terminal whose last user is gone says so with this error.
        Err(error) if error.raw_os_error() == Some(libc::EIO) => Ok(0),
        other => other,
    }
}

async fn write_some(stream: &AsyncFd<OwnedFd>, bytes: &[u8]) -> io::Result<usize> {
    transfer(stream, Interest::WRITABLE, |fd| {
        // SAFETY: the buffer is valid for its length during the call.
        unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) }
    })
    .await
}

/// Repeats a system call until it moves something or fails.
///
/// Not `AsyncFd::async_io`: once a terminal has hung up, the runtime takes it for ready for ever, and a call that
/// still would block (a full input queue, a terminal opened again) then spins without ever yielding.
async fn transfer(
    stream: &AsyncFd<OwnedFd>,
    interest: Interest,
    mut call: impl FnMut(RawFd) -> libc::ssize_t,
) -> io::Result<usize> {
    loop {
        let mut ready = stream.ready(interest).await?;
        match retry(|| call(stream.as_raw_fd())) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let hung_up = ready.ready().is_read_closed() || ready.ready().is_write_closed();
                ready.clear_ready();
                if hung_up {
                    tokio::time::sleep(HUNG_UP_PAUSE).await;
                }
            }
            other => return other,
        }
    }
}

/// Repeats a transfer that a signal cut short.
fn retry(mut transfer: impl FnMut() -> libc::ssize_t) -> io::Result<usize> {
    loop {
        match usize::try_from(transfer()) {
            Ok(length) => return Ok(length),
            Err(_) => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}
