//! `codex completion`

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::args::{Cli, CompletionArgs};
use crate::commands::print::print;
use crate::error::CliError;

/// Prints the script.
pub(crate) fn run(args: &CompletionArgs) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "codex", &mut script);
    print(&script)
}
