//! `Handshake`: what the scripted server answers to a WebSocket handshake.

use crate::gate::Gate;
use crate::reply::Reply;

/// The answer to one handshake.
#[derive(Clone, Debug)]
pub struct Handshake {
    pub(crate) refusal: Option<Reply>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) gate: Option<Gate>,
}

impl Handshake {
    /// The connection becomes a WebSocket.
    pub fn accept() -> Handshake {
        Handshake { refusal: None, headers: Vec::new(), gate: None }
    }

    /// The handshake is answered as a plain request would be.
    pub fn refuse(reply: Reply) -> Handshake {
        Handshake { refusal: Some(reply), ..Handshake::accept() }
    }

    /// Says nothing until the gate opens.
    #[must_use]
    pub fn gate(mut self, gate: &Gate) -> Handshake {
        self.gate = Some(gate.clone());
        self
    }

    /// Agrees to compress messages.
    #[must_use]
    pub fn deflate(self) -> Handshake {
        self.header("sec-websocket-extensions", "permessage-deflate; server_no_context_takeover")
    }

    /// Adds a header to the answer that accepts.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Handshake {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
