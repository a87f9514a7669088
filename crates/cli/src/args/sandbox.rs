//! `codex sandbox`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use codex_config::ProfileName;

use super::shared::{ConfigArgs, Sandbox};

/// Run a command in the sandbox, or certify what the sandbox holds on this machine.
///
/// The command gets the terminal and the environment of this process, and `CODEX_SANDBOX_NETWORK_DISABLED=1` while the
/// network is off; its exit code is passed on. Nothing is asked and no model is involved.
///
///   codex sandbox -- make test
///   codex sandbox -c sandbox_mode=workspace-write -- ./configure
///   codex sandbox --certify
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct SandboxArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// A permission profile: `[permissions.NAME]`, or `:read-only`, `:workspace`, `:danger-full-access`
    #[arg(
        short = 'P',
        long = "permission-profile",
        alias = "permissions-profile",
        value_name = "NAME",
        conflicts_with = "sandbox"
    )]
    pub(crate) permissions: Option<String>,
    /// Accepted for scripts: an administrator's requirements always hold
    #[arg(long, hide = true)]
    pub(crate) include_managed_config: bool,
    #[command(flatten)]
    pub(crate) state: StateArgs,
    /// What the command may touch
    #[arg(short, long, value_enum, value_name = "MODE")]
    pub(crate) sandbox: Option<Sandbox>,
    /// Layer `$CODEX_HOME/NAME.config.toml` over config.toml
    #[arg(short, long, value_name = "NAME")]
    pub(crate) profile: Option<ProfileName>,
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "cd", value_name = "DIR")]
    pub(crate) cd: Option<PathBuf>,
    /// Try every promise of the sandbox on this machine and print what is enforced, and by what
    ///
    /// The exit code is 0 when all of it is enforced.
    #[arg(long, conflicts_with = "command")]
    pub(crate) certify: bool,
    /// Hold the command by this mechanism or not at all, instead of the strongest that works here
    #[arg(long, value_enum, value_name = "MECHANISM", hide_short_help = true)]
    pub(crate) barrier: Option<BarrierWord>,
    /// Print what another system would be told to enforce instead of running the command; not tried on that system yet
    #[arg(long, value_enum, value_name = "SYSTEM", hide_short_help = true, conflicts_with = "certify")]
    pub(crate) plan: Option<PlanFor>,
    /// The inner half of `--certify`
    #[arg(long, hide = true, conflicts_with = "certify")]
    pub(crate) probe: bool,
    /// The command and its arguments
    #[arg(
        value_name = "COMMAND",
        required_unless_present = "certify",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) command: Vec<String>,
}

/// Permissions another program hands over as a whole, instead of those of the configuration (`safety.md §3`).
#[derive(Debug, Args)]
pub(crate) struct StateArgs {
    /// Apply these permissions: `{"permissionProfile": ..., "sandboxCwd": "file:///..."}`
    #[arg(
        long = "sandbox-state-json",
        value_name = "JSON",
        hide_short_help = true,
        conflicts_with_all = ["permissions", "sandbox", "cd", "certify"]
    )]
    pub(crate) json: Option<String>,
    /// Let the command also read below this folder
    #[arg(
        long = "sandbox-state-readable-root",
        value_name = "DIR",
        hide_short_help = true,
        requires = "json"
    )]
    pub(crate) readable_roots: Vec<PathBuf>,
    /// Close the network, whatever the permissions say
    #[arg(long = "sandbox-state-disable-network", hide_short_help = true, requires = "json")]
    pub(crate) disable_network: bool,
}

/// A system with a sandbox of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFor {
    /// A profile for `sandbox-exec`
    Macos,
    /// The steps to a restricted token
    Windows,
}

/// A mechanism of the sandbox by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BarrierWord {
    /// Private namespaces of our own
    Namespaces,
    /// The system's bubblewrap
    Bubblewrap,
    /// Landlock alone
    Landlock,
}
