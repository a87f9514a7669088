//! What an administrator lets be chosen, for whoever changes settings later: a loaded configuration keeps it.
//! Pure. Invariant: `None` allows everything, an empty list nothing.

use std::path::PathBuf;

use codex_protocol::{ApprovalPolicy, SandboxMode, SandboxPolicy};

use crate::error::ConfigError;
use crate::permissions::BUILTIN_PROFILES;
use crate::words::WebSearchMode;

/// The limits of the requirements file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub(crate) sandbox: Option<Vec<String>>,
    pub(crate) profiles: Option<Vec<String>>,
    pub(crate) approval: Option<Vec<String>>,
    pub(crate) search: Option<Vec<String>>,
    pub(crate) file: PathBuf,
}

impl Limits {
    /// Whether commands may run under a policy.
    ///
    /// # Errors
    /// [`ConfigError::NotAllowed`], which names the file.
    pub fn policy(&self, policy: &SandboxPolicy) -> Result<(), ConfigError> {
        let mode = policy.mode();
        self.judge("sandbox_mode", Some(mode.as_str()), self.sandbox.as_deref())?;
        let id = match policy {
            SandboxPolicy::Profile(named) => named.id.as_str(),
            _ => profile_of(mode),
        };
        self.judge("default_permissions", Some(id), self.profiles.as_deref())
    }

    /// Whether commands may run under permissions that have no name: their mode counts, and where profiles are limited
    /// they must be `within` one of those that are allowed.
    ///
    /// # Errors
    /// As [`Limits::policy`].
    pub fn unnamed(&self, mode: SandboxMode, within: impl Fn(&str) -> bool) -> Result<(), ConfigError> {
        self.judge("sandbox_mode", Some(mode.as_str()), self.sandbox.as_deref())?;
        if self.profiles.iter().flatten().any(|id| within(id)) {
            return Ok(());
        }
        self.judge(
            "default_permissions",
            Some("permissions that are in none of them"),
            self.profiles.as_deref(),
        )
    }

    /// Whether a person may be asked like this.
    ///
    /// # Errors
    /// As [`Limits::policy`].
    pub fn approval(&self, approval: ApprovalPolicy) -> Result<(), ConfigError> {
        self.judge("approval_policy", Some(approval.as_str()), self.approval.as_deref())
    }

    pub(crate) fn search(&self, mode: Option<WebSearchMode>) -> Result<(), ConfigError> {
        self.judge("web_search", mode.map(|mode| mode.as_str()), self.search.as_deref())
    }

    pub(crate) fn judge(
        &self,
        key: &'static str,
        chosen: Option<&str>,
        allowed: Option<&[String]>,
    ) -> Result<(), ConfigError> {
        let (Some(chosen), Some(allowed)) = (chosen, allowed) else { return Ok(()) };
        if allowed.iter().any(|word| word == chosen) {
            return Ok(());
        }
        Err(ConfigError::NotAllowed {
            key,
            value: chosen.to_owned(),
            allowed: allowed.to_vec(),
            file: self.file.clone(),
        })
    }
}

/// The built-in profile that is a mode.
fn profile_of(mode: SandboxMode) -> &'static str {
    BUILTIN_PROFILES.iter().find(|(_, own)| *own == mode).map_or("", |(id, _)| id)
}
