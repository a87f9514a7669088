//! The two streams out, written by a thread of their own, so that a reader who stops reading stops the run's pace
//! and nothing else: interrupts are still heard.
//! Invariant: chunks come out in the order they went in, each with one write.

use std::io::{self, IsTerminal as _, Write};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

/// Chunks waiting for the writing thread.
const CHUNKS_MAX: usize = 64;
/// The writing thread formats nothing.
const STACK_BYTES: usize = 128 * 1024;
/// How long the last chunks may take at the end of a run that was stopped.
pub(crate) const FLUSH_WAIT_MAX: Duration = Duration::from_millis(300);

/// Where a run writes.
pub struct Streams {
    /// JSON lines, or the final message.
    pub stdout: Box<dyn Write + Send>,
    /// Everything for people.
    pub stderr: Box<dyn Write + Send>,
    /// Whether a person sees `stdout` as it comes.
    pub stdout_terminal: bool,
    /// Whether a person sees `stderr` as it comes.
    pub stderr_terminal: bool,
}

impl Streams {
    /// The process's own.
    pub fn process() -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let (stdout_terminal, stderr_terminal) = (stdout.is_terminal(), stderr.is_terminal());
        Self { stdout: Box::new(stdout), stderr: Box::new(stderr), stdout_terminal, stderr_terminal }
    }
}

/// Bytes for one of the streams.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    Out(Vec<u8>),
    Err(Vec<u8>),
}

/// Whether standard output took everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    All,
    /// It was closed or full, or its reader stopped reading.
    Partly,
}

/// The queue to the writing thread.
#[derive(Debug)]
pub(crate) struct Output {
    chunks: mpsc::Sender<Chunk>,
    done: oneshot::Receiver<Written>,
}

impl Output {
    /// Starts the thread.
    pub(crate) fn start(streams: Streams) -> io::Result<Self> {
        let (chunks, queue) = mpsc::channel(CHUNKS_MAX);
        let (ended, done) = oneshot::channel();
        thread::Builder::new().name("codex-output".to_owned()).stack_size(STACK_BYTES).spawn(move || {
            // The run may be gone already.
            let _ = ended.send(write_all(queue, streams));
        })?;
        Ok(Self { chunks, done })
    }

    /// Waits for room; an error when standard output is closed.
    pub(crate) async fn reserve(&self) -> Result<mpsc::Permit<'_, Chunk>, mpsc::error::SendError<()>> {
        self.chunks.reserve().await
    }

    /// Queues the chunk if there is room now.
    pub(crate) fn try_send(&self, chunk: Chunk) -> bool {
        self.chunks.try_send(chunk).is_ok()
    }

    /// Writes what is queued, but waits no longer than `limit` when there is one.
    pub(crate) async fn finish(self, limit: Option<Duration>) -> Written {
        drop(self.chunks);
        let written = match limit {
            // A reader who does not read is left behind.
            Some(limit) => tokio::time::timeout(limit, self.done).await.ok(),
            None => Some(self.done.await),
        };
        written.and_then(Result::ok).unwrap_or(Written::Partly)
    }
}

/// Writes until the queue ends. Ends early when standard output fails; standard error is nobody's duty.
fn write_all(mut queue: mpsc::Receiver<Chunk>, mut streams: Streams) -> Written {
    while let Some(chunk) = queue.blocking_recv() {
        match chunk {
            Chunk::Out(bytes) => {
                if let Err(error) = streams.stdout.write_all(&bytes).and_then(|()| streams.stdout.flush()) {
                    // A reader who closed the pipe wants to hear nothing more.
                    if error.kind() != io::ErrorKind::BrokenPipe {
                        let _ = writeln!(streams.stderr, "Standard output cannot be written: {error}");
                    }
                    return Written::Partly;
                }
            }
            Chunk::Err(bytes) => {
                let _ = streams.stderr.write_all(&bytes).and_then(|()| streams.stderr.flush());
            }
        }
    }
    Written::All
}
