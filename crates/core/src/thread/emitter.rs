//! The way out of a thread: one bounded queue of events to one front end.
//! Invariant: what tells of something that went wrong holds no secret; people show such texts around.

use std::borrow::Cow;

use codex_protocol::Event;
use codex_secrets::KnownSecrets;
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
        if self.events.send(without_secrets(event)).await.is_err() {
            tracing::debug!("event dropped: the front end is gone");
        }
    }
}

/// Servers and programs quote in their errors what they were given.
fn without_secrets(mut event: Event) -> Event {
    let mask = |text: &mut String| {
        if let Cow::Owned(masked) = KnownSecrets::of_process().mask(text) {
            *text = masked;
        }
    };
    match &mut event {
        Event::TurnFailed { error, .. } => {
            mask(&mut error.message);
            if let Some(hint) = &mut error.hint {
                mask(hint);
            }
        }
        Event::Warning { message } | Event::Refused { message } => mask(message),
        Event::Reconnecting { reason, .. } => mask(reason),
        _ => {}
    }
    event
}
