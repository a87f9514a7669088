//! Commands that show something and run nothing.

use clap::{Args, Subcommand};
use clap_complete::Shell;

use super::shared::ConfigArgs;

/// Print a script that lets your shell complete codex commands.
///
///   bash:  codex completion bash > ~/.local/share/bash-completion/completions/codex
///   zsh:   codex completion zsh > ~/.zfunc/_codex
///   fish:  codex completion fish > ~/.config/fish/completions/codex.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionArgs {
    /// The shell
    #[arg(value_enum, default_value_t = Shell::Bash)]
    pub(crate) shell: Shell,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// Look at what would be sent to a model.
#[derive(Debug, Args)]
pub(crate) struct DebugArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(subcommand)]
    pub(crate) command: DebugCommand,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum DebugCommand {
    /// Print the input items a first turn would send, as JSON; nothing is sent or saved
    PromptInput {
        /// The prompt to put last
        prompt: Option<String>,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Print what each compaction of a saved thread kept and what it dropped
    Compaction {
        /// Id or name of the thread
        thread: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Print the model catalogue as JSON, in the form of `model_catalog_json`
    Models {
        /// The built-in catalogue, whatever the config names
        #[arg(long)]
        bundled: bool,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// List feature flags, or switch one on or off in config.toml.
#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(subcommand)]
    pub(crate) command: FeaturesCommand,
}

/// What to do with flags.
#[derive(Debug, Subcommand)]
pub(crate) enum FeaturesCommand {
    /// One line per flag: name, stage, whether it is on
    List {
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Switch a flag on in config.toml
    Enable {
        /// The flag's name
        feature: String,
    },
    /// Switch a flag off in config.toml
    Disable {
        /// The flag's name
        feature: String,
    },
}
