//! The smaller tables of the configuration with their defaults (`config.md §4`).
//! Owns plain data and how each is read from a checked tree; enforces nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::view::View;
use crate::words::{EnvironmentInherit, HistoryPersistence, SearchContextSize};

/// `[sandbox_workspace_write]` (`safety.md §1`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkspaceWrite {
    /// Extra folders that may be written, `--add-dir` included.
    pub writable_roots: Vec<PathBuf>,
    /// Whether commands may use the network.
    pub network_access: bool,
    /// Leave `$TMPDIR` out.
    pub exclude_tmpdir_env_var: bool,
    /// Leave `/tmp` out.
    pub exclude_slash_tmp: bool,
}

impl WorkspaceWrite {
    pub(crate) fn read(root: View<'_>) -> Self {
        let Some(view) = root.sub(&["sandbox_workspace_write"]) else { return Self::default() };
        Self {
            writable_roots: view.paths(&["writable_roots"]).unwrap_or_default(),
            network_access: view.bool(&["network_access"]).unwrap_or(false),
            exclude_tmpdir_env_var: view.bool(&["exclude_tmpdir_env_var"]).unwrap_or(false),
            exclude_slash_tmp: view.bool(&["exclude_slash_tmp"]).unwrap_or(false),
        }
    }
}

/// `[auto_review]` (`safety.md §9`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoReviewConfig {
    /// What the reviewer is told besides its own instructions.
    pub policy: Option<String>,
    /// How long one review may take; then the answer is no.
    pub timeout: Duration,
    /// How many refusals stop a turn.
    pub circuit_break: CircuitBreak,
}

impl AutoReviewConfig {
    const TIMEOUT_MS: u64 = 90_000;

    pub(crate) fn read(root: View<'_>) -> Self {
        let view = root.sub(&["auto_review"]);
        let strict = view.and_then(|view| view.str(&["circuit_break_action"])) == Some("strict");
        let timeout = view.and_then(|view| view.u64(&["timeout_ms"])).unwrap_or(Self::TIMEOUT_MS);
        Self {
            policy: view.and_then(|view| view.string(&["policy"])).filter(|text| !text.trim().is_empty()),
            timeout: Duration::from_millis(timeout),
            circuit_break: if strict { CircuitBreak::AtOnce } else { CircuitBreak::AfterSeveral },
        }
    }
}

/// `auto_review.circuit_break_action`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitBreak {
    /// Three in a row, or ten of fifty.
    AfterSeveral,
    /// One.
    AtOnce,
}

/// `[shell_environment_policy]`: which variables a command gets. Patterns are kept as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellEnvironmentPolicy {
    /// What a command starts from.
    pub inherit: EnvironmentInherit,
    /// Keep variables whose names look like credentials.
    pub ignore_default_excludes: bool,
    /// Name patterns taken out.
    pub exclude: Vec<String>,
    /// Variables set in any case.
    pub set: BTreeMap<String, String>,
    /// When not empty, only these name patterns stay.
    pub include_only: Vec<String>,
}

impl Default for ShellEnvironmentPolicy {
    fn default() -> Self {
        Self {
            inherit: EnvironmentInherit::All,
            ignore_default_excludes: true,
            exclude: Vec::new(),
            set: BTreeMap::new(),
            include_only: Vec::new(),
        }
    }
}

impl ShellEnvironmentPolicy {
    pub(crate) fn read(root: View<'_>) -> Self {
        let default = Self::default();
        let Some(view) = root.sub(&["shell_environment_policy"]) else { return default };
        Self {
            inherit: view
                .str(&["inherit"])
                .and_then(EnvironmentInherit::from_word)
                .unwrap_or(default.inherit),
            ignore_default_excludes: view
                .bool(&["ignore_default_excludes"])
                .unwrap_or(default.ignore_default_excludes),
            exclude: view.strings(&["exclude"]).unwrap_or_default(),
            set: view.string_map(&["set"]).unwrap_or_default(),
            include_only: view.strings(&["include_only"]).unwrap_or_default(),
        }
    }
}

/// `[history]`: the list of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryConfig {
    /// Whether it is kept.
    pub persistence: HistoryPersistence,
    /// How many bytes it may have.
    pub max_bytes: Option<usize>,
}

impl HistoryConfig {
    pub(crate) fn read(root: View<'_>) -> Self {
        Self {
            persistence: root
                .str(&["history", "persistence"])
                .and_then(HistoryPersistence::from_word)
                .unwrap_or(HistoryPersistence::SaveAll),
            max_bytes: root.usize(&["history", "max_bytes"]),
        }
    }
}

/// `[tools.web_search]`: details of the hosted search tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebSearchConfig {
    /// How much text each result brings.
    pub context_size: Option<SearchContextSize>,
    /// When set, only these domains.
    pub allowed_domains: Option<Vec<String>>,
    /// Where the person searching is.
    pub location: Option<SearchLocation>,
}

/// `[tools.web_search.location]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchLocation {
    /// City.
    pub city: Option<String>,
    /// Two-letter country.
    pub country: Option<String>,
    /// Region or state.
    pub region: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
}

impl WebSearchConfig {
    pub(crate) fn read(root: View<'_>) -> Self {
        let Some(view) = root.sub(&["tools", "web_search"]) else { return Self::default() };
        Self {
            context_size: view.str(&["context_size"]).and_then(SearchContextSize::from_word),
            allowed_domains: view.strings(&["allowed_domains"]),
            location: view.sub(&["location"]).map(|location| SearchLocation {
                city: location.string(&["city"]),
                country: location.string(&["country"]),
                region: location.string(&["region"]),
                timezone: location.string(&["timezone"]),
            }),
        }
    }
}

/// `[skills]` (`agents.md §5`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillsConfig {
    /// Whether the model is told which skills there are.
    pub include_instructions: bool,
    /// Whether skills that come with the program count.
    pub bundled: bool,
    /// Tokens the list of skills may take; `None`: the program's own limit.
    pub max_context_tokens: Option<usize>,
    /// Files or folders of skills that are switched off.
    pub disabled: Vec<PathBuf>,
    /// Names of skills that are switched off.
    pub disabled_names: Vec<String>,
}

impl SkillsConfig {
    pub(crate) fn read(root: View<'_>) -> Self {
        let mut disabled = Vec::new();
        let mut disabled_names = Vec::new();
        for entry in root.tables(&["skills", "config"]) {
            if entry.bool(&["enabled"]) == Some(false) {
                disabled.extend(entry.path(&["path"]));
                disabled_names.extend(entry.string(&["name"]));
            }
        }
        let include_instructions = root.bool(&["skills", "include_instructions"]).unwrap_or(true);
        Self {
            include_instructions,
            bundled: root.bool(&["skills", "bundled", "enabled"]).unwrap_or(true),
            max_context_tokens: root.usize(&["skills", "max_context_tokens"]),
            disabled,
            disabled_names,
        }
    }
}

/// The `include_*` switches: which blocks go into the context. All default to true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncludeSwitches {
    /// `include_permissions_instructions`.
    pub permissions_instructions: bool,
    /// `include_environment_context`.
    pub environment_context: bool,
    /// `include_environment_context_time`.
    pub environment_context_time: bool,
    /// `include_apps_instructions`.
    pub apps_instructions: bool,
    /// `include_collaboration_mode_instructions`.
    pub collaboration_mode_instructions: bool,
}

impl IncludeSwitches {
    pub(crate) fn read(root: View<'_>) -> Self {
        let on = |key: &str| root.bool(&[key]).unwrap_or(true);
        Self {
            permissions_instructions: on("include_permissions_instructions"),
            environment_context: on("include_environment_context"),
            environment_context_time: on("include_environment_context_time"),
            apps_instructions: on("include_apps_instructions"),
            collaboration_mode_instructions: on("include_collaboration_mode_instructions"),
        }
    }
}
