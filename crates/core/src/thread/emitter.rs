//! The way out of a thread: one bounded queue of events to one front end.

use codex_protocol::Event;
use tokio::sync::mpsc;

/// Whether the front end wants pieces of items in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deltas {
    /// It shows them live.
    Wanted,
    /// It shows finished items only; pieces are dropped before they cost anything.
    Unwanted,
}

/// Sends events; a front end that has gone away is no error.
#[derive(Debug, Clone)]
pub(crate) struct Emitter {
    events: mpsc::Sender<Event>,
    deltas: Deltas,
}

impl Emitter {
    /// Sends to `events`.
    pub(crate) fn new(events: mpsc::Sender<Event>, deltas: Deltas) -> Self {
        Self { events, deltas }
    }

    /// Whether pieces of items are wanted.
    pub(crate) fn wants_deltas(&self) -> bool {
        self.deltas == Deltas::Wanted
    }

    /// Sends one event, waiting while the queue is full.
    pub(crate) async fn emit(&self, event: Event) {
        let delta = matches!(
            event,
            Event::AgentMessageDelta { .. } | Event::ReasoningDelta { .. } | Event::CommandOutputDelta { .. }
        );
        if delta && !self.wants_deltas() {
            return;
        }
        if self.events.send(event).await.is_err() {
            tracing::debug!("event dropped: the front end is gone");
        }
    }
}
