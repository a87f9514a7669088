//! Why there is no credential. Each variant is one thing a person can do about it; none carries a credential.

use std::io;
use std::path::PathBuf;

use crate::{ExchangeError, LoginMethod, LoginStore};

/// A credential was asked for by the configuration and could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The variable named by `env_key` is unset or blank.
    #[error("Missing environment variable: `{var}`.{}", instructions.as_ref().map(|text| format!(" {text}")).unwrap_or_default())]
    MissingEnv {
        /// The variable.
        var: String,
        /// `env_key_instructions` of the provider.
        instructions: Option<String>,
    },
    /// The server wants a credential and nobody is logged in.
    #[error("Not logged in: no API key was found.")]
    NotLoggedIn,
    /// `forced_login_method` wants another kind of login.
    #[error("{found} cannot be used: `forced_login_method` asks for {}", forced.described())]
    MethodForbidden {
        /// What there is.
        found: String,
        /// What is asked for.
        forced: LoginMethod,
    },
    /// `cli_auth_credentials_store` names a store this version does not have.
    #[error("`cli_auth_credentials_store = \"{}\"` {problem}", store.word())]
    StoreUnavailable {
        /// The store.
        store: LoginStore,
        /// What that means here.
        problem: &'static str,
    },
    /// The login cannot be written or removed.
    #[error("cannot change {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Another process is changing the login and does not finish.
    #[error("another codex has held {} for {waited_s} s", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Seconds waited.
        waited_s: u64,
    },
    /// `auth.json` holds a login this version cannot use.
    #[error("the login in {} is of kind `{kind}`, which this build does not support yet", path.display())]
    LoginKindUnsupported {
        /// `auth_mode` of the file.
        kind: String,
        /// The file.
        path: PathBuf,
    },
    /// There was no whole answer to a request about a login.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The port a browser would come back to is taken.
    #[error("port {port} on this machine cannot be listened on: {source}")]
    CallbackPort {
        /// The port.
        port: u16,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The server refused a sign-in or the renewal of one.
    #[error("the sign-in server answered with status {status}{}", quoted(said))]
    SignInRefused {
        /// The HTTP status.
        status: u16,
        /// The server's words, or nothing.
        said: String,
    },
    /// A sign-in came to nothing.
    #[error("the sign-in failed: {problem}")]
    SignInFailed {
        /// Why.
        problem: String,
    },
    /// The sign-in cannot be renewed any more.
    #[error("The sign-in with ChatGPT is over ({code}).")]
    SignInOver {
        /// The server's code.
        code: String,
    },
    /// Nobody is signed in at the gateway before a provider, or not any more.
    #[error("nobody is signed in at the gateway of the provider `{provider}`{}", code.as_ref().map(|code| format!(" any more ({code})")).unwrap_or_default())]
    GatewaySignedOut {
        /// The provider's id.
        provider: String,
        /// The server's word for why a sign-in is over.
        code: Option<String>,
    },
    /// `auth.json` cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// `auth.json` is not what it should be. The parser's words could quote the file, so only the place is kept.
    #[error("{} is not a valid login file (line {line}, column {column})", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The workspace is none of those `forced_chatgpt_workspace_id` allows.
    #[error("{found} cannot be used: `forced_chatgpt_workspace_id` does not allow its workspace{}", workspace.as_ref().map(|id| format!(" `{id}`")).unwrap_or_default())]
    WorkspaceForbidden {
        /// What there is.
        found: String,
        /// Its workspace, when it names one.
        workspace: Option<String>,
    },
    /// Something of an Agent Identity is missing or wrong.
    #[error("the Agent Identity cannot be used: {problem}")]
    AgentIdentity {
        /// What.
        problem: String,
    },
    /// The program that signs in has no token to lend.
    #[error("the program that signs in for codex has no usable token: {problem}")]
    External {
        /// Why.
        problem: String,
    },
    /// The system's keyring cannot be used.
    #[error("the system keyring cannot be used: {problem}")]
    Keyring {
        /// Why.
        problem: String,
    },
    /// There are no AWS credentials, or they cannot be used.
    #[error("{problem}")]
    Aws {
        /// What is wrong.
        problem: String,
        /// The way out; may be empty.
        hint: String,
    },
    /// The command that should print a token printed nothing.
    #[error("the auth command `{command}` printed nothing on its standard output")]
    CommandSilent {
        /// The program, without its arguments.
        command: String,
    },
    /// The command that should print a token did not.
    #[error("the auth command `{command}` {problem}")]
    Command {
        /// The program, without its arguments.
        command: String,
        /// What went wrong.
        problem: String,
    },
}

impl AuthError {
    /// The way out, when it is not obvious from the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::MissingEnv { var, .. } => {
                Some(format!("export {var}=<your key>, or change `env_key` of the model provider"))
            }
            Self::NotLoggedIn => Some(
                "run `codex login` (ChatGPT) or `codex login --with-api-key`, or export CODEX_API_KEY=<your key>"
                    .to_owned(),
            ),
            Self::LoginKindUnsupported { .. } => {
                Some("run `codex login --with-api-key`, or export CODEX_API_KEY=<your key>".to_owned())
            }
            Self::MethodForbidden { forced: LoginMethod::ApiKey, .. } => {
                Some("run `codex login --with-api-key`".to_owned())
            }
            Self::MethodForbidden { forced: LoginMethod::ChatGpt, .. } => {
                Some("run `codex login`, or remove `forced_login_method` to use an API key".to_owned())
            }
            Self::StoreUnavailable { .. } => Some(
                "set `cli_auth_credentials_store = \"file\"`, or export CODEX_API_KEY=<your key>".to_owned(),
            ),
            Self::Unwritable { .. } => Some("check the owner and the permissions of the folder".to_owned()),
            Self::Locked { .. } => Some("wait for it or end it, then try again".to_owned()),
            Self::SignInOver { .. } => Some(
                "sign in again with `codex login`, or use a key: `codex login --with-api-key`".to_owned(),
            ),
            Self::GatewaySignedOut { provider, .. } => {
                Some(format!("sign in with `codex login --provider {provider}`"))
            }
            Self::CallbackPort { .. } => Some(
                "end the other `codex login`, or sign in with a code: `codex login --device-auth`".to_owned(),
            ),
            Self::Exchange(_) => Some("check the network, and HTTPS_PROXY if you need a proxy".to_owned()),
            Self::SignInRefused { .. } | Self::SignInFailed { .. } | Self::Unreadable { .. } => None,
            Self::Malformed { path, .. } => Some(format!(
                "repair it, or replace it with `codex login --with-api-key` ({})",
                path.display()
            )),
            Self::WorkspaceForbidden { .. } => {
                Some("run `codex login` and choose the workspace your organisation asks for".to_owned())
            }
            Self::AgentIdentity { .. } => {
                Some("store it anew with `codex login --with-access-token`".to_owned())
            }
            Self::External { .. } => Some("sign in again in that program".to_owned()),
            Self::Keyring { .. } => Some(
                "install `secret-tool` (package libsecret-tools) and unlock the keyring, or set \
                 `cli_auth_credentials_store = \"file\"`"
                    .to_owned(),
            ),
            Self::Aws { hint, .. } => Some(hint.clone()).filter(|hint| !hint.is_empty()),
            Self::Command { command, .. } if command == "gcloud" => Some(
                "install the Google Cloud CLI and run `gcloud auth application-default login`, or name another \
                 program: [model_providers.gcp.auth] command = \"..\""
                    .to_owned(),
            ),
            Self::Command { .. } | Self::CommandSilent { .. } => {
                Some("see `[model_providers.<id>.auth]` in config.toml".to_owned())
            }
        }
    }
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}
