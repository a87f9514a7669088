//! The running UI: entry, event loop, the tasks beside it, the last words.

mod entry;
mod errands;
mod event_loop;
mod export;
mod files;
mod library;
mod link;
mod output;
mod parting;
mod terminal_answer;

pub use entry::{TuiRun, run};
#[cfg(test)]
pub(crate) use output::Output;
