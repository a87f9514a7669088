//! The thread that writes to the terminal, so that a slow terminal never holds up the UI.
//! Invariant: what is given is written whole and in order; one frame is on its way at most.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

/// Pieces that may wait: one being written, one behind it.
const WAITING_MAX: usize = 2;

/// A piece was written, or could not be.
pub(crate) type Wrote = io::Result<()>;

/// Gives bytes to the thread.
#[derive(Debug)]
pub(crate) struct Writer {
    pieces: Option<SyncSender<String>>,
    wrote: mpsc::Receiver<Wrote>,
    thread: Option<JoinHandle<()>>,
    on_their_way: usize,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start() -> io::Result<Self> {
        let (pieces, waiting) = sync_channel::<String>(WAITING_MAX);
        let (done, wrote) = mpsc::channel(WAITING_MAX * 2);
        let thread = std::thread::Builder::new().name("terminal".to_owned()).spawn(move || {
            let mut out = io::stdout();
            for piece in waiting {
                let result = out.write_all(piece.as_bytes()).and_then(|()| out.flush());
                let failed = result.is_err();
                if done.blocking_send(result).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Self { pieces: Some(pieces), wrote, thread: Some(thread), on_their_way: 0 })
    }

    /// Whether a piece can be given without waiting.
    pub(crate) fn is_free(&self) -> bool {
        self.on_their_way == 0
    }

    /// Gives a piece. A thread that is gone has told why through [`Self::wrote`].
    pub(crate) fn write(&mut self, piece: String) {
        if let Some(pieces) = &self.pieces
            && pieces.try_send(piece).is_ok()
        {
            self.on_their_way += 1;
        }
    }

    /// Waits until the next piece is written. Dropping the wait loses none.
    pub(crate) async fn wrote(&mut self) -> Wrote {
        let result = self.wrote.recv().await.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()));
        self.on_their_way = self.on_their_way.saturating_sub(1);
        result
    }

    /// Waits until everything given is written.
    pub(crate) async fn settle(&mut self) -> Wrote {
        while self.on_their_way > 0 {
            self.wrote().await?;
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Without pieces the thread ends by itself; one that hangs in a dead terminal is not waited for.
        self.pieces = None;
        if let Some(thread) = self.thread.take()
            && self.on_their_way == 0
            && thread.join().is_err()
        {
            tracing::error!("the terminal's writer failed");
        }
    }
}
