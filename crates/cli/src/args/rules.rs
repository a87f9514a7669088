//! Commands about rules files.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Look at rules files.
#[derive(Debug, Args)]
pub(crate) struct ExecPolicyArgs {
    #[command(subcommand)]
    pub(crate) command: ExecPolicyCommand,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum ExecPolicyCommand {
    /// Print what rules files say about a command, as JSON; nothing runs
    Check {
        /// A rules file; may be given several times
        #[arg(long, value_name = "FILE", required = true, num_args = 1)]
        rules: Vec<PathBuf>,
        /// Indent the JSON
        #[arg(long)]
        pretty: bool,
        /// Let absolute program paths match by name where `host_executable` lists them
        #[arg(long)]
        resolve_host_executables: bool,
        /// The command and its arguments
        #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}
