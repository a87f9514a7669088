//! What the process was given: environment, current folder, home folder. Taken once; nothing else reads them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use codex_auth::Env;

use crate::error::CliError;

/// The surroundings of this invocation.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    /// The environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// The current folder.
    pub(crate) cwd: PathBuf,
    /// The person's home folder.
    pub(crate) home_dir: Option<PathBuf>,
}

impl Process {
    /// As it is now.
    pub(crate) fn snapshot() -> Result<Self, CliError> {
        Ok(Self {
            env: std::env::vars_os().collect(),
            cwd: std::env::current_dir().map_err(CliError::CurrentDir)?,
            home_dir: std::env::home_dir().filter(|dir| !dir.as_os_str().is_empty()),
        })
    }

    /// A variable that is set and not empty.
    pub(crate) fn var(&self, name: &str) -> Option<&OsStr> {
        let found = self.env.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_os_str())
    }

    /// The variables that are text, as credentials and providers look them up.
    pub(crate) fn auth_env(&self) -> Env {
        self.auth_env_without(&[])
    }

    /// The same but for some.
    pub(crate) fn auth_env_without(&self, left_out: &[&str]) -> Env {
        let texts = self.env.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
        Env::of(texts.filter(|(name, _)| !left_out.contains(name)))
    }

    /// A variable as a path.
    pub(crate) fn path_var(&self, name: &str) -> Option<PathBuf> {
        self.var(name).map(|value| Path::new(value).to_path_buf())
    }
}
