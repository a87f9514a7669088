//! `codex login` and `codex logout`.

use clap::{Args, Subcommand};
use codex_auth::CALLBACK_PORT;

use super::shared::ConfigArgs;

/// Store a login, or show the stored one.
///
/// Without a flag you sign in with ChatGPT in a browser on this machine; with `--device-auth`
/// by a code that you type in a browser on any device.
///
/// An API key is read from standard input, or asked for when that is a terminal:
///
///   printenv OPENAI_API_KEY | codex login --with-api-key
///
/// A login is saved in `$CODEX_HOME/auth.json`, which only you can read, or in the system
/// keyring (`cli_auth_credentials_store`). A key in CODEX_API_KEY or a token in
/// CODEX_ACCESS_TOKEN goes before it.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(crate) struct LoginArgs {
    #[command(subcommand)]
    pub(crate) command: Option<LoginCommand>,
    /// Store an API key
    #[arg(long, group = "kind")]
    pub(crate) with_api_key: bool,
    /// Store an access token: `printenv CODEX_ACCESS_TOKEN | codex login --with-access-token`
    #[arg(long, group = "kind")]
    pub(crate) with_access_token: bool,
    /// Sign in with ChatGPT by a code, for machines without a browser
    #[arg(long, group = "kind")]
    pub(crate) device_auth: bool,
    /// Sign in at the gateway of this model provider (`gateway_oauth`), instead of with ChatGPT
    #[arg(long, value_name = "ID", conflicts_with_all = ["with_api_key", "with_access_token"])]
    pub(crate) provider: Option<String>,
    /// The server to sign in at
    #[arg(long = "experimental_issuer", value_name = "URL", hide = true)]
    pub(crate) issuer: Option<String>,
    /// The port the browser comes back to; 0 for any
    #[arg(long = "experimental_port", value_name = "PORT", hide = true, default_value_t = CALLBACK_PORT)]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// What else there is to a login.
#[derive(Debug, Subcommand)]
pub(crate) enum LoginCommand {
    /// Say which login is stored and whether the server accepts it; exit code 1 when none can be used
    Status {
        /// Fail also when the server cannot be asked
        #[arg(long, conflicts_with = "offline")]
        check: bool,
        /// Ask nobody
        #[arg(long)]
        offline: bool,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// Remove the stored login.
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// Remove the sign-in at the gateway of this model provider, and no other login
    #[arg(long, value_name = "ID")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
