//! What every transport does with the events of one response: decode them, hold them until they are asked for, keep
//! the idle clock and the tape. Waits for nothing itself.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use codex_protocol::ResponseItem;

use crate::decode::Decoder;
use crate::tape_run::TapeRun;
use crate::wire_reader::WireDecoder;
use crate::{StreamError, StreamEvent, TapeEnd};

/// What came in and has not been given out.
pub(crate) struct Intake {
    decoder: WireDecoder,
    ready: VecDeque<StreamEvent>,
    state: State,
    idle: Duration,
    deadline: Instant,
    tape: TapeRun,
}

#[derive(Debug)]
enum State {
    Reading,
    /// Given out once the events before it are.
    Failing(StreamError),
    Ended,
}

/// What is there to give out.
pub(crate) enum Given {
    Event(StreamEvent),
    /// The last thing: the connection is of no more use.
    Error(StreamError),
    /// Nothing until more is read.
    Reading,
    /// Nothing any more.
    Ended,
}

impl Intake {
    /// Of a Responses stream.
    pub(crate) fn new(idle: Duration, tape: TapeRun, ready: VecDeque<StreamEvent>) -> Self {
        let deadline = Instant::now() + idle;
        let decoder = WireDecoder::Responses(Decoder::default());
        Self { decoder, ready, state: State::Reading, idle, deadline, tape }
    }

    /// Of a stream in another wire.
    pub(crate) fn reading(mut self, decoder: WireDecoder) -> Self {
        self.decoder = decoder;
        self
    }

    /// The next thing to give out, without waiting.
    pub(crate) fn give(&mut self) -> Given {
        if let Some(event) = self.ready.pop_front() {
            return Given::Event(event);
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Reading => {
                self.state = State::Reading;
                Given::Reading
            }
            State::Failing(error) => Given::Error(error),
            State::Ended => Given::Ended,
        }
    }

    /// Whether more events are wanted.
    pub(crate) fn is_reading(&self) -> bool {
        matches!(self.state, State::Reading)
    }

    /// When the silence has lasted too long.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn idle_limit(&self) -> Duration {
        self.idle
    }

    /// An event arrived: a sign of life, known or not.
    pub(crate) fn heard(&mut self, data: &[u8]) {
        self.deadline = Instant::now() + self.idle;
        self.tape.event(data);
    }

    /// What an event means.
    pub(crate) fn decode(&mut self, data: &[u8]) {
        if let Err(error) = self.decoder.decode(data, &mut self.ready) {
            return self.fail(error);
        }
        self.end_when_completed();
    }

    fn end_when_completed(&mut self) {
        if matches!(self.ready.back(), Some(StreamEvent::Completed { .. })) {
            self.tape.end(TapeEnd::Completed);
            self.state = State::Ended;
        }
    }

    /// An event a transport understood by itself.
    pub(crate) fn push(&mut self, event: StreamEvent) {
        self.ready.push_back(event);
    }

    /// How many events have not been given out.
    pub(crate) fn waiting(&self) -> usize {
        self.ready.len()
    }

    /// The item the last event finished, if it finished one.
    pub(crate) fn last_item(&self) -> Option<&ResponseItem> {
        match self.ready.back() {
            Some(StreamEvent::ItemDone(item)) => Some(item),
            _ => None,
        }
    }

    /// Whether the server finished an item that was not given out.
    pub(crate) fn lost_items(&self) -> bool {
        self.decoder.lost_items()
    }

    /// The server says no more.
    pub(crate) fn closed_early(&mut self) {
        match self.decoder.end(&mut self.ready) {
            Ok(()) => self.end_when_completed(),
            Err(error) => self.fail(error),
        }
    }

    pub(crate) fn fail(&mut self, error: StreamError) {
        self.tape.end(TapeEnd::Failed { message: &error.message() });
        self.state = State::Failing(error);
    }

    /// The server refused with a status.
    pub(crate) fn refuse(&mut self, error: StreamError, end: TapeEnd<'_>) {
        self.tape.end(end);
        self.state = State::Failing(error);
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("state", &self.state).finish_non_exhaustive()
    }
}
