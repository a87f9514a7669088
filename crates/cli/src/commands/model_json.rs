//! A model as JSON, in the form `model_catalog_json` reads back.

use codex_model_provider::{
    ApplyPatchTool, MessagesThinking, ModelInfo, ToolMode, TruncationMode, Visibility, WebSearchTool,
};
use serde_json::{Value, json};

/// All fields of one model.
pub(crate) fn model_json(model: &ModelInfo) -> Value {
    let efforts: Vec<_> = model
        .supported_reasoning_levels
        .iter()
        .map(|level| json!({ "effort": level.effort, "description": level.description }))
        .collect();
    let tiers: Vec<_> = model.service_tiers.iter().map(|id| json!({ "id": id })).collect();
    json!({
        "slug": model.slug,
        "display_name": model.display_name,
        "description": model.description,
        "default_reasoning_level": model.default_reasoning_level,
        "supported_reasoning_levels": efforts,
        "default_reasoning_summary": model.default_reasoning_summary,
        "visibility": match model.visibility {
            Visibility::List => "list",
            Visibility::Hide => "hide",
        },
        "supported_in_api": model.supported_in_api,
        "priority": model.priority,
        "upgrade": model.upgrade.as_ref().map(|slug| json!({ "model": slug })),
        "context_window": model.context_window,
        "max_context_window": model.max_context_window,
        "max_output_tokens": model.max_output_tokens,
        "messages_thinking": model.messages_thinking.map(|thinking| match thinking {
            MessagesThinking::None => "none",
            MessagesThinking::Budget => "budget",
            MessagesThinking::Adaptive => "adaptive",
        }),
        "name_only": model.name_only,
        "effective_context_window_percent": model.effective_context_window_percent,
        "support_verbosity": model.support_verbosity,
        "default_verbosity": model.default_verbosity,
        "apply_patch_tool_type": model.apply_patch.map(|form| match form {
            ApplyPatchTool::Freeform => "freeform",
            ApplyPatchTool::Function => "function",
        }),
        "web_search_tool_type": match model.web_search {
            WebSearchTool::Text => "text",
            WebSearchTool::TextAndImage => "text_and_image",
        },
        "truncation_policy": {
            "mode": match model.truncation.mode {
                TruncationMode::Tokens => "tokens",
                TruncationMode::Bytes => "bytes",
            },
            "limit": model.truncation.limit,
        },
        "supports_image_detail_original": model.supports_image_detail_original,
        "comp_hash": model.comp_hash,
        "service_tiers": tiers,
        "default_service_tier": model.default_service_tier,
        "experimental_supported_tools": model.experimental_supported_tools,
        "input_modalities": model.input_modalities,
        "supports_search_tool": model.supports_search_tool,
        "use_responses_lite": model.use_responses_lite,
        "tool_mode": match model.tool_mode {
            ToolMode::Direct => "direct",
            ToolMode::CodeModeOnly => "code_mode_only",
            ToolMode::CodeMode => "code_mode",
        },
        "multi_agent_version": model.multi_agent_version,
        "multi_agent_reasoning_effort": model.multi_agent_reasoning_effort,
        "node_repl_auto_review_required": model.node_repl_auto_review_required,
        "node_repl_disabled": model.node_repl_disabled,
        "include_skills_usage_instructions": model.include_skills_usage_instructions,
        "include_plugin_usage_instructions": model.include_plugin_usage_instructions,
        "include_apps_usage_instructions": model.include_apps_usage_instructions,
        "supports_reasoning_effort_updates": model.supports_reasoning_effort_updates,
        "model_specialty": model.model_specialty,
    })
}
