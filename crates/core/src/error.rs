//! Why a thread could not be opened. Words for people; hints as data.

use codex_auth::AuthError;
use codex_execpolicy::LoadError;
use codex_model_provider::CatalogError;
use codex_rollout::{RolloutError, ThreadRef};

use crate::network::NetworkError;

/// A thread could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No saved thread fits.
    #[error("No saved thread {0}.")]
    NotFound(ThreadRef),
    /// The thread was made with another provider.
    #[error("This thread was recorded with the model provider `{recorded}`, but `{chosen}` is chosen now.")]
    ProviderChanged {
        /// In the file.
        recorded: String,
        /// In the config.
        chosen: String,
    },
    /// A built-in provider that needs code this version does not have.
    #[error("The model provider `{id}` is not available in this version.")]
    ProviderUnsupported {
        /// The provider.
        id: String,
    },
    /// A custom provider without an address.
    #[error("The model provider `{id}` has no address.")]
    ProviderWithoutUrl {
        /// The provider.
        id: String,
    },
    /// Nothing names the project in Google Cloud.
    #[error("no project is named for Google Cloud")]
    NoProject {
        /// The variable that could name it.
        variable: &'static str,
    },
    /// What proves who asks cannot be set up.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// An administrator does not allow what was chosen.
    #[error(transparent)]
    NotAllowed(codex_config::ConfigError),
    /// `model_catalog_json` cannot be used.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The network table of the chosen permissions cannot be used.
    #[error("The network settings cannot be used: {0}.")]
    Network(#[from] NetworkError),
    /// A rules file cannot be used.
    #[error("The rules cannot be loaded: {0}")]
    Rules(#[from] LoadError),
    /// The thread's file cannot be used.
    #[error(transparent)]
    Rollout(#[from] RolloutError),
    /// A text of ours did not encode; a bug.
    #[error("An item could not be encoded.")]
    Encode(#[from] serde_json::Error),
}

impl StartError {
    /// The way out.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound(_) => {
                Some("Threads are saved below `sessions/` in CODEX_HOME; check the id or name.".to_owned())
            }
            Self::ProviderChanged { recorded, .. } => {
                Some(format!("Resume it with `-c model_provider=\"{recorded}\"`, or start a new thread."))
            }
            Self::ProviderUnsupported { .. } => {
                Some("Choose `openai` or define your own under [model_providers.NAME].".to_owned())
            }
            Self::ProviderWithoutUrl { id } => {
                Some(format!("Set `base_url` under [model_providers.{id}] in config.toml."))
            }
            Self::NoProject { variable } => Some(format!(
                "Set `project_id` under [model_providers.gcp] in config.toml, or export {variable}=<project>."
            )),
            Self::Network(_) => Some(
                "Mend it in [permissions.NAME.network] or [features.network_proxy] of config.toml.".to_owned(),
            ),
            Self::Rollout(error) => error.hint(),
            Self::Rules(_) => Some(
                "Mend or move the file; `codex execpolicy check --rules FILE -- COMMAND` reads one without starting."
                    .to_owned(),
            ),
            Self::Auth(error) => error.hint(),
            Self::NotAllowed(error) => error.hint(),
            Self::Catalog(_) | Self::Encode(_) => None,
        }
    }
}

/// The thread has ended and takes no more operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The thread is closed.")]
pub struct ThreadClosed;

/// A fact could not be put on disk, so it must not be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// The file refused it.
    #[error(transparent)]
    Rollout(#[from] RolloutError),
    /// A text of ours did not encode; a bug.
    #[error("An item could not be encoded.")]
    Encode(#[from] serde_json::Error),
}
