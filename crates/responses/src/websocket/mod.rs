//! The WebSocket transport (`responses-wire.md §3`).

mod delta;
mod dial;
mod error_frame;
mod frame;
mod frame_reader;
mod handshake;
mod keeper;
mod response;
mod socket;
mod trace;
mod transport;

pub(crate) use response::SocketResponse;
pub(crate) use transport::{Opened, SocketTransport};
