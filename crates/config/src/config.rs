//! `Config`: every setting that has an effect, typed, with its default.
//! Owns the mapping from a checked tree to values; knows no layer and no file format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use codex_protocol::{ApprovalPolicy, ApprovalsReviewer, GranularApproval, SandboxMode, SandboxPolicy};

use crate::error::ConfigError;
use crate::features::Features;
use crate::files::read_named_file;
use crate::limits::Limits;
use crate::network::NetworkProxyConfig;
use crate::permissions::{ChosenProfile, PermissionProfiles};
use crate::project::{DEFAULT_MARKERS, Project};
use crate::provider::{BUILTIN_PROVIDERS, ProviderConfig, read_providers};
use crate::request::RuleFiles;
use crate::required_rules::RequiredRule;
use crate::safekeeping::{BlastRadius, Checkpoints, Privacy};
use crate::sections::{
    AutoReviewConfig, HistoryConfig, IncludeSwitches, ShellEnvironmentPolicy, SkillsConfig, WebSearchConfig,
    WorkspaceWrite,
};
use crate::tui::TuiSettings;
use crate::view::View;
use crate::words::{CredentialsStore, LoginMethod, ReasoningSummary, Verbosity, WebSearchMode};

const DEFAULT_PROVIDER: &str = "openai";
const DEFAULT_CHATGPT_BASE_URL: &str = "https://chatgpt.com/backend-api/";
const PROJECT_DOC_BYTES_MAX: usize = 32_768;
const BACKGROUND_TERMINAL_MS: u64 = 300_000;

/// The settings of one thread, all layers folded (`config.md §4`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The product's home folder.
    pub codex_home: PathBuf,
    /// The working folder the layers were chosen for.
    pub cwd: PathBuf,
    /// The project around it.
    pub project: Project,
    /// Whether `.rules` files hold in this run.
    pub rule_files: RuleFiles,
    /// `model`; `None` leaves the choice to the model catalog.
    pub model: Option<String>,
    /// `review_model`.
    pub review_model: Option<String>,
    /// `model_provider`; always a built-in id or a key of `model_providers`.
    pub model_provider: String,
    /// `[model_providers.*]`.
    pub model_providers: BTreeMap<String, ProviderConfig>,
    /// `model_reasoning_effort`, an open word that goes to the wire as it is.
    pub model_reasoning_effort: Option<String>,
    /// `model_reasoning_summary`.
    pub model_reasoning_summary: Option<ReasoningSummary>,
    /// `model_verbosity`.
    pub model_verbosity: Option<Verbosity>,
    /// `service_tier`.
    pub service_tier: Option<String>,
    /// `model_context_window`, in tokens; `None` takes the catalog's.
    pub model_context_window: Option<i64>,
    /// `model_auto_compact_token_limit`.
    pub model_auto_compact_token_limit: Option<i64>,
    /// `model_catalog_json`.
    pub model_catalog_json: Option<PathBuf>,
    /// `approval_policy`; `None` leaves the default to the front end.
    pub approval_policy: Option<ApprovalPolicy>,
    /// `approvals_reviewer`: who answers questions.
    pub approvals_reviewer: ApprovalsReviewer,
    /// `[auto_review]`.
    pub auto_review: AutoReviewConfig,
    /// `sandbox_mode`; `None` leaves the default to the front end.
    pub sandbox_mode: Option<SandboxMode>,
    /// What an administrator lets be chosen; `None`: anything.
    pub limits: Option<Limits>,
    /// Rules for commands that an administrator wrote.
    pub required_rules: Vec<RequiredRule>,
    /// `default_permissions` and `[permissions.*]`.
    pub permissions: PermissionProfiles,
    /// `[sandbox_workspace_write]`.
    pub workspace_write: WorkspaceWrite,
    /// `features.network_proxy` and the network tables of permission profiles.
    pub network_proxy: NetworkProxyConfig,
    /// `[shell_environment_policy]`.
    pub shell_environment_policy: ShellEnvironmentPolicy,
    /// `allow_login_shell`.
    pub allow_login_shell: bool,
    /// `[blast_radius]`.
    pub blast_radius: BlastRadius,
    /// `[checkpoints]`.
    pub checkpoints: Checkpoints,
    /// `[privacy]`.
    pub privacy: Privacy,
    /// `instructions`.
    pub instructions: Option<String>,
    /// The text of `model_instructions_file`; replaces the base instructions.
    pub model_instructions: Option<String>,
    /// `developer_instructions`.
    pub developer_instructions: Option<String>,
    /// The text of `experimental_compact_prompt_file`, else `compact_prompt`.
    pub compact_prompt: Option<String>,
    /// The `include_*` switches.
    pub include: IncludeSwitches,
    /// `[skills]`.
    pub skills: SkillsConfig,
    /// `project_doc_max_bytes`: one budget over all project instruction files; 0 turns them off.
    pub project_doc_max_bytes: usize,
    /// `project_doc_fallback_filenames`.
    pub project_doc_fallback_filenames: Vec<String>,
    /// `project_root_markers`.
    pub project_root_markers: Vec<String>,
    /// `tools.update_plan.enabled`; `None` leaves the default to the tools.
    pub update_plan_enabled: Option<bool>,
    /// `tools.experimental_request_user_input.enabled`; `None` leaves the default to the tools.
    pub request_user_input_enabled: Option<bool>,
    /// `web_search`.
    pub web_search: Option<WebSearchMode>,
    /// `[tools.web_search]`.
    pub web_search_config: WebSearchConfig,
    /// `tool_output_token_limit`.
    pub tool_output_token_limit: Option<usize>,
    /// `background_terminal_max_timeout`, in milliseconds.
    pub background_terminal_timeout_ms_max: u64,
    /// `hide_agent_reasoning`.
    pub hide_agent_reasoning: bool,
    /// `show_raw_agent_reasoning`.
    pub show_raw_agent_reasoning: bool,
    /// `[features]`, `--enable`, `--disable`.
    pub features: Features,
    /// `openai_base_url`.
    pub openai_base_url: Option<String>,
    /// `chatgpt_base_url`.
    pub chatgpt_base_url: String,
    /// `cli_auth_credentials_store`.
    pub cli_auth_credentials_store: CredentialsStore,
    /// `forced_login_method`.
    pub forced_login_method: Option<LoginMethod>,
    /// `forced_chatgpt_workspace_id`, one or several; empty allows all.
    pub forced_chatgpt_workspace_ids: Vec<String>,
    /// `oss_provider`.
    pub oss_provider: Option<String>,
    /// `[history]`.
    pub history: HistoryConfig,
    /// `sqlite_home`, else `$CODEX_SQLITE_HOME`, else the home folder.
    pub sqlite_home: PathBuf,
    /// `log_dir`.
    pub log_dir: PathBuf,
    /// `[responses_api_metadata]`.
    pub responses_api_metadata: BTreeMap<String, String>,
    /// `notify`: a program and its arguments; empty when unset.
    pub notify: Vec<String>,
    /// `[tui]` and the root keys of the terminal UI.
    pub tui: TuiSettings,
}

impl Config {
    /// The sandbox policy commands run under: the chosen profile, else the mode; read-only when no layer chose.
    pub fn sandbox_policy(&self) -> SandboxPolicy {
        match &self.permissions.chosen {
            Some(ChosenProfile::Named(named)) => {
                let mut named = named.clone();
                // `--add-dir` and the like are workspace roots of whatever is in force.
                named.workspace_roots.extend(self.workspace_write.writable_roots.iter().cloned());
                SandboxPolicy::Profile(named)
            }
            Some(ChosenProfile::Builtin(mode)) => self.sandbox_policy_for(*mode),
            None => self.sandbox_policy_for(self.sandbox_mode.unwrap_or_default()),
        }
    }

    /// Whether a layer chose what commands may touch; else the front end does.
    pub fn permissions_chosen(&self) -> bool {
        self.permissions.chosen.is_some() || self.sandbox_mode.is_some()
    }

    /// The policy of one mode with this configuration's extras.
    pub fn sandbox_policy_for(&self, mode: SandboxMode) -> SandboxPolicy {
        match mode {
            SandboxMode::ReadOnly => SandboxPolicy::ReadOnly,
            SandboxMode::DangerFullAccess => SandboxPolicy::DangerFullAccess,
            SandboxMode::WorkspaceWrite => SandboxPolicy::WorkspaceWrite {
                writable_roots: self.workspace_write.writable_roots.clone(),
                network_access: self.workspace_write.network_access,
                exclude_tmpdir_env_var: self.workspace_write.exclude_tmpdir_env_var,
                exclude_slash_tmp: self.workspace_write.exclude_slash_tmp,
            },
        }
    }

    /// The table of the chosen provider; `None` for a built-in one without a table.
    pub fn provider_table(&self) -> Option<&ProviderConfig> {
        self.model_providers.get(&self.model_provider)
    }
}

/// What a configuration is made of besides the tree.
pub(crate) struct Parts<'a> {
    pub(crate) codex_home: &'a Path,
    pub(crate) cwd: &'a Path,
    pub(crate) project: Project,
    pub(crate) rule_files: RuleFiles,
    pub(crate) features: Features,
    pub(crate) sqlite_home_env: Option<&'a Path>,
}

/// Reads a checked tree.
pub(crate) fn build(view: View<'_>, parts: Parts<'_>) -> Result<Config, ConfigError> {
    let model_providers = read_providers(view)?;
    let model_provider = chosen_provider(view, &model_providers)?;
    Ok(Config {
        codex_home: parts.codex_home.to_path_buf(),
        cwd: parts.cwd.to_path_buf(),
        project: parts.project,
        rule_files: parts.rule_files,
        model: view.string(&["model"]),
        review_model: view.string(&["review_model"]),
        model_provider,
        model_providers,
        model_reasoning_effort: view.string(&["model_reasoning_effort"]),
        model_reasoning_summary: view.str(&["model_reasoning_summary"]).and_then(ReasoningSummary::from_word),
        model_verbosity: view.str(&["model_verbosity"]).and_then(Verbosity::from_word),
        service_tier: view.string(&["service_tier"]),
        model_context_window: view.i64(&["model_context_window"]),
        model_auto_compact_token_limit: view.i64(&["model_auto_compact_token_limit"]),
        model_catalog_json: view.path(&["model_catalog_json"]),
        approval_policy: approval_policy(view),
        approvals_reviewer: approvals_reviewer(view),
        auto_review: AutoReviewConfig::read(view),
        sandbox_mode: view.str(&["sandbox_mode"]).and_then(sandbox_mode),
        limits: None,
        required_rules: Vec::new(),
        permissions: PermissionProfiles::read(view, &parts.features)?,
        workspace_write: WorkspaceWrite::read(view),
        network_proxy: NetworkProxyConfig::read(view, &parts.features),
        shell_environment_policy: ShellEnvironmentPolicy::read(view),
        allow_login_shell: view.bool(&["allow_login_shell"]).unwrap_or(true),
        blast_radius: BlastRadius::read(view),
        checkpoints: Checkpoints::read(view),
        privacy: Privacy::read(view),
        instructions: view.string(&["instructions"]),
        model_instructions: named_text(view, "model_instructions_file")?,
        developer_instructions: view.string(&["developer_instructions"]),
        compact_prompt: named_text(view, "experimental_compact_prompt_file")?
            .or_else(|| view.string(&["compact_prompt"])),
        include: IncludeSwitches::read(view),
        skills: SkillsConfig::read(view),
        project_doc_max_bytes: view.usize(&["project_doc_max_bytes"]).unwrap_or(PROJECT_DOC_BYTES_MAX),
        project_doc_fallback_filenames: view.strings(&["project_doc_fallback_filenames"]).unwrap_or_default(),
        project_root_markers: view
            .strings(&["project_root_markers"])
            .unwrap_or_else(|| DEFAULT_MARKERS.map(str::to_owned).to_vec()),
        request_user_input_enabled: view.bool(&["tools", "experimental_request_user_input", "enabled"]),
        update_plan_enabled: view.bool(&["tools", "update_plan", "enabled"]),
        web_search: view.str(&["web_search"]).and_then(WebSearchMode::from_word),
        web_search_config: WebSearchConfig::read(view),
        tool_output_token_limit: view.usize(&["tool_output_token_limit"]),
        background_terminal_timeout_ms_max: view
            .u64(&["background_terminal_max_timeout"])
            .unwrap_or(BACKGROUND_TERMINAL_MS),
        hide_agent_reasoning: view.bool(&["hide_agent_reasoning"]).unwrap_or(false),
        show_raw_agent_reasoning: view.bool(&["show_raw_agent_reasoning"]).unwrap_or(false),
        features: parts.features,
        openai_base_url: view.string(&["openai_base_url"]),
        chatgpt_base_url: view
            .string(&["chatgpt_base_url"])
            .unwrap_or_else(|| DEFAULT_CHATGPT_BASE_URL.to_owned()),
        cli_auth_credentials_store: view
            .str(&["cli_auth_credentials_store"])
            .and_then(CredentialsStore::from_word)
            .unwrap_or(CredentialsStore::File),
        forced_login_method: view.str(&["forced_login_method"]).and_then(LoginMethod::from_word),
        forced_chatgpt_workspace_ids: view
            .string(&["forced_chatgpt_workspace_id"])
            .map(|id| vec![id])
            .or_else(|| view.strings(&["forced_chatgpt_workspace_id"]))
            .unwrap_or_default(),
        oss_provider: view.string(&["oss_provider"]),
        history: HistoryConfig::read(view),
        sqlite_home: view
            .path(&["sqlite_home"])
            .or_else(|| parts.sqlite_home_env.map(|dir| parts.cwd.join(dir)))
            .unwrap_or_else(|| parts.codex_home.to_path_buf()),
        log_dir: view.path(&["log_dir"]).unwrap_or_else(|| parts.codex_home.join("log")),
        responses_api_metadata: view.string_map(&["responses_api_metadata"]).unwrap_or_default(),
        notify: view.strings(&["notify"]).unwrap_or_default(),
        tui: TuiSettings::read(view),
    })
}

fn chosen_provider(
    view: View<'_>,
    providers: &BTreeMap<String, ProviderConfig>,
) -> Result<String, ConfigError> {
    let Some(id) = view.str(&["model_provider"]) else { return Ok(DEFAULT_PROVIDER.to_owned()) };
    if BUILTIN_PROVIDERS.contains(&id) || providers.contains_key(id) {
        return Ok(id.to_owned());
    }
    let known = BUILTIN_PROVIDERS.iter().map(|id| (*id).to_owned()).chain(providers.keys().cloned());
    let mut known: Vec<String> = known.collect();
    known.sort();
    known.dedup();
    Err(ConfigError::UnknownProvider { id: id.to_owned(), place: view.place(&["model_provider"]), known })
}

fn approvals_reviewer(view: View<'_>) -> ApprovalsReviewer {
    match view.str(&["approvals_reviewer"]) {
        Some("auto_review" | "guardian_subagent") => ApprovalsReviewer::AutoReview,
        _ => ApprovalsReviewer::User,
    }
}

fn approval_policy(view: View<'_>) -> Option<ApprovalPolicy> {
    if view.sub(&["approval_policy"]).is_some() {
        let flag = |name| view.bool(&["approval_policy", "granular", name]).unwrap_or(false);
        return Some(ApprovalPolicy::Granular(GranularApproval {
            sandbox_approval: flag("sandbox_approval"),
            rules: flag("rules"),
            mcp_elicitations: flag("mcp_elicitations"),
            request_permissions: flag("request_permissions"),
            skill_approval: flag("skill_approval"),
        }));
    }
    let word = view.str(&["approval_policy"])?;
    [ApprovalPolicy::Untrusted, ApprovalPolicy::OnFailure, ApprovalPolicy::OnRequest, ApprovalPolicy::Never]
        .into_iter()
        .find(|policy| policy.as_str() == word)
}

pub(crate) fn sandbox_mode(word: &str) -> Option<SandboxMode> {
    [SandboxMode::ReadOnly, SandboxMode::WorkspaceWrite, SandboxMode::DangerFullAccess]
        .into_iter()
        .find(|mode| mode.as_str() == word)
}

fn named_text(view: View<'_>, key: &'static str) -> Result<Option<String>, ConfigError> {
    let (Some(path), Some(place)) = (view.path(&[key]), view.place(&[key])) else { return Ok(None) };
    match read_named_file(&path) {
        Ok(text) => Ok(Some(text)),
        Err(source) => Err(ConfigError::NamedFile { place, key, path, source }),
    }
}
