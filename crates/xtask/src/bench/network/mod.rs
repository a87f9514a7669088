//! What the connection to the model costs: the way out of a prompt, bytes, retries and streams.

mod case;
mod gigabyte;
mod pour;
mod table;

pub(super) use case::{NetworkFigures, measure};
pub(super) use gigabyte::report as gigabyte;
pub(crate) use pour::{Args as PourArgs, run as pour};
pub(super) use table::table;
