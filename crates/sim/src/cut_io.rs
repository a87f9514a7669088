//! A transport that breaks after a number of bytes, wherever that falls in what is written. Reading goes on.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes may still be written; `None` is no limit. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowance(Arc<Mutex<Option<usize>>>);

impl Allowance {
    pub(crate) fn set(&self, bytes: Option<usize>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
    }

    fn left(&self) -> Option<usize> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, bytes: usize) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.map(|left| left.saturating_sub(bytes));
    }
}

/// The transport.
#[derive(Debug)]
pub(crate) struct CutIo<S> {
    io: S,
    allowance: Allowance,
}

impl<S> CutIo<S> {
    pub(crate) fn new(io: S, allowance: Allowance) -> Self {
        Self { io, allowance }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CutIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CutIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let allowed = match self.allowance.left() {
            // What was written has to leave before the connection goes.
            Some(0) if !bytes.is_empty() => {
                std::task::ready!(Pin::new(&mut self.io).poll_flush(cx))?;
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            Some(left) => &bytes[..left.min(bytes.len())],
            None => bytes,
        };
        let written = std::task::ready!(Pin::new(&mut self.io).poll_write(cx, allowed))?;
        self.allowance.take(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
