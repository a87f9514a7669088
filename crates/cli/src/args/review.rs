//! `codex review` and `codex exec review`.

use clap::Args;

use super::shared::{AgentArgs, ConfigArgs, TurnArgs};

/// Have changes reviewed by a second agent.
///
/// Choose what is reviewed with one flag, or say it in your own words. The review goes to standard output; nothing is
/// changed.
#[derive(Debug, Args)]
#[command(display_name = "codex-cli-review")]
pub(crate) struct ReviewArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Trust this project from now on: its own `.codex/config.toml` is read
    #[arg(long)]
    pub(crate) trust: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// Have changes reviewed by a second agent.
///
/// Choose what is reviewed with one flag, or say it in your own words. Nothing is changed.
#[derive(Debug, Args)]
pub(crate) struct ExecReviewArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) turn: TurnArgs,
}

/// What is reviewed: exactly one of these.
#[derive(Debug, Clone, Args)]
pub(crate) struct TargetArgs {
    /// What to look at, in your own words; with `-` it is read from standard input
    #[arg(conflicts_with_all = ["uncommitted", "base", "commit"])]
    pub(crate) prompt: Option<String>,
    /// Review what is not committed: staged, unstaged and new files
    #[arg(long, conflicts_with_all = ["base", "commit"])]
    pub(crate) uncommitted: bool,
    /// Review what this branch adds to another one
    #[arg(long, value_name = "BRANCH", conflicts_with = "commit")]
    pub(crate) base: Option<String>,
    /// Review one commit
    #[arg(long, value_name = "SHA")]
    pub(crate) commit: Option<String>,
    /// With `--commit`: its title, to be shown
    #[arg(long, value_name = "TITLE")]
    pub(crate) title: Option<String>,
}
