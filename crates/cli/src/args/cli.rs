//! The root of the command line.

use clap::{Args, Parser, Subcommand};

use super::exec::ExecArgs;
use super::inspect::{CompletionArgs, DebugArgs, FeaturesArgs};
use super::shared::{AgentArgs, ConfigArgs, PlaceArgs};

/// A coding agent for the terminal: give it a task, it reads, edits and runs things in your repository.
///
/// Start with `codex exec "fix the failing test"`. Every run is saved as a thread: `codex exec resume --last "and
/// now the docs"` goes on where the last one ended, `codex exec fork ID "try it the other way"` branches off.
#[derive(Debug, Parser)]
#[command(
    name = "codex",
    bin_name = "codex",
    version,
    display_name = "codex-cli",
    disable_help_subcommand = false
)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) root: RootArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags before the command; they hold for it too.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RootArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one task to its end without asking anything
    #[command(visible_alias = "e")]
    Exec(Box<ExecArgs>),
    /// Print a script that lets your shell complete codex commands
    Completion(CompletionArgs),
    /// Look at what would be sent to a model
    Debug(DebugArgs),
    /// List feature flags, or switch one on or off
    Features(FeaturesArgs),
}
