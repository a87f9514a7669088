//! Why a command could not do its work, as a person reads it and as an exit code.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use codex_auth::AuthError;
use codex_config::ConfigError;
use codex_core::StartError;
use codex_exec::{ExecError, screen_text};
use codex_execpolicy::LoadError;
use codex_model_provider::{CatalogError, NotReady};
use codex_sandbox::{CertifyError, SpawnError};
use codex_secrets::KnownSecrets;
use codex_sim::SimError;

use crate::commands::ReplayError;

/// A command that ends before its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The current folder is gone or closed to us.
    #[error("The current folder cannot be used: {0}")]
    CurrentDir(#[source] io::Error),
    /// `--cd`
    #[error("The folder {} given with --cd cannot be used: {source}", path.display())]
    Cd { path: PathBuf, source: io::Error },
    /// Arguments that fit the grammar but not each other.
    #[error("error: {0}")]
    Usage(String),
    /// A command or flag of a later version.
    #[error("`{0}` is not available in this version yet.")]
    NotAvailable(&'static str),
    /// A review of nothing.
    #[error("{}", match empty {
        Some(part) => format!("There is nothing to review: the {part} is empty."),
        None => "There is nothing to review.".to_owned(),
    })]
    NoReviewTarget { empty: Option<&'static str> },
    /// `codex login --provider` where nobody signs in.
    #[error("the model provider `{0}` has no gateway at which people sign in")]
    NoGateway(String),
    /// `codex login --with-api-key` without a key that could be one.
    #[error("{0}")]
    NoKey(&'static str),
    /// The stored login.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// `--oss`
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// Nothing could be taken back here.
    #[error("{} is neither inside a git repository nor trusted.", .0.display())]
    NotARepository(PathBuf),
    /// A bad configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A run that did not begin.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// A thread that could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// `codex sandbox`: the command did not start.
    #[error(transparent)]
    Sandbox(#[from] SpawnError),
    /// `codex sandbox --certify`
    #[error(transparent)]
    Certify(#[from] CertifyError),
    /// A rules file.
    #[error(transparent)]
    Rules(#[from] LoadError),
    /// `model_catalog_json`
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A cassette.
    #[error(transparent)]
    Cassette(#[from] SimError),
    /// A replay or the demo.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// `CODEX_LOG`
    #[error("CODEX_LOG is no log filter: {0}")]
    LogFilter(String),
    /// Standard output, a runtime, a thread.
    #[error("{what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

impl CliError {
    /// The exit code (`exec.md §6`).
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::CurrentDir(_)
            | Self::Cd { .. }
            | Self::NotAvailable(_)
            | Self::NoReviewTarget { .. }
            | Self::NoKey(_)
            | Self::NoGateway(_)
            | Self::Auth(_)
            | Self::NotReady(_)
            | Self::NotARepository(_)
            | Self::Config(_)
            | Self::Exec(_)
            | Self::Rules(_)
            | Self::Start(_)
            | Self::Catalog(_)
            | Self::Cassette(_)
            | Self::Replay(_)
            | Self::Sandbox(_)
            | Self::Certify(_)
            | Self::LogFilter(_)
            | Self::Io { .. } => 1,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository(_) => Some(
                "run `git init` so that changes can be taken back, or pass --skip-git-repo-check".to_owned(),
            ),
            Self::Usage(_) => Some("try `--help`".to_owned()),
            Self::NoReviewTarget { .. } => Some(
                "give one of --uncommitted, --base BRANCH, --commit SHA, or say what to look at".to_owned(),
            ),
            Self::LogFilter(_) => Some("for example CODEX_LOG=codex_core=debug".to_owned()),
            Self::NoKey(_) => {
                Some("for example `printenv OPENAI_API_KEY | codex login --with-api-key`".to_owned())
            }
            Self::NoGateway(id) => Some(format!(
                "`codex login --provider` is for providers with `authorization_url`, `token_url` and `client_id` in \
                 [model_providers.{id}.gateway_oauth]"
            )),
            Self::Auth(error) => error.hint(),
            Self::NotReady(error) => Some(error.hint()),
            Self::Start(error) => error.hint(),
            Self::CurrentDir(_)
            | Self::Cd { .. }
            | Self::NotAvailable(_)
            | Self::Config(_)
            | Self::Exec(_)
            | Self::Rules(_)
            | Self::Catalog(_)
            | Self::Cassette(_)
            | Self::Replay(_)
            | Self::Sandbox(_)
            | Self::Certify(_)
            | Self::Io { .. } => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Config(error) => error.report(),
            Self::Exec(error) => error.report(),
            other => match other.hint() {
                Some(hint) => format!("{other}\nhint: {hint}"),
                None => other.to_string(),
            },
        }
    }
}

/// Writes a notice to standard error. It may quote files, names and servers, so it holds no secret, and on a screen it
/// shows no control character as one.
pub(crate) fn say(text: &str) {
    let mut stderr = io::stderr();
    let text = &*KnownSecrets::of_process().mask(text);
    let shown = if stderr.is_terminal() { screen_text(text) } else { Cow::Borrowed(text) };
    // Nothing is left to tell it to when standard error is closed.
    let _ = stderr.write_all(shown.as_bytes());
}

/// Tells the person, and gives the exit code.
pub(crate) fn report(error: &CliError) -> ExitCode {
    say(&format!("{}\n", error.text()));
    ExitCode::from(error.exit_code())
}
