//! Where a turn's stream comes from: nothing, a request on its way, or an open stream.
//! Translates client events and errors into the machine's inputs; decides nothing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use codex_protocol::{ItemId, RateLimitSnapshot, TurnError};
use codex_responses::{PreparedRequest, ResponseStream, Retry, StreamError, StreamEvent, TurnClient};

use super::input::{Input, Notice, RetryClass, StreamFailure, Streamed};

type Opening = Pin<Box<dyn Future<Output = Result<ResponseStream, StreamError>> + Send>>;

/// The state of a turn's stream. Dropping it closes the connection.
pub(crate) enum Source {
    /// Nothing is asked.
    Idle,
    /// The request is on its way.
    Opening(Opening),
    /// The answer streams.
    Open(Box<ResponseStream>),
}

/// Something the stream said.
pub(crate) enum Heard {
    /// For the machine.
    Input(Input),
    /// For the session's books.
    RateLimits(RateLimitSnapshot),
}

impl Source {
    /// Sends a request.
    pub(crate) fn open(client: Arc<TurnClient>, request: PreparedRequest) -> Self {
        Self::Opening(Box::pin(async move { client.stream(&request).await }))
    }

    /// The next thing heard. Never ends while idle; cancel-safe.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            match self {
                Self::Idle => std::future::pending::<()>().await,
                Self::Opening(opening) => match opening.as_mut().await {
                    Ok(stream) => *self = Self::Open(Box::new(stream)),
                    Err(error) => return self.failed(&error),
                },
                Self::Open(stream) => match stream.next().await {
                    Some(Ok(event)) => {
                        if let Some(heard) = heard(event) {
                            return heard;
                        }
                    }
                    Some(Err(error)) => return self.failed(&error),
                    // The stream said `completed`, or its error has been told.
                    None => *self = Self::Idle,
                },
            }
        }
    }

    fn failed(&mut self, error: &StreamError) -> Heard {
        *self = Self::Idle;
        Heard::Input(Input::StreamFailed(failure(error)))
    }
}

/// A client error in the machine's terms.
pub(crate) fn failure(error: &StreamError) -> StreamFailure {
    let message = error.message();
    let retry = match error.retry() {
        Retry::Final => RetryClass::Final,
        Retry::Stream { after } => RetryClass::Stream { after },
        Retry::Network => RetryClass::Network,
    };
    let notice = match error.notice() {
        codex_responses::Notice::Shown => Notice::Shown,
        codex_responses::Notice::Silent => Notice::Silent,
        codex_responses::Notice::FallBack => Notice::FallBack,
    };
    StreamFailure {
        error: TurnError {
            message: message.clone(),
            codex_error_info: error.error_info(),
            hint: error.hint(),
        },
        cause: message,
        retry,
        notice,
        filtered: error.is_content_filter(),
    }
}

fn heard(event: StreamEvent) -> Option<Heard> {
    let unnamed = || ItemId::new("");
    let streamed = match event {
        StreamEvent::Created | StreamEvent::ItemStarted { .. } => return None,
        StreamEvent::TextDelta { item_id, delta } => {
            Streamed::TextDelta(item_id.unwrap_or_else(unnamed), delta)
        }
        StreamEvent::ReasoningDelta { item_id, delta } => {
            Streamed::ReasoningDelta(item_id.unwrap_or_else(unnamed), delta)
        }
        StreamEvent::ItemDone(item) => Streamed::ItemDone(item),
        StreamEvent::Completed { response_id, usage, end_turn } => {
            Streamed::Completed { response_id, usage, end_turn }
        }
        StreamEvent::ServerModel(model) => Streamed::Rerouted(model),
        StreamEvent::RateLimits(limits) => return Some(Heard::RateLimits(*limits)),
    };
    Some(Heard::Input(Input::Stream(streamed)))
}
