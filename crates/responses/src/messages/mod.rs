//! The Anthropic Messages API as a transport: requests written from a dialogue, events read back into the turn's.

mod body;
mod decode;
mod event;
mod thinking;

pub(crate) use body::{MessagesRequest, render};
pub(crate) use decode::MessagesDecoder;
