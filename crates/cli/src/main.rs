//! The binary `codex`: arguments in, exit code out. Only wires.

mod args;
mod commands;
mod error;
mod logging;
mod process;
mod record;
mod runtime;
mod scratch;
mod settings;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use codex_sandbox::{offer_helper, serve_as_helper};
use codex_secrets::KnownSecrets;

use crate::args::Cli;
use crate::error::report;
use crate::process::Process;

fn main() -> ExitCode {
    if let Some(code) = serve_as_helper(std::env::args_os()) {
        return code;
    }
    let cli = Cli::parse();
    let outcome = Process::snapshot().and_then(|process| {
        // Before anything is written: errors and logs are without them.
        KnownSecrets::of_process().learn_env(process.env.iter().map(|(name, value)| (name, value)));
        logging::start(&process)?;
        offer_ourselves(&process);
        commands::dispatch(cli, &process)
    });
    outcome.unwrap_or_else(|error| report(&error))
}

/// Lets this program be the inner half of a sandbox that bubblewrap builds. Without it that way of the ladder is missing.
fn offer_ourselves(process: &Process) {
    let search = process.var("PATH").unwrap_or_default().to_owned();
    if let Err(error) = offer_helper(Path::new("/proc/self/exe"), search) {
        tracing::debug!(%error, "bubblewrap cannot be used: our own program cannot be opened");
    }
}
