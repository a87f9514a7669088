//! One response as it arrives: chunks to events, the idle clock, the recorder. Cancel-safe: `next` keeps no state
//! of its own across its one await.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use codex_protocol::limits::SSE_EVENT_BYTES_MAX;

use crate::decode::Decoder;
use crate::sse::SseParser;
use crate::tape_run::TapeRun;
use crate::transport_error::body_error;
use crate::{RateLimitSnapshot, StreamError, StreamEvent, TapeEnd};

/// Where a finished response waits for its connection to become reusable; see [`ResponseStream`].
pub(crate) type Spent = Arc<Mutex<Option<reqwest::Response>>>;

/// The events of one response. Dropping it closes the connection, unless the response was complete: then the
/// connection is kept for the next request.
pub struct ResponseStream {
    events: EventReader<reqwest::Response>,
    spent: Spent,
}

impl ResponseStream {
    pub(crate) fn new(response: reqwest::Response, idle: Duration, tape: TapeRun, spent: Spent) -> Self {
        let headers = response.headers();
        let mut ready = VecDeque::new();
        let model = headers.get("openai-model").and_then(|model| model.to_str().ok());
        ready.extend(model.map(|model| StreamEvent::ServerModel(model.to_owned())));
        let limits = RateLimitSnapshot::from_headers(headers);
        ready.extend(limits.into_iter().map(|limit| StreamEvent::RateLimits(Box::new(limit))));
        Self { events: EventReader::new(response, idle, tape, ready), spent }
    }

    /// The next event; `None` after [`StreamEvent::Completed`] or an error. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, StreamError>> {
        let event = self.events.next().await;
        if matches!(event, Some(Ok(StreamEvent::Completed { .. }))) {
            let response = self.events.source.take();
            *self.spent.lock().unwrap_or_else(PoisonError::into_inner) = response;
        }
        event
    }
}

impl std::fmt::Debug for ResponseStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseStream").field("state", &self.events.state).finish_non_exhaustive()
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

#[derive(Debug)]
enum State {
    Reading,
    /// Given out once the events before it are.
    Failing(StreamError),
    Ended,
}

/// Chunks to events, from any source.
pub(crate) struct EventReader<S> {
    source: Option<S>,
    parser: SseParser,
    decoder: Decoder,
    ready: VecDeque<StreamEvent>,
    state: State,
    idle: Duration,
    deadline: Instant,
    tape: TapeRun,
}

impl<S: ChunkSource> EventReader<S> {
    pub(crate) fn new(source: S, idle: Duration, tape: TapeRun, ready: VecDeque<StreamEvent>) -> Self {
        Self {
            source: Some(source),
            parser: SseParser::new(SSE_EVENT_BYTES_MAX),
            decoder: Decoder::default(),
            ready,
            state: State::Reading,
            idle,
            deadline: Instant::now() + idle,
            tape,
        }
    }

    pub(crate) async fn next(&mut self) -> Option<Result<StreamEvent, StreamError>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Reading => self.state = State::Reading,
                State::Failing(error) => {
                    self.source = None;
                    return Some(Err(error));
                }
                State::Ended => return None,
            }
            let source = self.source.as_mut()?;
            match timeout_at(self.deadline, source.next_chunk()).await {
                Ok(Ok(Some(chunk))) => self.take_chunk(chunk),
                Ok(Ok(None)) => {
                    let error = self.decoder.closed_early();
                    self.fail(error);
                }
                Ok(Err(error)) => self.fail(error),
                Err(_) => self.fail(StreamError::Idle { limit: self.idle }),
            }
        }
    }

    /// Turns everything the chunk finishes into events, so that deltas of one chunk become one.
    fn take_chunk(&mut self, chunk: Bytes) {
        self.parser.push(chunk);
        while let Some(data) = self.parser.next_event() {
            let data = match data {
                Ok(data) => data,
                Err(error) => return self.fail(StreamError::EventTooLarge { bytes_max: error.bytes_max }),
            };
            // Any event is a sign of life, known or not; a comment is none.
            self.deadline = Instant::now() + self.idle;
            self.tape.event(&data);
            if let Err(error) = self.decoder.decode(&data, &mut self.ready) {
                return self.fail(error);
            }
            if matches!(self.ready.back(), Some(StreamEvent::Completed { .. })) {
                self.tape.end(TapeEnd::Completed);
                self.state = State::Ended;
                return;
            }
        }
    }

    fn fail(&mut self, error: StreamError) {
        self.tape.end(TapeEnd::Failed { message: &error.message() });
        self.state = State::Failing(error);
    }
}

#[cfg(test)]
#[path = "response_stream_tests.rs"]
mod tests;
