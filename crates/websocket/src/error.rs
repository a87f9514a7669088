//! Why a connection is of no more use.

use std::io;

/// A connection ended, and not with a close frame.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The peer is gone without a farewell.
    #[error("the connection ended without a close frame")]
    Ended,
    /// The transport below failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The peer does not keep to the protocol.
    #[error("the peer broke the WebSocket protocol: {0}")]
    Protocol(&'static str),
    /// A message is larger than the limit, before or after decompression.
    #[error("a message of more than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The connection was closed before.
    #[error("the WebSocket is closed")]
    Closed,
}
