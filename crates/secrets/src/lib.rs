//! Known secret values: what counts as one, how it may be spelled, taking it out of what is written.

mod forms;
mod json_text;
mod known;
mod matcher;
mod secrets;
mod shape;

pub use json_text::{Place, mask_json};
pub use known::KnownSecrets;
pub use secrets::Secrets;
