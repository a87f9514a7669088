//! `sandbox-cost`: what the sandbox adds to the start of a command.

mod command;
mod table;
mod way;

pub(crate) use command::{Args, report, run};
pub(crate) use way::Binaries;
