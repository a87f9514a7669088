//! What a load wants to say without failing. Owns the sentences; whoever shows them decides where.

use std::fmt;
use std::path::PathBuf;

use crate::place::Place;

/// At most this many keys are named in one warning.
const KEYS_SHOWN_MAX: usize = 20;

/// Something a person should know about their configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigWarning {
    /// Keys nobody knows; they are ignored (`config.md §2`).
    UnknownKeys(Vec<UnknownKey>),
    /// Keys that are understood but have no effect yet, as dotted paths.
    NotInEffect(Vec<String>),
    /// Keys that will never have an effect again, as dotted paths.
    Legacy(Vec<String>),
    /// Keys a project file may not set; they are ignored.
    ProjectKeysIgnored {
        /// The project file.
        file: PathBuf,
        /// The dotted keys.
        keys: Vec<String>,
    },
    /// A trusted project whose acting files are new or different: nothing of it acts.
    ProjectChanged {
        /// The project.
        root: PathBuf,
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Unfinished features that were switched on.
    UnfinishedFeatures {
        /// The flags.
        names: Vec<&'static str>,
        /// The file that can silence the warning.
        user_file: PathBuf,
    },
    /// The administrator's requirements hold keys that are not enforced yet.
    RequirementsNotEnforced {
        /// The requirements file.
        file: PathBuf,
        /// The keys.
        keys: Vec<String>,
    },
}

/// One unknown key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Where it is.
    pub place: Place,
    /// The dotted key.
    pub key: String,
    /// The known key it probably means.
    pub suggestion: Option<String>,
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKeys(keys) => {
                let plural = if keys.len() == 1 { "" } else { "s" };
                write!(f, "Codex is ignoring {} unrecognized configuration setting{plural}:", keys.len())?;
                for unknown in keys.iter().take(KEYS_SHOWN_MAX) {
                    let place = &unknown.place;
                    match place.file {
                        Some(_) => write!(f, "\n  {} ({place}): `{}`", place.layer, unknown.key)?,
                        None => write!(f, "\n  {}: `{}`", place.layer, unknown.key)?,
                    }
                    if let Some(near) = &unknown.suggestion {
                        write!(f, ", did you mean `{near}`?")?;
                    }
                }
                match keys.len().saturating_sub(KEYS_SHOWN_MAX) {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more"),
                }
            }
            Self::NotInEffect(keys) => {
                write!(f, "These settings are accepted but not in effect yet: {}", listed(keys))
            }
            Self::ProjectChanged { root, files } => {
                let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
                write!(
                    f,
                    "{} was trusted, but this changed since, so none of its settings and rules are used: {}. Look at it, \
                     and run once with --trust to trust it as it is now.",
                    root.display(),
                    listed(&files)
                )
            }
            Self::Legacy(keys) => {
                write!(f, "These settings no longer have any effect and can be removed: {}", listed(keys))
            }
            Self::ProjectKeysIgnored { file, keys } => write!(
                f,
                "A project may not decide these settings, so they were ignored in {}: {}. \
                 Set them in your own config.toml if you want them.",
                file.display(),
                listed(keys)
            ),
            Self::UnfinishedFeatures { names, user_file } => write!(
                f,
                "Features under development are on: {}. They may be incomplete; \
                 `suppress_unstable_features_warning = true` in {} silences this.",
                listed(names),
                user_file.display()
            ),
            Self::RequirementsNotEnforced { file, keys } => {
                write!(f, "{} asks for limits that are not enforced yet: {}", file.display(), listed(keys))
            }
        }
    }
}

fn listed<S: AsRef<str>>(keys: &[S]) -> String {
    let mut out = keys.iter().take(KEYS_SHOWN_MAX).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    if let Some(more) = keys.len().checked_sub(KEYS_SHOWN_MAX).filter(|more| *more > 0) {
        out.push_str(&format!(" and {more} more"));
    }
    out
}
