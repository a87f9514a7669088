//! WebSocket connections (RFC 6455) with permessage-deflate (RFC 7692): handshake, frames, messages. Both roles.
//! Everything is bounded: what a peer sends cannot grow memory past the limit its owner set.

mod accept;
mod compression;
mod deflate;
mod error;
mod frame;
mod handshake;
mod socket;

pub use accept::{accept_key, new_key};
pub use deflate::{DEFLATE_OFFER, Deflate, InvalidExtension};
pub use error::SocketError;
pub use handshake::{HandshakeError, Opened, Refused, handshake};
pub use socket::{Message, Role, WebSocket};
