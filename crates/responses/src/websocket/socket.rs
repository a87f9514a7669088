//! The door to the WebSocket implementation: text frames in and out, and nothing else of it beyond this file but the
//! handshake. Invariant: dropping a socket closes its connection at once, without a word.

use std::future::Future;

use bytes::Bytes;
use codex_websocket::{Message, SocketError, WebSocket};

use super::dial::BoxedStream;
use crate::StreamError;

/// Something the other side did.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A text frame: always UTF-8.
    Text(Bytes),
    /// Nothing more will come, for this reason.
    End(StreamError),
}

/// A connection that carries text frames. After an [`Incoming::End`] it is of no more use.
pub(crate) trait Socket: Send {
    /// Sends one frame. Not cancel-safe: a frame that is not through leaves the connection unusable.
    fn send(&mut self, frame: String) -> impl Future<Output = Result<(), StreamError>> + Send;
    /// What comes next. Cancel-safe. Pings are answered on the way.
    fn next(&mut self) -> impl Future<Output = Incoming> + Send;
}

/// The real one.
pub(crate) struct LiveSocket(pub(crate) WebSocket<BoxedStream>);

impl Socket for LiveSocket {
    async fn send(&mut self, frame: String) -> Result<(), StreamError> {
        self.0.send_text(frame).await.map_err(broken)
    }

    async fn next(&mut self) -> Incoming {
        match self.0.next().await {
            Ok(Message::Text(text)) => Incoming::Text(text),
            Ok(Message::Binary(_)) => Incoming::End(disconnected("the server sent a binary frame")),
            Ok(Message::Close(code, reason)) => {
                let why = code.map(|code| format!(" ({})", format!("{code} {reason}").trim_end()));
                let why = why.unwrap_or_default();
                Incoming::End(disconnected(&format!("the server closed the WebSocket{why}")))
            }
            Err(error) => Incoming::End(broken(error)),
        }
    }
}

fn broken(error: SocketError) -> StreamError {
    match error {
        // The head of a frame may be garbage: asked for again, and over HTTP it is told for sure.
        SocketError::TooLarge { bytes_max } => {
            disconnected(&format!("the server sent a message of more than {} MiB", bytes_max >> 20))
        }
        SocketError::Ended => disconnected("the WebSocket ended without a farewell"),
        SocketError::Closed => disconnected("the WebSocket is closed"),
        error => disconnected(&format!("transport error: {error}")),
    }
}

pub(crate) fn disconnected(message: &str) -> StreamError {
    StreamError::Disconnected { message: message.to_owned(), retry_after: None }
}
