//! The root of the command line.

use clap::{Args, Parser, Subcommand};

use super::approvals::ApprovalsArgs;
use super::exec::ExecArgs;
use super::inspect::{CompletionArgs, DebugArgs, FeaturesArgs};
use super::login::{LoginArgs, LogoutArgs};
use super::replay::{DemoArgs, ReplayArgs};
use super::restore::RestoreArgs;
use super::review::ReviewArgs;
use super::rules::ExecPolicyArgs;
use super::sandbox::SandboxArgs;
use super::shared::{AgentArgs, ConfigArgs, PlaceArgs};
use super::threads::{ArchiveArgs, DeleteArgs, UnarchiveArgs};
use super::tui::{TuiArgs, TuiForkArgs, TuiResumeArgs};

/// A coding agent for the terminal: give it a task, it reads, edits and runs things in your repository.
///
/// `codex` alone opens the terminal UI. `codex exec "fix the failing test"` runs one task to its end. Every run is saved as a thread: `codex exec resume --last "and
/// now the docs"` goes on where the last one ended, `codex exec fork ID "try it the other way"` branches off.
#[derive(Debug, Parser)]
#[command(
    name = "codex",
    bin_name = "codex",
    version,
    display_name = "codex-cli",
    disable_help_subcommand = false
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) root: RootArgs,
    #[command(flatten)]
    pub(crate) tui: TuiArgs,
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

/// The commands; what each does stands at its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(visible_alias = "e")]
    Exec(Box<ExecArgs>),
    Review(Box<ReviewArgs>),
    Resume(TuiResumeArgs),
    Fork(TuiForkArgs),
    Archive(ArchiveArgs),
    Unarchive(UnarchiveArgs),
    Delete(DeleteArgs),
    Restore(RestoreArgs),
    /// Run a recorded task again, offline
    ///
    /// FILE is a cassette written by `codex exec --record FILE`. Its prompts are run again, resumes and forks included:
    /// the model is the recording and needs neither key nor network, the tools are real and work in the present
    /// folder. What the model is sent is compared with what it was sent then.
    Replay(ReplayArgs),
    /// Watch a recorded run in a fresh temporary repository; needs no key and no network
    ///
    /// The agent finds and fixes a real bug and runs the tests; then the thread is resumed and forked. The repository
    /// and the saved threads are kept for you to look at; nothing of yours is touched.
    Demo(DemoArgs),
    Login(LoginArgs),
    Logout(LogoutArgs),
    Completion(CompletionArgs),
    Debug(DebugArgs),
    Features(FeaturesArgs),
    Sandbox(SandboxArgs),
    Approvals(ApprovalsArgs),
    #[command(hide = true)]
    Execpolicy(ExecPolicyArgs),
}
