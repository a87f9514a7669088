//! `codex approvals`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{ConfigArgs, Sandbox};
use super::tui::Asking;

/// See why a command would run, be asked about or be refused; nothing runs
#[derive(Debug, Args)]
pub(crate) struct ApprovalsArgs {
    #[command(subcommand)]
    pub(crate) command: ApprovalsCommand,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalsCommand {
    /// Explain the decision about one command, here and with the present settings
    ///
    ///   codex approvals why -- git push origin main
    ///   codex approvals why -- 'make && rm -rf build'
    #[command(verbatim_doc_comment)]
    Why {
        #[command(flatten)]
        surroundings: Surroundings,
        /// As if the model asked to run it outside of the sandbox
        #[arg(long)]
        escalated: bool,
        /// The command; one argument is read as a script, several as the words of a command
        #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Judge the commands of saved threads anew
    ///
    /// Prints what would run, be asked about and be refused. With --rules, other rules files are tried instead of the
    /// present ones, and every difference to them is listed.
    Test {
        #[command(flatten)]
        surroundings: Surroundings,
        /// A rules file to try instead of the present ones; may be given several times
        #[arg(long, value_name = "FILE")]
        rules: Vec<PathBuf>,
        /// Only this thread: id or exact name
        #[arg(long, value_name = "THREAD", conflicts_with = "last")]
        thread: Option<String>,
        /// So many threads, the newest first
        #[arg(long, value_name = "N", default_value_t = 100)]
        last: usize,
        /// List every command, not only those that are asked about, refused or decided otherwise
        #[arg(long)]
        all: bool,
    },
}

/// With which settings a command is judged.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Surroundings {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// What commands of the agent may touch
    #[arg(short, long, value_enum, value_name = "MODE")]
    pub(crate) sandbox: Option<Sandbox>,
    /// When the agent may ask for more than the sandbox allows
    #[arg(short = 'a', long = "ask-for-approval", value_name = "WHEN")]
    pub(crate) approval: Option<Asking>,
    /// Judge as in this folder instead of the current one
    #[arg(short = 'C', long = "cd", value_name = "DIR")]
    pub(crate) cd: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
