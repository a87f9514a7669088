//! The running UI: entry, event loop, the tasks beside it, the last words.

mod entry;
mod event_loop;
mod library;
mod link;
mod output;
mod parting;

pub use entry::{TuiRun, run};
#[cfg(test)]
pub(crate) use output::Output;
