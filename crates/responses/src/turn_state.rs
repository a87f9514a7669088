//! What lasts exactly as long as a turn: the server it stays with, and how often its WebSocket failed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderName, HeaderValue};

/// Names the server a turn stays with, in headers and events.
pub(crate) const TURN_STATE: HeaderName = HeaderName::from_static("x-codex-turn-state");

/// State of one turn, shared by its requests.
#[derive(Debug, Default)]
pub(crate) struct TurnState {
    /// The first value a server gave (`responses-wire.md §3.5`).
    pub(crate) sticky: OnceLock<HeaderValue>,
    socket_failures: AtomicU64,
}

impl TurnState {
    /// The value in the form a frame carries.
    pub(crate) fn sticky_text(&self) -> Option<&str> {
        self.sticky.get()?.to_str().ok()
    }

    /// Counts a failed attempt over the WebSocket; gives how many there have been since one went well.
    pub(crate) fn count_socket_failure(&self) -> u64 {
        self.socket_failures.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// An attempt over the WebSocket went well.
    pub(crate) fn forget_socket_failures(&self) {
        self.socket_failures.store(0, Ordering::Relaxed);
    }
}
