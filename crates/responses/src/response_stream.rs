//! One response as it arrives, over either transport; and the reader of the HTTP one: chunks to events. Cancel-safe:
//! `next` keeps no state of its own across its one await.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout_at;

use codex_protocol::limits::SSE_EVENT_BYTES_MAX;

use crate::intake::{Given, Intake};
use crate::sse::SseParser;
use crate::tape_run::TapeRun;
use crate::transport_error::body_error;
use crate::websocket::SocketResponse;
use crate::wire_reader::WireDecoder;
use crate::{StreamError, StreamEvent, rate_limits};

/// Where a finished response waits for its connection to become reusable; see [`ResponseStream`].
pub(crate) type Spent = Arc<Mutex<Option<reqwest::Response>>>;

/// The events of one response. Dropping it closes the connection, unless the response was complete: then the
/// connection is kept for the next request.
#[derive(Debug)]
pub struct ResponseStream(Transport);

enum Transport {
    Http(Box<HttpResponse>),
    Socket(Box<SocketResponse>),
}

/// A response over HTTP, and where it goes when it is complete.
struct HttpResponse {
    events: EventReader<reqwest::Response>,
    spent: Spent,
}

impl ResponseStream {
    pub(crate) fn over_http(
        response: reqwest::Response,
        idle: Duration,
        tape: TapeRun,
        spent: Spent,
        decoder: WireDecoder,
    ) -> Self {
        let headers = response.headers();
        let mut ready = VecDeque::new();
        let model = headers.get("openai-model").and_then(|model| model.to_str().ok());
        ready.extend(model.map(|model| StreamEvent::ServerModel(model.to_owned())));
        let limits = rate_limits::of_headers(headers);
        ready.extend(limits.into_iter().map(|limit| StreamEvent::RateLimits(Box::new(limit))));
        let events = EventReader::new(response, idle, tape, ready).reading(decoder);
        Self(Transport::Http(Box::new(HttpResponse { events, spent })))
    }

    pub(crate) fn over_socket(response: SocketResponse) -> Self {
        Self(Transport::Socket(Box::new(response)))
    }

    /// The next event; `None` after [`StreamEvent::Completed`] or an error. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, StreamError>> {
        match &mut self.0 {
            Transport::Socket(response) => response.next().await,
            Transport::Http(response) => response.next().await,
        }
    }
}

impl HttpResponse {
    async fn next(&mut self) -> Option<Result<StreamEvent, StreamError>> {
        let event = self.events.next().await;
        if matches!(event, Some(Ok(StreamEvent::Completed { .. }))) {
            let response = self.events.source.take();
            *self.spent.lock().unwrap_or_else(PoisonError::into_inner) = response;
        }
        event
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http(response) => f.debug_tuple("Http").field(&response.events.intake).finish(),
            Self::Socket(response) => f.debug_tuple("Socket").field(response).finish(),
        }
    }
}

/// Bytes from somewhere.
pub(crate) trait ChunkSource: Send {
    /// The next bytes; `None` at the end. Cancel-safe.
    fn next_chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, StreamError>> + Send;
}

impl ChunkSource for reqwest::Response {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, StreamError> {
        self.chunk().await.map_err(body_error)
    }
}

/// Chunks to events, from any source.
pub(crate) struct EventReader<S> {
    source: Option<S>,
    parser: SseParser,
    intake: Intake,
}

impl<S: ChunkSource> EventReader<S> {
    pub(crate) fn new(source: S, idle: Duration, tape: TapeRun, ready: VecDeque<StreamEvent>) -> Self {
        let parser = SseParser::new(SSE_EVENT_BYTES_MAX);
        Self { source: Some(source), parser, intake: Intake::new(idle, tape, ready) }
    }

    /// Of a stream in another wire than Responses.
    fn reading(self, decoder: WireDecoder) -> Self {
        Self { intake: self.intake.reading(decoder), ..self }
    }

    pub(crate) async fn next(&mut self) -> Option<Result<StreamEvent, StreamError>> {
        loop {
            match self.intake.give() {
                Given::Event(event) => return Some(Ok(event)),
                Given::Error(error) => {
                    self.source = None;
                    return Some(Err(error));
                }
                Given::Ended => return None,
                Given::Reading => {}
            }
            let source = self.source.as_mut()?;
            match timeout_at(self.intake.deadline(), source.next_chunk()).await {
                Ok(Ok(Some(chunk))) => self.take_chunk(chunk),
                Ok(Ok(None)) => self.intake.closed_early(),
                Ok(Err(error)) => self.intake.fail(error),
                Err(_) => self.intake.fail(StreamError::Idle { limit: self.intake.idle_limit() }),
            }
        }
    }

    /// Turns everything the chunk finishes into events, so that deltas of one chunk become one.
    fn take_chunk(&mut self, chunk: Bytes) {
        self.parser.push(chunk);
        while self.intake.is_reading()
            && let Some(data) = self.parser.next_event()
        {
            match data {
                // A comment is no event, and no sign of life.
                Ok(data) => {
                    self.intake.heard(&data);
                    self.intake.decode(&data);
                }
                Err(error) => {
                    self.intake.fail(StreamError::EventTooLarge { bytes_max: error.bytes_max });
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "response_stream_tests.rs"]
mod tests;
