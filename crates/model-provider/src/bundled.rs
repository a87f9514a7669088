//! The models every installation knows, as facts. Rows are read where they lie; a lookup builds one value.

use crate::model_info::{
    ApplyPatchTool, ModelInfo, ReasoningLevel, ToolMode, TruncationMode, TruncationPolicy, Visibility,
    WebSearchTool,
};

/// The facts that differ between bundled models; what all share is in [`Row::info`].
pub(crate) struct Row {
    pub(crate) slug: &'static str,
    display_name: &'static str,
    context_window: u64,
    max_context_window: u64,
    default_reasoning_level: &'static str,
    supported_reasoning_levels: &'static [&'static str],
    default_verbosity: &'static str,
    comp_hash: &'static str,
    service_tiers: &'static [&'static str],
    default_service_tier: Option<&'static str>,
    experimental_supported_tools: &'static [&'static str],
    use_responses_lite: bool,
    tool_mode: ToolMode,
    multi_agent_version: Option<&'static str>,
    multi_agent_reasoning_effort: Option<&'static str>,
    pub(crate) visibility: Visibility,
    pub(crate) priority: i64,
    upgrade: Option<&'static str>,
    node_repl_auto_review_required: bool,
    include_skills_usage_instructions: bool,
    include_plugin_usage_instructions: bool,
    include_apps_usage_instructions: bool,
    supports_reasoning_effort_updates: bool,
    model_specialty: Option<&'static str>,
}

const TO_XHIGH: &[&str] = &["low", "medium", "high", "xhigh"];
const TO_MAX: &[&str] = &["low", "medium", "high", "xhigh", "max"];
const TO_ULTRA: &[&str] = &["low", "medium", "high", "xhigh", "max", "ultra"];
const ASYNC_TOOLS: &[&str] = &["send_user_message_async", "clock"];

const BASE: Row = Row {
    slug: "",
    display_name: "",
    context_window: 272_000,
    max_context_window: 872_000,
    default_reasoning_level: "medium",
    supported_reasoning_levels: TO_ULTRA,
    default_verbosity: "low",
    comp_hash: "3000",
    service_tiers: &["priority"],
    default_service_tier: None,
    experimental_supported_tools: &[],
    use_responses_lite: true,
    tool_mode: ToolMode::CodeModeOnly,
    multi_agent_version: Some("v2"),
    multi_agent_reasoning_effort: None,
    visibility: Visibility::List,
    priority: 0,
    upgrade: None,
    node_repl_auto_review_required: false,
    include_skills_usage_instructions: false,
    include_plugin_usage_instructions: false,
    include_apps_usage_instructions: false,
    supports_reasoning_effort_updates: false,
    model_specialty: None,
};

pub(crate) const BUNDLED: [Row; 12] = [
    Row {
        slug: "gpt-6-astra",
        display_name: "GPT-6-Astra",
        default_reasoning_level: "low",
        supported_reasoning_levels: TO_ULTRA,
        experimental_supported_tools: ASYNC_TOOLS,
        multi_agent_reasoning_effort: Some("xhigh"),
        priority: 2,
        node_repl_auto_review_required: true,
        supports_reasoning_effort_updates: true,
        ..BASE
    },
    Row {
        slug: "gpt-6.1-sol",
        display_name: "GPT-6.1-Sol",
        default_reasoning_level: "low",
        supported_reasoning_levels: TO_ULTRA,
        experimental_supported_tools: ASYNC_TOOLS,
        multi_agent_reasoning_effort: Some("xhigh"),
        priority: 1,
        node_repl_auto_review_required: true,
        supports_reasoning_effort_updates: true,
        ..BASE
    },
    Row {
        slug: "gpt-6.1-terra",
        display_name: "GPT-6.1 Terra",
        context_window: 500_000,
        default_reasoning_level: "low",
        supported_reasoning_levels: TO_ULTRA,
        experimental_supported_tools: ASYNC_TOOLS,
        multi_agent_reasoning_effort: Some("xhigh"),
        priority: 7,
        node_repl_auto_review_required: true,
        supports_reasoning_effort_updates: true,
        ..BASE
    },
    Row {
        slug: "gpt-6-sol",
        display_name: "GPT-6-Sol",
        default_reasoning_level: "medium",
        supported_reasoning_levels: TO_ULTRA,
        default_service_tier: Some("priority"),
        experimental_supported_tools: ASYNC_TOOLS,
        priority: 3,
        node_repl_auto_review_required: true,
        ..BASE
    },
    Row {
        slug: "gpt-6-luna",
        display_name: "GPT-6-Luna",
        default_reasoning_level: "medium",
        supported_reasoning_levels: TO_MAX,
        default_service_tier: Some("priority"),
        experimental_supported_tools: ASYNC_TOOLS,
        priority: 4,
        ..BASE
    },
    Row {
        slug: "gpt-5.6-sol",
        display_name: "GPT-5.6-Sol",
        default_reasoning_level: "low",
        supported_reasoning_levels: TO_ULTRA,
        priority: 5,
        upgrade: Some("gpt-6-sol"),
        include_plugin_usage_instructions: true,
        include_apps_usage_instructions: true,
        ..BASE
    },
    Row {
        slug: "gpt-5.6-terra",
        display_name: "GPT-5.6-Terra",
        default_reasoning_level: "medium",
        supported_reasoning_levels: TO_ULTRA,
        priority: 8,
        upgrade: Some("gpt-6-sol"),
        include_plugin_usage_instructions: true,
        include_apps_usage_instructions: true,
        ..BASE
    },
    Row {
        slug: "gpt-5.6-luna",
        display_name: "GPT-5.6-Luna",
        default_reasoning_level: "medium",
        supported_reasoning_levels: TO_MAX,
        multi_agent_version: Some("v1"),
        priority: 9,
        upgrade: Some("gpt-6-luna"),
        include_plugin_usage_instructions: true,
        include_apps_usage_instructions: true,
        ..BASE
    },
    Row {
        slug: "gpt-daybreak-blue-latest",
        display_name: "Daybreak Blue",
        default_reasoning_level: "low",
        supported_reasoning_levels: TO_ULTRA,
        service_tiers: &[],
        visibility: Visibility::Hide,
        priority: 11,
        include_plugin_usage_instructions: true,
        include_apps_usage_instructions: true,
        model_specialty: Some("cyber"),
        ..BASE
    },
    Row {
        slug: "gpt-daybreak-red-latest",
        display_name: "Daybreak Red",
        context_window: 372_000,
        max_context_window: 372_000,
        default_reasoning_level: "medium",
        supported_reasoning_levels: TO_ULTRA,
        default_verbosity: "high",
        service_tiers: &[],
        visibility: Visibility::Hide,
        priority: 12,
        model_specialty: Some("cyber"),
        ..BASE
    },
    Row {
        slug: "gpt-5.5",
        display_name: "GPT-5.5",
        max_context_window: 272_000,
        default_reasoning_level: "medium",
        supported_reasoning_levels: TO_XHIGH,
        comp_hash: "2911",
        use_responses_lite: false,
        tool_mode: ToolMode::Direct,
        multi_agent_version: None,
        priority: 13,
        upgrade: Some("gpt-6-sol"),
        include_skills_usage_instructions: true,
        include_plugin_usage_instructions: true,
        include_apps_usage_instructions: true,
        ..BASE
    },
    Row {
        slug: "codex-auto-review",
        display_name: "Codex Auto Review",
        default_reasoning_level: "medium",
        supported_reasoning_levels: TO_MAX,
        multi_agent_version: Some("v1"),
        visibility: Visibility::Hide,
        priority: 43,
        ..BASE
    },
];

impl Row {
    /// Made of the facts: what a person choosing wants to know.
    fn description(&self) -> String {
        let thousands = self.context_window / 1000;
        match (self.upgrade, self.model_specialty) {
            (Some(newer), _) => format!("Holds {thousands}k tokens. Succeeded by {newer}."),
            (None, Some(specialty)) => format!("Holds {thousands}k tokens. Made for {specialty} work."),
            (None, None) => format!("Holds {thousands}k tokens."),
        }
    }

    pub(crate) fn info(&self) -> ModelInfo {
        let text = |value: Option<&'static str>| value.map(str::to_owned);
        let texts = |values: &[&'static str]| values.iter().map(|value| (*value).to_owned()).collect();
        ModelInfo {
            name_only: false,
            slug: self.slug.to_owned(),
            display_name: self.display_name.to_owned(),
            description: Some(self.description()),
            context_window: self.context_window,
            max_context_window: self.max_context_window,
            max_output_tokens: None,
            messages_thinking: None,
            effective_context_window_percent: 95,
            default_reasoning_level: Some(self.default_reasoning_level.to_owned()),
            supported_reasoning_levels: self
                .supported_reasoning_levels
                .iter()
                .map(|effort| ReasoningLevel::known(effort))
                .collect(),
            default_reasoning_summary: "none".to_owned(),
            support_verbosity: true,
            default_verbosity: Some(self.default_verbosity.to_owned()),
            apply_patch: Some(ApplyPatchTool::Freeform),
            web_search: WebSearchTool::TextAndImage,
            truncation: TruncationPolicy { mode: TruncationMode::Tokens, limit: 10_000 },
            supports_image_detail_original: true,
            comp_hash: Some(self.comp_hash.to_owned()),
            service_tiers: texts(self.service_tiers),
            default_service_tier: text(self.default_service_tier),
            experimental_supported_tools: texts(self.experimental_supported_tools),
            input_modalities: texts(&["text", "image"]),
            supports_search_tool: true,
            use_responses_lite: self.use_responses_lite,
            tool_mode: self.tool_mode,
            multi_agent_version: text(self.multi_agent_version),
            multi_agent_reasoning_effort: text(self.multi_agent_reasoning_effort),
            visibility: self.visibility,
            priority: self.priority,
            supported_in_api: true,
            upgrade: text(self.upgrade),
            node_repl_auto_review_required: self.node_repl_auto_review_required,
            node_repl_disabled: false,
            include_skills_usage_instructions: self.include_skills_usage_instructions,
            include_plugin_usage_instructions: self.include_plugin_usage_instructions,
            include_apps_usage_instructions: self.include_apps_usage_instructions,
            supports_reasoning_effort_updates: self.supports_reasoning_effort_updates,
            model_specialty: text(self.model_specialty),
        }
    }
}
