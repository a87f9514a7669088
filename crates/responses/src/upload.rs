//! A request's body on its way out, in slices of shared bytes, so that it can be stopped: a server may refuse a request
//! before it has read it, and the rest would only stand in the way of the next attempt.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Large enough to cost nothing over one piece, small enough that stopping is worth it.
const SLICE_BYTES: usize = 1 << 20;

/// The client's end of one body.
#[derive(Debug, Default)]
pub(crate) struct Upload(Arc<AtomicBool>);

impl Upload {
    /// The body to send.
    pub(crate) fn body(&self, bytes: Bytes) -> reqwest::Body {
        // What is one slice is sent before an answer could stop it.
        if bytes.len() <= SLICE_BYTES {
            return bytes.into();
        }
        reqwest::Body::wrap(Slices { rest: bytes, stopped: Arc::clone(&self.0) })
    }

    /// Begins no further slice. If there was one, the connection is closed: nothing can follow half a body. After the
    /// last one this does nothing.
    pub(crate) fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What is left to send.
struct Slices {
    rest: Bytes,
    stopped: Arc<AtomicBool>,
}

impl Body for Slices {
    type Data = Bytes;
    type Error = Stopped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Stopped>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.stopped.load(Ordering::Relaxed) {
            return Poll::Ready(Some(Err(Stopped)));
        }
        let bytes = self.rest.len().min(SLICE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// Why a body ends early. Seen by the connection's task alone.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server has answered; the rest of the body is not wanted")
    }
}

impl std::error::Error for Stopped {}
