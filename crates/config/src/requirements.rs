//! `/etc/codex/requirements.toml`: what an administrator lets any layer choose (`config.md §2`).
//! Owns the reading of the limits and what a configuration must give up for them; every other key is reported as not
//! enforced. Invariant: a choice outside the limits is refused, never quietly replaced.

use std::path::Path;

use codex_protocol::ApprovalsReviewer;

use crate::config::{Config, sandbox_mode};
use crate::error::ConfigError;
use crate::limits::Limits;
use crate::load::parse_file;
use crate::permissions::{BUILTIN_PROFILES, ChosenProfile};
use crate::place::{Layer, Sources};
use crate::policy_file::check_policy_file;
use crate::required_rules::{RequiredRule, required_rules};
use crate::tree::{Node, Table, Value};
use crate::value_error::ValueProblem;
use crate::warning::ConfigWarning;
use crate::words::LoginMethod;

const SANDBOX: &str = "allowed_sandbox_modes";
const PROFILES: &str = "allowed_permission_profiles";
const APPROVAL: &str = "allowed_approval_policies";
const SEARCH: &str = "allowed_web_search_modes";
const LOGIN: &str = "allowed_login_methods";
const REVIEWERS: &str = "allowed_approvals_reviewers";
const PROVIDERS: &str = "allowed_model_providers";
const MODELS: &str = "allowed_models";
const LOGIN_SHELL: &str = "allow_login_shell";
const REVIEW_POLICY: &str = "guardian_policy_config";
const REVIEW_MORE: &str = "guardian_extra_policy";
const RULES: &str = "rules";
const FEATURES: &str = "features";
const INSTRUCTIONS: &str = "additional_developer_instructions";
const KNOWN: [&str; 14] = [
    SANDBOX,
    PROFILES,
    APPROVAL,
    SEARCH,
    LOGIN,
    FEATURES,
    INSTRUCTIONS,
    REVIEWERS,
    PROVIDERS,
    MODELS,
    LOGIN_SHELL,
    REVIEW_POLICY,
    REVIEW_MORE,
    RULES,
];

/// The limits of one requirements file.
pub(crate) struct Requirements {
    limits: Limits,
    login_shell: Option<bool>,
    review_policy: Option<String>,
    review_more: Option<String>,
    rules: Vec<RequiredRule>,
    instructions: Option<String>,
    not_enforced: Vec<String>,
}

impl Requirements {
    /// Reads the file if there is one. One that others may write is refused: they could have written it.
    pub(crate) fn read(dir: &Path, sources: &mut Sources) -> Result<Option<Self>, ConfigError> {
        let file = dir.join("requirements.toml");
        check_policy_file(&file)?;
        let Some(table) = parse_file(sources, Layer::Managed, &file)? else { return Ok(None) };
        let not_enforced = table.keys().filter(|key| !KNOWN.contains(&key.as_str())).cloned().collect();
        let list = |key| words(&table, key, sources);
        Ok(Some(Self {
            login_shell: flag(&table, LOGIN_SHELL, sources)?,
            review_policy: text(&table, REVIEW_POLICY, sources)?,
            review_more: text(&table, REVIEW_MORE, sources)?,
            rules: required_rules(&table, sources)?,
            instructions: text(&table, INSTRUCTIONS, sources)?,
            limits: Limits {
                sandbox: list(SANDBOX)?,
                profiles: list(PROFILES)?,
                approval: list(APPROVAL)?,
                search: list(SEARCH)?,
                login: list(LOGIN)?,
                reviewers: reviewer_words(list(REVIEWERS)?),
                providers: list(PROVIDERS)?,
                models: list(MODELS)?,
                features: features(&table, sources)?,
                file,
            },
            not_enforced,
        }))
    }

    /// Refuses choices outside the limits; a choice nobody made becomes the first allowed one where the
    /// default would not be allowed.
    pub(crate) fn apply(self, config: &mut Config) -> Result<Option<ConfigWarning>, ConfigError> {
        let limits = &self.limits;
        if !config.permissions_chosen() && limits.policy(&config.sandbox_policy()).is_err() {
            self.choose_permissions(config);
        }
        if config.forced_login_method.is_none()
            && let Some([only]) = limits.login.as_deref()
        {
            config.forced_login_method = LoginMethod::from_word(only);
        }
        if config.permissions_chosen() {
            limits.policy(&config.sandbox_policy())?;
        }
        config.permissions.named.retain(|_, named| {
            limits.policy(&codex_protocol::SandboxPolicy::Profile(Box::new(named.clone()))).is_ok()
        });
        if let Some(policy) = config.approval_policy {
            limits.approval(policy)?;
        }
        limits.search(config.web_search)?;
        let login = config.forced_login_method.map(|method| method.as_str());
        limits.judge("forced_login_method", login, limits.login.as_deref())?;
        limits.judge("model_provider", Some(&config.model_provider), limits.providers.as_deref())?;
        self.choose_model_and_reviewer(config)?;
        for (name, on) in config.features.explicit() {
            limits.feature(name, on)?;
        }
        for (name, on) in &limits.features {
            config.features.set(name, *on);
        }
        if self.login_shell == Some(false) {
            config.allow_login_shell = false;
        }
        if let Some(policy) = self.review_policy {
            config.auto_review.policy = Some(policy);
        }
        if let Some(more) = self.review_more {
            config.auto_review.policy = Some(below(config.auto_review.policy.take(), &more));
        }
        config.required_rules = self.rules;
        if let Some(more) = self.instructions {
            config.developer_instructions = Some(below(config.developer_instructions.take(), &more));
        }
        let file = limits.file.clone();
        config.limits = Some(self.limits);
        Ok((!self.not_enforced.is_empty())
            .then_some(ConfigWarning::RequirementsNotEnforced { file, keys: self.not_enforced }))
    }

    /// The first model and reviewer that is allowed, when nobody chose one; else what was chosen has to be.
    fn choose_model_and_reviewer(&self, config: &mut Config) -> Result<(), ConfigError> {
        let limits = &self.limits;
        if config.model.is_none() {
            config.model = limits.models.as_ref().and_then(|models| models.first().cloned());
        }
        limits.judge("model", config.model.as_deref(), limits.models.as_deref())?;
        limits.judge("review_model", config.review_model.as_deref(), limits.models.as_deref())?;
        // The default is the person; a file that allows only the second agent makes it the one.
        if limits.reviewer(config.approvals_reviewer).is_err()
            && config.approvals_reviewer == ApprovalsReviewer::User
            && let Some(words) = &limits.reviewers
            && words.iter().any(|word| word == ApprovalsReviewer::AutoReview.as_str())
        {
            config.approvals_reviewer = ApprovalsReviewer::AutoReview;
        }
        limits.reviewer(config.approvals_reviewer)
    }

    /// What `config.toml` may not be made to say.
    pub(crate) fn into_limits(self) -> Limits {
        self.limits
    }

    /// The first profile or mode that is allowed, when nobody chose one.
    fn choose_permissions(&self, config: &mut Config) {
        for id in self.limits.profiles.iter().flatten() {
            let builtin = BUILTIN_PROFILES.iter().find(|(name, _)| name == id);
            let chosen = match (builtin, config.permissions.named.get(id)) {
                (Some((_, mode)), _) => ChosenProfile::Builtin(*mode),
                (None, Some(named)) => ChosenProfile::Named(Box::new(named.clone())),
                (None, None) => continue,
            };
            config.permissions.chosen = Some(chosen);
            if self.limits.policy(&config.sandbox_policy()).is_ok() {
                return;
            }
            config.permissions.chosen = None;
        }
        config.sandbox_mode = self.limits.sandbox.iter().flatten().find_map(|word| sandbox_mode(word));
    }
}

fn words(table: &Table, key: &str, sources: &Sources) -> Result<Option<Vec<String>>, ConfigError> {
    let Some(node) = table.get(key) else { return Ok(None) };
    let fault = || wrong(key, node, "a sequence of strings", sources);
    let Value::Array(items) = &node.value else { return Err(fault()) };
    let word = |item: &Node| match &item.value {
        Value::String(text) => Ok(text.clone()),
        _ => Err(fault()),
    };
    items.iter().map(word).collect::<Result<Vec<_>, _>>().map(Some)
}

fn text(table: &Table, key: &str, sources: &Sources) -> Result<Option<String>, ConfigError> {
    match table.get(key).map(|node| (node, &node.value)) {
        None => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(text.clone())),
        Some((node, _)) => Err(wrong(key, node, "a string", sources)),
    }
}

fn flag(table: &Table, key: &str, sources: &Sources) -> Result<Option<bool>, ConfigError> {
    match table.get(key).map(|node| (node, &node.value)) {
        None => Ok(None),
        Some((_, Value::Boolean(on))) => Ok(Some(*on)),
        Some((node, _)) => Err(wrong(key, node, "a boolean", sources)),
    }
}

/// The second agent has two names.
fn reviewer_words(words: Option<Vec<String>>) -> Option<Vec<String>> {
    let known = |word: String| match word.as_str() {
        "guardian_subagent" => ApprovalsReviewer::AutoReview.as_str().to_owned(),
        _ => word,
    };
    words.map(|words| words.into_iter().map(known).collect())
}

/// One text below another.
fn below(own: Option<String>, more: &str) -> String {
    own.map_or_else(|| more.to_owned(), |own| format!("{own}\n\n{more}"))
}

/// The pinned flags.
fn features(table: &Table, sources: &Sources) -> Result<Vec<(String, bool)>, ConfigError> {
    let Some(node) = table.get(FEATURES) else { return Ok(Vec::new()) };
    let Value::Table(flags) = &node.value else {
        return Err(wrong(FEATURES, node, "a table of booleans", sources));
    };
    let flag = |(name, node): (&String, &Node)| match node.value {
        Value::Boolean(on) => Ok((name.clone(), on)),
        _ => Err(wrong(&format!("{FEATURES}.{name}"), node, "a boolean", sources)),
    };
    flags.iter().map(flag).collect()
}

pub(crate) fn wrong(key: &str, node: &Node, expected: &str, sources: &Sources) -> ConfigError {
    ConfigError::Value {
        place: Box::new(sources.value_place(&node.origin)),
        key: key.to_owned(),
        problem: Box::new(ValueProblem::Type { found: node.value.describe(), expected: expected.to_owned() }),
    }
}
