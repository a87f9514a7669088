//! `/etc/codex/requirements.toml`: what an administrator lets any layer choose (`config.md §2`).
//! Owns the limits on sandbox, approvals, search and login; every other key is reported as not enforced.

use std::path::{Path, PathBuf};

use crate::config::{Config, sandbox_mode};
use crate::error::ConfigError;
use crate::load::parse_file;
use crate::place::{Layer, Sources};
use crate::tree::{Table, Value};
use crate::value_error::ValueProblem;
use crate::warning::ConfigWarning;
use crate::words::LoginMethod;

const SANDBOX: &str = "allowed_sandbox_modes";
const APPROVAL: &str = "allowed_approval_policies";
const SEARCH: &str = "allowed_web_search_modes";
const LOGIN: &str = "allowed_login_methods";

/// The limits of one requirements file.
pub(crate) struct Requirements {
    file: PathBuf,
    sandbox: Option<Vec<String>>,
    approval: Option<Vec<String>>,
    search: Option<Vec<String>>,
    login: Option<Vec<String>>,
    not_enforced: Vec<String>,
}

impl Requirements {
    /// Reads the file if there is one.
    pub(crate) fn read(dir: &Path, sources: &mut Sources) -> Result<Option<Self>, ConfigError> {
        let file = dir.join("requirements.toml");
        let Some(table) = parse_file(sources, Layer::Managed, &file)? else { return Ok(None) };
        let known = [SANDBOX, APPROVAL, SEARCH, LOGIN];
        let not_enforced = table.keys().filter(|key| !known.contains(&key.as_str())).cloned().collect();
        let list = |key| words(&table, key, sources);
        Ok(Some(Self {
            sandbox: list(SANDBOX)?,
            approval: list(APPROVAL)?,
            search: list(SEARCH)?,
            login: list(LOGIN)?,
            file,
            not_enforced,
        }))
    }

    /// Refuses choices outside the limits; a choice nobody made becomes the first allowed one where the
    /// default would not be allowed.
    pub(crate) fn apply(self, config: &mut Config) -> Result<Option<ConfigWarning>, ConfigError> {
        if !config.permissions_chosen()
            && let Some(allowed) = &self.sandbox
            && !allowed.iter().any(|word| word == "read-only")
        {
            config.sandbox_mode = allowed.iter().find_map(|word| sandbox_mode(word));
        }
        if config.forced_login_method.is_none()
            && let Some([only]) = self.login.as_deref()
        {
            config.forced_login_method = LoginMethod::from_word(only);
        }
        let mode = config.permissions_chosen().then(|| config.sandbox_policy().mode().as_str());
        self.judge("sandbox_mode", mode, &self.sandbox)?;
        self.judge("approval_policy", config.approval_policy.map(|policy| policy.as_str()), &self.approval)?;
        self.judge("web_search", config.web_search.map(|mode| mode.as_str()), &self.search)?;
        self.judge(
            "forced_login_method",
            config.forced_login_method.map(|method| method.as_str()),
            &self.login,
        )?;
        Ok((!self.not_enforced.is_empty())
            .then_some(ConfigWarning::RequirementsNotEnforced { file: self.file, keys: self.not_enforced }))
    }

    fn judge(
        &self,
        key: &'static str,
        chosen: Option<&str>,
        allowed: &Option<Vec<String>>,
    ) -> Result<(), ConfigError> {
        let (Some(chosen), Some(allowed)) = (chosen, allowed) else { return Ok(()) };
        if allowed.iter().any(|word| word == chosen) {
            return Ok(());
        }
        Err(ConfigError::NotAllowed {
            key,
            value: chosen.to_owned(),
            allowed: allowed.clone(),
            file: self.file.clone(),
        })
    }
}

fn words(table: &Table, key: &str, sources: &Sources) -> Result<Option<Vec<String>>, ConfigError> {
    let Some(node) = table.get(key) else { return Ok(None) };
    let fault = || ConfigError::Value {
        place: Box::new(sources.value_place(&node.origin)),
        key: key.to_owned(),
        problem: Box::new(ValueProblem::Type {
            found: node.value.describe(),
            expected: "a sequence of strings".to_owned(),
        }),
    };
    let Value::Array(items) = &node.value else { return Err(fault()) };
    let word = |item: &crate::tree::Node| match &item.value {
        Value::String(text) => Ok(text.clone()),
        _ => Err(fault()),
    };
    items.iter().map(word).collect::<Result<Vec<_>, _>>().map(Some)
}
