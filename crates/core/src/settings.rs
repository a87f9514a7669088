//! The settings of one thread, resolved once from config and model catalog. Values only.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use codex_checkpoint::Budget;
use codex_config::{Config, EnvironmentInherit, WebSearchMode};
use codex_model_provider::{ApplyPatchTool, ModelCatalog, ModelInfo, TruncationMode};
use codex_protocol::{
    ApprovalPolicy, ApprovalsReviewer, AskedSandbox, CollaborationMode, Permissions, SandboxMode,
    SandboxPolicy, Surroundings, WireApi, limits,
};
use codex_responses::{WebSearchAccess, WebSearchLocation, WebSearchSettings, service_tier, web_search_tool};
use codex_sandbox::{CommandOrigin, Inherit, ShellEnvironmentPolicy, ThreadVariables, environment};
use codex_tools::{BlastLimits, CheckpointPlan, LossScene, OfferCx, PatchForm, Questions};
use serde_json::Value;

use crate::models::chosen_model;

/// What a turn runs with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) cwd: PathBuf,
    pub(crate) model: ModelInfo,
    /// Effort as configured; recorded.
    pub(crate) effort_asked: Option<String>,
    /// Effort that goes to the wire: configured, else the model's default.
    pub(crate) effort: Option<String>,
    /// Summary that goes to the wire; `none` asks for none.
    pub(crate) summary: String,
    pub(crate) verbosity: Option<String>,
    pub(crate) service_tier: Option<String>,
    pub(crate) policy: SandboxPolicy,
    pub(crate) approval: ApprovalPolicy,
    /// Who answers questions.
    pub(crate) reviewer: ApprovalsReviewer,
    pub(crate) collaboration: CollaborationMode,
    pub(crate) context_window: Option<u64>,
    /// Tokens at which the history is summarised.
    pub(crate) compact_at: Option<u64>,
    pub(crate) output_tokens_max: usize,
    /// One sentence each, for the person.
    pub(crate) warnings: Vec<String>,
}

impl Settings {
    /// Resolves the settings.
    pub(crate) fn resolve(config: &Config, catalog: &ModelCatalog, approval: ApprovalPolicy) -> Self {
        let slug = chosen_model(config, catalog);
        let lookup = catalog.model_info(&slug);
        let mut warnings = Vec::new();
        // Of a model its server lists only the size of its window is missing, and the person may have told it.
        let told = catalog.lists(&slug) && config.model_context_window.is_some();
        if lookup.is_fallback() && !told {
            warnings.push(format!(
                "Model metadata for `{slug}` not found; using fallback metadata, which can degrade results."
            ));
        }
        let model = lookup.into_info();
        let wire_api = config.provider_table().map_or(WireApi::Responses, |table| table.wire_api);
        let tier = service_tier(&model, wire_api, config.service_tier.as_deref());
        warnings.extend(tier.warning);
        let effort_asked = config.model_reasoning_effort.clone();
        let summary = match config.model_reasoning_summary {
            Some(summary) => summary.as_str().to_owned(),
            None => model.default_reasoning_summary.clone(),
        };
        let verbosity = config.model_verbosity.map(|verbosity| verbosity.as_str().to_owned());
        let output_tokens_max = output_tokens_max(config, &model);
        Self {
            cwd: config.cwd.clone(),
            effort: effort_asked.clone().or_else(|| model.default_reasoning_level.clone()),
            effort_asked,
            summary,
            verbosity: if model.support_verbosity {
                verbosity.or(model.default_verbosity.clone())
            } else {
                None
            },
            service_tier: tier.id,
            policy: config.sandbox_policy(),
            approval,
            reviewer: config.approvals_reviewer,
            collaboration: CollaborationMode::Default,
            context_window: context_window(config, &model),
            compact_at: compact_at(config, &model),
            output_tokens_max,
            model,
            warnings,
        }
    }

    /// What decides which tools are offered.
    pub(crate) fn offer(&self, config: &Config) -> OfferCx {
        OfferCx {
            apply_patch: self.model.apply_patch.map(|form| match form {
                ApplyPatchTool::Freeform => PatchForm::Freeform,
                ApplyPatchTool::Function => PatchForm::Function,
            }),
            update_plan: config.update_plan_enabled.unwrap_or(false),
            view_image: true,
            request_permissions: config.features.enabled("request_permissions_tool"),
            additional_permissions: config.features.enabled("exec_permission_approvals"),
            request_user_input: config.request_user_input_enabled.unwrap_or(true),
            questions: questions(config),
            web_search: self.web_search(config),
        }
    }

    fn web_search(&self, config: &Config) -> Option<Value> {
        let live = self.policy.mode() == SandboxMode::DangerFullAccess;
        let access = match config.web_search {
            Some(WebSearchMode::Disabled) => return None,
            Some(WebSearchMode::Live) => WebSearchAccess::Live,
            Some(WebSearchMode::Indexed) => WebSearchAccess::Indexed,
            Some(WebSearchMode::Cached) => WebSearchAccess::Cached,
            None if live => WebSearchAccess::Live,
            None => WebSearchAccess::Cached,
        };
        let details = &config.web_search_config;
        let settings = WebSearchSettings {
            access,
            context_size: details.context_size.map(|size| size.as_str().to_owned()),
            allowed_domains: details.allowed_domains.clone(),
            location: details.location.as_ref().map(|place| WebSearchLocation {
                country: place.country.clone(),
                region: place.region.clone(),
                city: place.city.clone(),
                timezone: place.timezone.clone(),
            }),
        };
        web_search_tool(&self.model, &settings).ok().and_then(|tool| serde_json::from_str(tool.get()).ok())
    }
}

/// When the model may put questions to the person.
pub(crate) fn questions(config: &Config) -> Questions {
    match config.features.enabled("default_mode_request_user_input") {
        true => Questions::Always,
        false => Questions::InPlans,
    }
}

/// Tokens the model can use: 95 % of the window unless the config names one (`config.md §4`).
fn context_window(config: &Config, model: &ModelInfo) -> Option<u64> {
    match config.model_context_window.and_then(|window| u64::try_from(window).ok()) {
        Some(window) => Some(window.saturating_mul(model.effective_context_window_percent) / 100),
        None => Some(model.usable_context()),
    }
}

/// `model_auto_compact_token_limit`, else 90 % of the window (`responses-wire.md §4.2`).
fn compact_at(config: &Config, model: &ModelInfo) -> Option<u64> {
    if let Some(limit) = config.model_auto_compact_token_limit {
        return u64::try_from(limit).ok().filter(|limit| *limit > 0);
    }
    let window = config.model_context_window.and_then(|window| u64::try_from(window).ok());
    Some(window.unwrap_or(model.context_window).saturating_mul(limits::COMPACT_AT_PERCENT) / 100)
}

fn output_tokens_max(config: &Config, model: &ModelInfo) -> usize {
    let limit = usize::try_from(model.truncation.limit).unwrap_or(limits::TOOL_OUTPUT_TOKENS_MAX);
    let policy = match model.truncation.mode {
        TruncationMode::Tokens => limit,
        TruncationMode::Bytes => limit / limits::BYTES_PER_TOKEN,
    };
    config.tool_output_token_limit.unwrap_or(policy)
}

/// What may be deleted without a question.
pub(crate) fn blast_limits(config: &Config) -> Option<BlastLimits> {
    let limits = &config.blast_radius;
    limits.enabled.then_some(BlastLimits { files_max: limits.files_max, bytes_max: limits.bytes_max })
}

/// Where a new thread with this configuration would count what a command takes away; `None` when it does not look.
/// `env` is the process environment.
pub fn loss_scene(config: &Config, sandbox: AskedSandbox, env: &[(OsString, OsString)]) -> Option<LossScene> {
    let limits = blast_limits(config)?;
    let variable =
        |name: &str| env.iter().find(|(own, _)| own == name).map(|(_, value)| PathBuf::from(value));
    let policy = config.sandbox_policy();
    let tmpdir = variable("TMPDIR").filter(|dir| dir.is_absolute());
    let permissions = match sandbox {
        AskedSandbox::Kept => {
            let surroundings = Surroundings { tmpdir: tmpdir.as_deref(), helpers: &[] };
            policy.resolve(&config.cwd, surroundings)
        }
        AskedSandbox::Left => Permissions::Unlimited,
    };
    let own = ThreadVariables {
        codex_home: config.codex_home.clone(),
        session_id: String::new(),
        thread_id: String::new(),
        version: String::new(),
    };
    let origin = CommandOrigin::ToolCall("");
    let given = environment(env.iter().cloned(), &shell_environment(config), &own, origin, &policy);
    let workspace = policy.workspace_roots(&config.cwd);
    Some(LossScene::new(limits, &permissions, &workspace, variable("HOME"), given))
}

/// What is copied before commands run.
pub(crate) fn checkpoint_plan(config: &Config) -> Option<CheckpointPlan> {
    let plan = &config.checkpoints;
    plan.enabled.then(|| CheckpointPlan {
        budget: Budget { bytes_max: Budget::default().bytes_max.min(plan.bytes_max), ..Budget::default() },
        age_max: Duration::from_secs(plan.days.saturating_mul(86_400)),
        bytes_max: plan.bytes_max,
    })
}

/// The command environment policy in the sandbox's own terms.
pub(crate) fn shell_environment(config: &Config) -> ShellEnvironmentPolicy {
    let policy = &config.shell_environment_policy;
    ShellEnvironmentPolicy {
        inherit: match policy.inherit {
            EnvironmentInherit::All => Inherit::All,
            EnvironmentInherit::Core => Inherit::Core,
            EnvironmentInherit::None => Inherit::None,
        },
        ignore_default_excludes: policy.ignore_default_excludes,
        exclude: policy.exclude.clone(),
        set: policy.set.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        include_only: policy.include_only.clone(),
    }
}
