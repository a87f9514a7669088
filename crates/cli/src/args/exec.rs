//! `codex exec` and its sub-commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::review::ExecReviewArgs;
use super::shared::{AgentArgs, ConfigArgs, PlaceArgs, TurnArgs};

/// Run one task to its end without asking anything.
///
/// The final message goes to standard output, everything else to standard error; `--json` prints every event as one
/// JSON line instead. Commands of the agent may read but not write unless `--sandbox workspace-write` is given.
#[derive(Debug, Args)]
#[command(
    version,
    display_name = "codex-cli-exec",
    override_usage = "codex exec [OPTIONS] [PROMPT]\n       codex exec [OPTIONS] <COMMAND> [ARGS]"
)]
pub(crate) struct ExecArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ExecCommand>,
    /// The task. Without it, or with `-`, it is read from standard input; with it, piped input is added below it
    pub(crate) prompt: Option<String>,
    /// Images that go with the task; put `--` before a task that follows
    #[arg(short, long = "image", value_name = "FILE", num_args = 1.., value_delimiter = ',')]
    pub(crate) images: Vec<PathBuf>,
    /// Colours of the text on standard error
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) turn: TurnArgs,
}

/// What else can be run; described at their arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum ExecCommand {
    Resume(Box<ResumeArgs>),
    Fork(Box<ForkArgs>),
    Review(Box<ExecReviewArgs>),
}

/// Go on with a saved thread.
///
/// The thread keeps its history; folder, sandbox and model are those of this invocation.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The thread's id or name; with `--last` this is the prompt
    pub(crate) session_id: Option<String>,
    /// What to say. Without it, or with `-`, it is read from standard input
    pub(crate) prompt: Option<String>,
    /// Take the newest thread that was started in the working folder
    #[arg(long)]
    pub(crate) last: bool,
    /// With `--last`: whatever folder it was started in
    #[arg(long)]
    pub(crate) all: bool,
    /// An image that goes with the prompt; repeatable
    #[arg(short, long = "image", value_name = "FILE", value_delimiter = ',')]
    pub(crate) images: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) turn: TurnArgs,
}

/// Begin a new thread with the history of a saved one.
///
/// The saved thread stays as it is, even while another process writes to it.
#[derive(Debug, Args)]
pub(crate) struct ForkArgs {
    /// The thread's id or name
    pub(crate) session_id: String,
    /// What to say. Without it the fork is made and nothing is sent; with `-` it is read from standard input
    pub(crate) prompt: Option<String>,
    /// An image that goes with the prompt; repeatable
    #[arg(short, long = "image", value_name = "FILE", value_delimiter = ',')]
    pub(crate) images: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) turn: TurnArgs,
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// Always
    Always,
    /// Never
    Never,
    /// On a terminal
    Auto,
}
