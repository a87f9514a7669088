//! What a caller asks a load for. Owns plain data and the rule for profile names; reads nothing.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use codex_protocol::{ApprovalPolicy, ApprovalsReviewer, SandboxMode};

use crate::error::ConfigError;
use crate::words::WebSearchMode;

/// Where the administrator's files lie.
pub const SYSTEM_DIR: &str = "/etc/codex";

/// What unknown keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// A warning.
    #[default]
    Lenient,
    /// An error (`--strict-config`).
    Strict,
}

/// Whether `$CODEX_HOME/config.toml` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserLayer {
    /// It is.
    #[default]
    Read,
    /// It is not (`--ignore-user-config`).
    Skip,
}

/// Whether `.rules` files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RuleFiles {
    /// They are.
    #[default]
    Read,
    /// They are not (`--ignore-rules`).
    Skip,
}

/// Whether this run trusts the project without a stored entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProjectTrust {
    /// Only stored entries count.
    #[default]
    AsStored,
    /// The project root is trusted for this run (`--trust`).
    TrustRoot,
}

/// Which model service `--oss` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Oss {
    /// The flag was not given.
    #[default]
    No,
    /// `--oss`: the provider of `--local-provider`, else of `oss_provider`.
    Yes {
        /// `--local-provider`.
        local_provider: Option<String>,
    },
}

/// The name given with `--profile`: letters, digits, `-`, `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProfileName(String);

impl ProfileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Self, ConfigError> {
        let plain = !name.is_empty()
            && name.len() <= 64
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if plain { Ok(Self(name.to_owned())) } else { Err(ConfigError::ProfileName(name.to_owned())) }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Dedicated flags; each beats `-c` (`config.md §2`).
#[derive(Debug, Clone, Default)]
pub struct FlagOverrides {
    /// `--model`.
    pub model: Option<String>,
    /// A provider chosen by the front end, for example the one a thread was recorded with.
    pub model_provider: Option<String>,
    /// `--sandbox`.
    pub sandbox_mode: Option<SandboxMode>,
    /// `--permission-profile`.
    pub permission_profile: Option<String>,
    /// `--ask-for-approval`, or what the front end forces.
    pub approval_policy: Option<ApprovalPolicy>,
    /// `--approve-for-me`.
    pub approvals_reviewer: Option<ApprovalsReviewer>,
    /// `--search`.
    pub web_search: Option<WebSearchMode>,
    /// `--oss`.
    pub oss: Oss,
    /// `--add-dir`, relative to the working folder.
    pub add_dirs: Vec<PathBuf>,
    /// `--trust`.
    pub trust: ProjectTrust,
}

/// Everything a load depends on; no environment is read besides it.
#[derive(Debug, Clone)]
pub struct LoadRequest {
    /// From `resolve_codex_home`; may be absent.
    pub codex_home: PathBuf,
    /// The absolute working folder.
    pub cwd: PathBuf,
    /// What a leading `~` stands for.
    pub home_dir: Option<PathBuf>,
    /// `/etc/codex`; tests pass another one.
    pub system_dir: PathBuf,
    /// `CODEX_SQLITE_HOME`.
    pub sqlite_home_env: Option<PathBuf>,
    /// `--profile`.
    pub profile: Option<ProfileName>,
    /// `-c`, in order.
    pub overrides: Vec<String>,
    /// `--enable`.
    pub enable: Vec<String>,
    /// `--disable`.
    pub disable: Vec<String>,
    /// `--strict-config`.
    pub strictness: Strictness,
    /// `--ignore-user-config`.
    pub user_layer: UserLayer,
    /// `--ignore-rules`.
    pub rule_files: RuleFiles,
    /// Dedicated flags.
    pub flags: FlagOverrides,
}

impl LoadRequest {
    /// A request for the files alone.
    pub fn new(codex_home: impl Into<PathBuf>, cwd: impl Into<PathBuf>) -> Self {
        Self {
            codex_home: codex_home.into(),
            cwd: cwd.into(),
            home_dir: None,
            system_dir: PathBuf::from(SYSTEM_DIR),
            sqlite_home_env: None,
            profile: None,
            overrides: Vec::new(),
            enable: Vec::new(),
            disable: Vec::new(),
            strictness: Strictness::default(),
            user_layer: UserLayer::default(),
            rule_files: RuleFiles::default(),
            flags: FlagOverrides::default(),
        }
    }
}
