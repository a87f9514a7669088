//! `codex replay` and `codex demo`.

use std::path::PathBuf;

use clap::Args;

use super::exec::Color;
use super::shared::Sandbox;

/// How a cassette is played.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReplayArgs {
    /// The cassette
    pub(crate) file: PathBuf,
    /// Fail at the first request that is not the recorded one, and show the difference
    #[arg(long)]
    pub(crate) strict: bool,
    /// Show every difference at the end
    #[arg(long)]
    pub(crate) diff: bool,
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "cd", value_name = "DIR")]
    pub(crate) cd: Option<PathBuf>,
    /// What commands of the agent may touch; as recorded when left out
    #[arg(short, long, value_enum, value_name = "MODE")]
    pub(crate) sandbox: Option<Sandbox>,
    /// Save the threads in your own home (`$CODEX_HOME`); else they are gone afterwards
    #[arg(long)]
    pub(crate) keep: bool,
    /// Run outside a git repository too
    #[arg(long)]
    pub(crate) skip_git_repo_check: bool,
    /// Print one JSON object per event to standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Colours of the text on standard error
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// How the demo is shown.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// In the terminal UI: the messages are prepared, you press Enter
    #[arg(long)]
    pub(crate) tui: bool,
    /// Colours of the text
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}
