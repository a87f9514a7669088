//! The wires a scripted reply can be spoken in: one script, three protocols.

mod chat;
mod kind;
mod messages;
mod rules;
mod translate;

pub(crate) use kind::{Wire, answered_calls};
pub use rules::{chat_faults, messages_faults};
pub(crate) use translate::{cut_at_event, translate};
