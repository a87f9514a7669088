//! The running UI: entry, event loop, the tasks beside it, the last words.

mod clipboard_image;
mod editor;
mod entry;
mod errands;
mod event_loop;
mod export;
mod files;
mod first_run;
mod library;
mod link;
mod output;
mod parting;
mod terminal_answer;

pub use entry::{Next, TuiEnd, TuiRun, run};
pub use first_run::{Door, DoorKeeper, FirstRun};
#[cfg(test)]
pub(crate) use output::Output;
