//! Frames to events, from any socket. Cancel-safe: `next` keeps no state of its own across its one await.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::FutureExt;
use http::StatusCode;
use serde_json::Value;
use tokio::time::timeout_at;

use codex_protocol::ResponseItem;

use super::error_frame::{ErrorFrame, header_value};
use super::socket::{Incoming, Socket, disconnected};
use crate::decode::event_type;
use crate::intake::{Given, Intake};
use crate::turn_state::{TURN_STATE, TurnState};
use crate::{StreamError, StreamEvent, TapeEnd, rate_limits};

/// Frames that have already arrived and are taken together, so that their deltas become one.
const FRAMES_AT_ONCE_MAX: usize = 256;

/// Reads one response off a socket.
pub(crate) struct FrameReader<S> {
    /// Given up with the first error.
    pub(crate) socket: Option<S>,
    intake: Intake,
    turn: Arc<TurnState>,
    /// The address that is shown.
    url: String,
    /// The items the server finished.
    pub(crate) output: Vec<ResponseItem>,
    /// The server refused the credential of this connection.
    pub(crate) unauthorized: bool,
}

impl<S: Socket> FrameReader<S> {
    pub(crate) fn new(socket: S, intake: Intake, turn: Arc<TurnState>, url: String) -> Self {
        Self { socket: Some(socket), intake, turn, url, output: Vec::new(), unauthorized: false }
    }

    /// Whether `output` is everything the server finished.
    pub(crate) fn output_is_whole(&self) -> bool {
        !self.intake.lost_items()
    }

    pub(crate) async fn next(&mut self) -> Option<Result<StreamEvent, StreamError>> {
        loop {
            match self.intake.give() {
                Given::Event(event) => return Some(Ok(event)),
                Given::Error(error) => {
                    // The error first; the connection is dropped without a word.
                    self.socket = None;
                    return Some(Err(error));
                }
                Given::Ended => return None,
                Given::Reading => {}
            }
            let socket = self.socket.as_mut()?;
            match timeout_at(self.intake.deadline(), socket.next()).await {
                Ok(incoming) => self.take_all(incoming),
                Err(_) => {
                    let limit = self.intake.idle_limit().as_secs_f64();
                    let message =
                        format!("idle timeout waiting for the WebSocket ({limit} s without an event)");
                    self.intake.fail(disconnected(&message));
                }
            }
        }
    }

    /// Takes a frame and those that have come with it.
    fn take_all(&mut self, first: Incoming) {
        self.take(first);
        for _ in 1..FRAMES_AT_ONCE_MAX {
            if !self.intake.is_reading() {
                return;
            }
            let Some(next) = self.socket.as_mut().and_then(|socket| socket.next().now_or_never()) else {
                return;
            };
            self.take(next);
        }
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Text(data) => self.take_event(&data),
            Incoming::End(error) => self.intake.fail(error),
        }
    }

    fn take_event(&mut self, data: &Bytes) {
        self.intake.heard(data);
        let text = String::from_utf8_lossy(data);
        match event_type(&text).as_deref() {
            Some("error") => self.refused(&text),
            Some("codex.rate_limits") => {
                let event = serde_json::from_str(&text).unwrap_or_default();
                if let Some(limits) = rate_limits::of_event(&event) {
                    self.intake.push(StreamEvent::RateLimits(Box::new(limits)));
                }
            }
            Some("response.metadata") => {
                self.learn_turn_state(&text);
                self.intake.decode(data);
            }
            Some("response.output_item.done") => {
                let before = self.intake.waiting();
                self.intake.decode(data);
                if self.intake.waiting() > before {
                    self.output.extend(self.intake.last_item().cloned());
                }
            }
            _ => self.intake.decode(data),
        }
    }

    fn refused(&mut self, text: &str) {
        let ErrorFrame { status, retry_after, error } = ErrorFrame::read(text, &self.url, SystemTime::now());
        self.unauthorized = status == Some(StatusCode::UNAUTHORIZED);
        let Some(status) = status else { return self.intake.fail(error) };
        let end = TapeEnd::Status {
            status: status.as_u16(),
            retry_after: retry_after.as_deref(),
            body: text.as_bytes(),
        };
        self.intake.refuse(error, end);
    }

    fn learn_turn_state(&self, text: &str) {
        let event: Value = serde_json::from_str(text).unwrap_or_default();
        if let Some(state) = header_value(&event["headers"][TURN_STATE.as_str()]) {
            self.turn.sticky.get_or_init(|| state);
        }
    }
}

#[cfg(test)]
#[path = "frame_reader_tests.rs"]
mod tests;
