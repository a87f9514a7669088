//! Why a local model server cannot serve a turn. Each variant is one thing a person can do about it.

/// Models named in a hint; a long list helps nobody.
const MODELS_SHOWN_MAX: usize = 8;

/// A local model server is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// Nothing that answers is there.
    #[error("{service} is not running: {reason}")]
    NotRunning {
        /// The service.
        service: &'static str,
        /// What was tried and what happened.
        reason: String,
        /// How it is started.
        advice: &'static str,
        /// The variable that names another address.
        variable: &'static str,
    },
    /// It runs, but does not speak the API.
    #[error("{service} {version} is too old: {needed} or newer is needed")]
    TooOld {
        /// The service.
        service: &'static str,
        /// What runs.
        version: String,
        /// What would do.
        needed: String,
    },
    /// It runs, but does not have the model.
    #[error("{service} does not have the model `{model}`")]
    NoModel {
        /// The service.
        service: &'static str,
        /// The model.
        model: String,
        /// The command that downloads it.
        fetch: String,
        /// What it has.
        present: Vec<String>,
    },
    /// It has the model and cannot run it.
    #[error("{service} could not load the model `{model}`: {reason}")]
    NotLoaded {
        /// The service.
        service: &'static str,
        /// The model.
        model: String,
        /// The server's words.
        reason: String,
    },
}

impl NotReady {
    /// The way out.
    pub fn hint(&self) -> String {
        match self {
            Self::NotRunning { advice, variable, .. } => {
                format!("{advice}. If it listens elsewhere, set {variable} (http://host:port/v1)")
            }
            Self::TooOld { service, .. } => format!("update {service}"),
            Self::NoModel { fetch, present, .. } if present.is_empty() => format!("run `{fetch}`"),
            Self::NoModel { fetch, present, .. } => {
                let mut shown: Vec<&str> =
                    present.iter().take(MODELS_SHOWN_MAX).map(String::as_str).collect();
                if present.len() > MODELS_SHOWN_MAX {
                    shown.push("...");
                }
                format!("run `{fetch}`, or choose one it has with -m: {}", shown.join(", "))
            }
            Self::NotLoaded { .. } => "choose a smaller model with -m, or see the server's log".to_owned(),
        }
    }
}
