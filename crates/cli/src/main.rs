//! The binary `codex`: arguments in, exit code out. Only wires.

mod args;
mod commands;
mod error;
mod logging;
mod process;
mod record;
mod runtime;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::error::report;
use crate::process::Process;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = Process::snapshot().and_then(|process| {
        logging::start(&process)?;
        commands::dispatch(cli, &process)
    });
    outcome.unwrap_or_else(|error| report(&error))
}
