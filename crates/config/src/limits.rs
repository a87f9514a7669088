//! What an administrator lets be chosen, for whoever changes settings later: a loaded configuration keeps it.
//! Pure. Invariant: `None` allows everything, an empty list nothing.

use std::path::PathBuf;

use codex_protocol::{ApprovalPolicy, ApprovalsReviewer, SandboxMode, SandboxPolicy};

use crate::edit::SettingValue;
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
    pub(crate) login: Option<Vec<String>>,
    pub(crate) reviewers: Option<Vec<String>>,
    pub(crate) providers: Option<Vec<String>>,
    pub(crate) models: Option<Vec<String>>,
    /// Flags that are pinned.
    pub(crate) features: Vec<(String, bool)>,
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

    /// Whether this one may answer questions.
    ///
    /// # Errors
    /// As [`Limits::policy`].
    pub fn reviewer(&self, reviewer: ApprovalsReviewer) -> Result<(), ConfigError> {
        self.judge("approvals_reviewer", Some(reviewer.as_str()), self.reviewers.as_deref())
    }

    /// Whether this model may be used.
    ///
    /// # Errors
    /// As [`Limits::policy`].
    pub fn model(&self, slug: &str) -> Result<(), ConfigError> {
        self.judge("model", Some(slug), self.models.as_deref())
    }

    /// Whether a flag may be set to this.
    pub(crate) fn feature(&self, name: &str, on: bool) -> Result<(), ConfigError> {
        match self.features.iter().find(|(pinned, _)| pinned == name) {
            Some((_, pinned)) if *pinned != on => Err(ConfigError::NotAllowed {
                key: "features",
                value: format!("{name} = {on}"),
                allowed: vec![format!("{name} = {pinned}")],
                file: self.file.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether `config.toml` may be made to say this.
    pub(crate) fn written(&self, key: &[&str], value: &SettingValue) -> Result<(), ConfigError> {
        let word = match value {
            SettingValue::Text(word) => word.as_str(),
            SettingValue::Flag(on) => {
                return match key {
                    ["features", name] | ["features", name, "enabled"] => self.feature(name, *on),
                    _ => Ok(()),
                };
            }
            SettingValue::Texts(_) | SettingValue::Absent => return Ok(()),
        };
        let (key, allowed) = match key {
            ["sandbox_mode"] => ("sandbox_mode", &self.sandbox),
            ["default_permissions"] => ("default_permissions", &self.profiles),
            ["approval_policy"] => ("approval_policy", &self.approval),
            ["approvals_reviewer"] => ("approvals_reviewer", &self.reviewers),
            ["web_search"] => ("web_search", &self.search),
            ["forced_login_method"] => ("forced_login_method", &self.login),
            ["model_provider"] => ("model_provider", &self.providers),
            ["model"] => ("model", &self.models),
            ["review_model"] => ("review_model", &self.models),
            _ => return Ok(()),
        };
        self.judge(key, Some(word), allowed.as_deref())
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
