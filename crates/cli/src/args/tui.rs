//! Arguments of the terminal UI: the bare `codex`, and `codex resume` and `codex fork`.

use clap::{Args, ValueEnum};
use codex_protocol::ApprovalPolicy;

/// How the terminal UI begins.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TuiArgs {
    /// The first message
    pub(crate) prompt: Option<String>,
    /// When the agent may ask for more than the sandbox allows
    #[arg(short = 'a', long = "ask-for-approval", value_name = "WHEN")]
    pub(crate) approval: Option<Asking>,
    /// Stay on the normal screen: the conversation goes to the terminal's own scrollback
    #[arg(long)]
    pub(crate) no_alt_screen: bool,
    /// Plain lines for screen readers: nothing is drawn twice, lists are answered by numbers
    #[arg(long)]
    pub(crate) screen_reader: bool,
}

/// `--ask-for-approval`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Asking {
    /// When a command or patch needs more than the sandbox allows
    OnRequest,
    /// Not at all: what needs more is refused
    Never,
}

impl From<Asking> for ApprovalPolicy {
    fn from(asking: Asking) -> Self {
        match asking {
            Asking::OnRequest => Self::OnRequest,
            Asking::Never => Self::Never,
        }
    }
}

/// Go on with a saved thread in the terminal UI
#[derive(Debug, Clone, Args)]
pub(crate) struct TuiResumeArgs {
    /// Id or name of the thread; without one, a list to choose from
    pub(crate) session_id: Option<String>,
    /// Take the newest thread that was started in the working folder
    #[arg(long)]
    pub(crate) last: bool,
    /// With `--last`: whatever folder it was started in
    #[arg(long, requires = "last")]
    pub(crate) all: bool,
    /// Stay on the normal screen
    #[arg(long)]
    pub(crate) no_alt_screen: bool,
    /// Plain lines for screen readers: nothing is drawn twice, lists are answered by numbers
    #[arg(long)]
    pub(crate) screen_reader: bool,
}

/// Begin a new thread in the terminal UI with the history of a saved one
#[derive(Debug, Clone, Args)]
pub(crate) struct TuiForkArgs {
    /// Id or name of the thread
    #[arg(required_unless_present = "last", conflicts_with = "last")]
    pub(crate) session_id: Option<String>,
    /// Take the newest thread that was started in the working folder
    #[arg(long)]
    pub(crate) last: bool,
    /// With `--last`: whatever folder it was started in
    #[arg(long, requires = "last")]
    pub(crate) all: bool,
    /// Stay on the normal screen
    #[arg(long)]
    pub(crate) no_alt_screen: bool,
    /// Plain lines for screen readers: nothing is drawn twice, lists are answered by numbers
    #[arg(long)]
    pub(crate) screen_reader: bool,
}
