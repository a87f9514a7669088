//! The reader of a response in the provider's wire: what is kept of a request until its answer comes, and the decoder
//! made of it for each attempt.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderMap, header};

use crate::chat::ChatDecoder;
use crate::classify::FailedAnswer;
use crate::decode::Decoder;
use crate::dialogue::{CallBook, classify_answer};
use crate::messages::MessagesDecoder;
use crate::{StreamError, StreamEvent};

/// How the answers to a request are read.
#[derive(Debug, Clone)]
pub(crate) enum WireReader {
    Responses,
    Chat(Arc<CallBook>),
    Messages { calls: Arc<CallBook>, model: Arc<str> },
}

/// Reads one response.
#[derive(Debug)]
pub(crate) enum WireDecoder {
    Responses(Decoder),
    Chat(Box<ChatDecoder>),
    Messages(Box<MessagesDecoder>),
}

impl WireReader {
    pub(crate) fn decoder(&self) -> WireDecoder {
        match self {
            Self::Responses => WireDecoder::Responses(Decoder::default()),
            Self::Chat(calls) => WireDecoder::Chat(Box::new(ChatDecoder::new(CallBook::clone(calls)))),
            Self::Messages { calls, model } => {
                let decoder = MessagesDecoder::new(CallBook::clone(calls), model.as_ref().to_owned());
                WireDecoder::Messages(Box::new(decoder))
            }
        }
    }

    /// The error an answer that is no stream stands for.
    pub(crate) fn classify(&self, answer: &FailedAnswer<'_>, now: SystemTime) -> StreamError {
        match self {
            Self::Responses => answer.classify(now),
            Self::Chat(_) | Self::Messages { .. } => classify_answer(answer, now),
        }
    }

    /// Whether an answer that claims success is the JSON of an error: gateways do that.
    pub(crate) fn explains_itself(&self, headers: &HeaderMap) -> bool {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        !matches!(self, Self::Responses)
            && content_type
                .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/json"))
    }
}

impl WireDecoder {
    /// Takes one event in; what it means is appended to `out`.
    pub(crate) fn decode(&mut self, data: &[u8], out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        match self {
            Self::Responses(decoder) => decoder.decode(data, out),
            Self::Chat(decoder) => decoder.decode(data, out),
            Self::Messages(decoder) => decoder.decode(data, out),
        }
    }

    /// The server says no more: the rest of what it meant, or the error of a stream that broke off.
    pub(crate) fn end(&mut self, out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        match self {
            Self::Responses(decoder) => Err(decoder.closed_early()),
            Self::Chat(decoder) => decoder.end(out),
            Self::Messages(decoder) => decoder.end(out),
        }
    }

    /// Whether the server finished an item that was not given out.
    pub(crate) fn lost_items(&self) -> bool {
        match self {
            Self::Responses(decoder) => decoder.lost_items,
            Self::Chat(_) | Self::Messages(_) => false,
        }
    }
}
