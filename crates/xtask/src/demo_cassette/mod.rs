//! `demo-cassette`: records the run that `codex demo` replays.

mod command;
mod place;
mod story;

pub(crate) use command::{Args, run};
