//! `codex login` and `codex logout`.

use clap::{Args, Subcommand};

use super::shared::ConfigArgs;

/// Store a login, or show the stored one.
///
/// An API key is read from standard input, or asked for when that is a terminal, and saved in `$CODEX_HOME/auth.json`,
/// which only you can read:
///
///   printenv OPENAI_API_KEY | codex login --with-api-key
///
/// A key in CODEX_API_KEY goes before the stored one.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(crate) struct LoginArgs {
    #[command(subcommand)]
    pub(crate) command: Option<LoginCommand>,
    /// Store an API key
    #[arg(long, group = "kind")]
    pub(crate) with_api_key: bool,
    /// Store an access token
    #[arg(long, group = "kind", hide = true)]
    pub(crate) with_access_token: bool,
    /// Sign in with a code typed on another device
    #[arg(long, group = "kind", hide = true)]
    pub(crate) device_auth: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// What else there is to a login.
#[derive(Debug, Subcommand)]
pub(crate) enum LoginCommand {
    /// Say which login is stored; exit code 1 when none can be used
    Status {
        /// Ask the server whether it accepts the key (one request that costs nothing)
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// Remove the stored login.
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
