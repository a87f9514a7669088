//! The Chat Completions API as a transport: requests written from a dialogue, chunks read back into the turn's events.

mod body;
mod chunk;
mod decode;

pub(crate) use body::{ChatRequest, render};
pub(crate) use decode::ChatDecoder;
