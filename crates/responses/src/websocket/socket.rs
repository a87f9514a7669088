//! The door to the WebSocket implementation: text frames in and out, and nothing else of it beyond this file but the
//! handshake. Invariant: dropping a socket closes its connection at once, without a word.

use std::future::Future;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use codex_protocol::limits::SSE_EVENT_BYTES_MAX;

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
pub(crate) struct LiveSocket(pub(crate) WebSocketStream<BoxedStream>);

impl LiveSocket {
    /// One frame may be as large as one SSE event.
    pub(crate) fn config() -> WebSocketConfig {
        WebSocketConfig::default()
            .max_frame_size(Some(SSE_EVENT_BYTES_MAX))
            .max_message_size(Some(SSE_EVENT_BYTES_MAX))
    }
}

impl Socket for LiveSocket {
    async fn send(&mut self, frame: String) -> Result<(), StreamError> {
        self.0.send(Message::Text(frame.into())).await.map_err(|error| broken(&error))
    }

    async fn next(&mut self) -> Incoming {
        loop {
            return match self.0.next().await {
                Some(Ok(Message::Text(text))) => Incoming::Text(text.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Binary(_))) => Incoming::End(disconnected("the server sent a binary frame")),
                Some(Ok(Message::Close(frame))) => {
                    let why = frame.map(|frame| format!(" ({} {})", frame.code, frame.reason));
                    let why = why.map(|why| why.replace(" )", ")")).unwrap_or_default();
                    Incoming::End(disconnected(&format!("the server closed the WebSocket{why}")))
                }
                Some(Err(error)) => Incoming::End(broken(&error)),
                None => Incoming::End(disconnected("the WebSocket ended without a farewell")),
            };
        }
    }
}

fn broken(error: &Error) -> StreamError {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { max_size, .. }) => {
            StreamError::EventTooLarge { bytes_max: *max_size }
        }
        Error::ConnectionClosed | Error::AlreadyClosed => disconnected("the WebSocket is closed"),
        error => disconnected(&format!("transport error: {error}")),
    }
}

pub(crate) fn disconnected(message: &str) -> StreamError {
    StreamError::Disconnected { message: message.to_owned(), retry_after: None }
}
