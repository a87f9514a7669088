//! Flags that several commands take, and how a flag before a sub-command joins one after it: the later wins, lists
//! are joined.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use codex_config::ProfileName;
use codex_protocol::SandboxMode;

/// Settings for this run only.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigArgs {
    /// Set one config key for this run, above every config file; repeatable
    ///
    /// KEY is a dotted path as in config.toml. VALUE is TOML; what is not TOML is taken as a string.
    ///
    ///   -c model_verbosity=low
    ///   -c 'sandbox_workspace_write.writable_roots=["/srv/cache"]'
    #[arg(short = 'c', long = "config", value_name = "KEY=VALUE", verbatim_doc_comment)]
    pub(crate) overrides: Vec<String>,
    /// Switch a feature on for this run (see `codex features list`); repeatable
    #[arg(long, value_name = "FEATURE")]
    pub(crate) enable: Vec<String>,
    /// Switch a feature off for this run; repeatable
    #[arg(long, value_name = "FEATURE")]
    pub(crate) disable: Vec<String>,
    /// Stop when a config file holds a key nobody knows, instead of warning
    #[arg(long)]
    pub(crate) strict_config: bool,
}

impl ConfigArgs {
    /// With this model provider, whatever the files say.
    pub(crate) fn at_provider(mut self, id: &str) -> Self {
        self.overrides.push(format!("model_provider={id:?}"));
        self
    }

    /// With the flags of a sub-command.
    pub(crate) fn with(mut self, later: Self) -> Self {
        self.overrides.extend(later.overrides);
        self.enable.extend(later.enable);
        self.disable.extend(later.disable);
        self.strict_config |= later.strict_config;
        self
    }
}

/// Which agent runs, and what holds it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AgentArgs {
    /// The model to use, for this run
    #[arg(short, long)]
    pub(crate) model: Option<String>,
    /// DANGEROUS: run commands without any sandbox and never ask
    ///
    /// Only for machines that are a sandbox themselves, such as a throw-away container.
    #[arg(long)]
    pub(crate) dangerously_bypass_approvals_and_sandbox: bool,
    /// DANGEROUS: run hooks without their stored trust
    #[arg(long, hide = true)]
    pub(crate) dangerously_bypass_hook_trust: bool,
    /// Run in a new git worktree of its own
    #[arg(long, hide = true)]
    pub(crate) worktree: bool,
}

impl AgentArgs {
    /// With the flags of a sub-command.
    pub(crate) fn with(self, later: Self) -> Self {
        Self {
            model: later.model.or(self.model),
            dangerously_bypass_approvals_and_sandbox: self.dangerously_bypass_approvals_and_sandbox
                || later.dangerously_bypass_approvals_and_sandbox,
            dangerously_bypass_hook_trust: self.dangerously_bypass_hook_trust
                || later.dangerously_bypass_hook_trust,
            worktree: self.worktree || later.worktree,
        }
    }
}

/// Where the agent works and what it may touch.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArgs {
    /// Use a model server on this machine
    #[arg(long)]
    pub(crate) oss: bool,
    /// Which one: `lmstudio` or `ollama`; else `oss_provider` of the config
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) local_provider: Option<String>,
    /// Layer `$CODEX_HOME/NAME.config.toml` over config.toml
    #[arg(short, long, value_name = "NAME")]
    pub(crate) profile: Option<ProfileName>,
    /// What commands of the agent may touch
    #[arg(short, long, value_enum, value_name = "MODE")]
    pub(crate) sandbox: Option<Sandbox>,
    /// Use a permission profile instead: `[permissions.NAME]` of the config, or a built-in one such as `:workspace`
    #[arg(long, value_name = "NAME", conflicts_with = "sandbox")]
    pub(crate) permission_profile: Option<String>,
    /// Let a second agent decide about what needs more than the sandbox allows
    ///
    /// Commands may write in the working folder; what wants more is judged by a reviewer and refused when in doubt.
    #[arg(long)]
    pub(crate) approve_for_me: bool,
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "cd", value_name = "DIR")]
    pub(crate) cd: Option<PathBuf>,
    /// Another folder that may be written with `--sandbox workspace-write`; repeatable
    #[arg(long = "add-dir", value_name = "DIR")]
    pub(crate) add_dirs: Vec<PathBuf>,
}

impl PlaceArgs {
    /// With the flags of a sub-command.
    pub(crate) fn with(mut self, later: Self) -> Self {
        self.add_dirs.extend(later.add_dirs);
        Self {
            oss: self.oss || later.oss,
            local_provider: later.local_provider.or(self.local_provider),
            profile: later.profile.or(self.profile),
            sandbox: later.sandbox.or(self.sandbox),
            permission_profile: later.permission_profile.or(self.permission_profile),
            approve_for_me: self.approve_for_me || later.approve_for_me,
            cd: later.cd.or(self.cd),
            add_dirs: self.add_dirs,
        }
    }
}

/// `--sandbox`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sandbox {
    /// Read anything, write nothing, no network
    ReadOnly,
    /// Also write in the working folder, /tmp and $TMPDIR
    WorkspaceWrite,
    /// No limits
    DangerFullAccess,
}

impl From<Sandbox> for SandboxMode {
    fn from(sandbox: Sandbox) -> Self {
        match sandbox {
            Sandbox::ReadOnly => Self::ReadOnly,
            Sandbox::WorkspaceWrite => Self::WorkspaceWrite,
            Sandbox::DangerFullAccess => Self::DangerFullAccess,
        }
    }
}

/// How one turn is run and shown.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TurnArgs {
    /// A word that says who asked, saved with a new or forked thread
    #[arg(long, value_name = "TEXT")]
    pub(crate) thread_source: Option<String>,
    /// Ask for a cyber access program
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub(crate) cyber_access_program: Option<CyberAccessProgram>,
    /// Run outside a git repository too
    ///
    /// In a repository every change of the agent can be seen and taken back; elsewhere it cannot.
    #[arg(long)]
    pub(crate) skip_git_repo_check: bool,
    /// Trust this project from now on: its own `.codex/config.toml` is read
    #[arg(long)]
    pub(crate) trust: bool,
    /// Save nothing; the thread cannot be resumed
    #[arg(long)]
    pub(crate) ephemeral: bool,
    /// Leave `$CODEX_HOME/config.toml` out
    #[arg(long)]
    pub(crate) ignore_user_config: bool,
    /// Leave `.rules` files out
    #[arg(long)]
    pub(crate) ignore_rules: bool,
    /// A JSON Schema the final message must follow
    #[arg(long, value_name = "FILE")]
    pub(crate) output_schema: Option<PathBuf>,
    /// Print one JSON object per event to standard output
    #[arg(long, alias = "experimental-json")]
    pub(crate) json: bool,
    /// Write the final message to this file
    #[arg(short = 'o', long = "output-last-message", value_name = "FILE")]
    pub(crate) last_message: Option<PathBuf>,
    /// Record what the model is sent and answers, for `codex replay FILE`
    ///
    /// Values of variables and settings that hold keys or tokens are masked. An existing cassette is continued.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

impl TurnArgs {
    /// With the flags of a sub-command.
    pub(crate) fn with(self, later: Self) -> Self {
        Self {
            thread_source: later.thread_source.or(self.thread_source),
            cyber_access_program: later.cyber_access_program.or(self.cyber_access_program),
            skip_git_repo_check: self.skip_git_repo_check || later.skip_git_repo_check,
            trust: self.trust || later.trust,
            ephemeral: self.ephemeral || later.ephemeral,
            ignore_user_config: self.ignore_user_config || later.ignore_user_config,
            ignore_rules: self.ignore_rules || later.ignore_rules,
            output_schema: later.output_schema.or(self.output_schema),
            json: self.json || later.json,
            last_message: later.last_message.or(self.last_message),
            record: later.record.or(self.record),
        }
    }
}

/// `--cyber-access-program`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum CyberAccessProgram {
    /// The usual limits
    Standard,
    /// Defensive work
    DaybreakBlue,
    /// Offensive tests
    DaybreakRed,
}
