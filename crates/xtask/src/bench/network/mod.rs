//! What the connection to the model costs: the way out of a prompt, bytes, retries and streams.

mod case;
mod table;

pub(super) use case::{NetworkFigures, measure};
pub(super) use table::table;
