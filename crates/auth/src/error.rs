//! Why there is no credential. Each variant is one thing a person can do about it; none carries a credential.

use std::io;
use std::path::PathBuf;

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
    NotLoggedIn {
        /// Where `auth.json` was looked for.
        codex_home: PathBuf,
    },
    /// `auth.json` holds a login this version cannot use.
    #[error("the login in {} is of kind `{kind}`, which this build does not support yet", path.display())]
    LoginKindUnsupported {
        /// `auth_mode` of the file.
        kind: String,
        /// The file.
        path: PathBuf,
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
            Self::NotLoggedIn { codex_home } => Some(format!(
                "export CODEX_API_KEY=<your key>, or store it in {} as {{\"auth_mode\":\"apikey\",\"OPENAI_API_KEY\":\"<your key>\"}}",
                codex_home.join("auth.json").display()
            )),
            Self::LoginKindUnsupported { .. } => {
                Some("set CODEX_API_KEY, or store an API key as {\"auth_mode\":\"apikey\"}".to_owned())
            }
            Self::Unreadable { .. } => None,
            Self::Malformed { path, .. } => {
                Some(format!("repair or remove {}, or set CODEX_API_KEY", path.display()))
            }
            Self::Command { .. } => Some("see `[model_providers.<id>.auth]` in config.toml".to_owned()),
        }
    }
}
