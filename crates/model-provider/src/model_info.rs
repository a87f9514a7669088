//! What one model can do (`responses-wire.md §5.7`), as a value. Where it comes from is the catalogue's business.

use serde::Deserialize;

/// One model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ModelInfo {
    /// The name requests use.
    pub slug: String,
    /// The name people read.
    pub display_name: String,
    /// Whether all but the names is assumed: some servers list their models and describe none.
    pub name_only: bool,
    /// One sentence for menus.
    pub description: Option<String>,
    /// Tokens the model holds.
    pub context_window: u64,
    /// Tokens the model can be asked to hold.
    pub max_context_window: u64,
    /// Tokens of an answer the model allows; told to servers that want a limit.
    pub max_output_tokens: Option<u64>,
    /// How the Messages API is asked to think; `None` goes by the model's name.
    pub messages_thinking: Option<MessagesThinking>,
    /// How much of the window is meant to be filled.
    pub effective_context_window_percent: u64,
    /// Effort sent when none is configured.
    pub default_reasoning_level: Option<String>,
    /// Efforts offered in menus; others are still passed through.
    #[serde(deserialize_with = "levels")]
    pub supported_reasoning_levels: Vec<ReasoningLevel>,
    /// Summary asked for when none is configured; `none` asks for none.
    pub default_reasoning_summary: String,
    /// Whether `text.verbosity` may be sent.
    pub support_verbosity: bool,
    /// Verbosity sent when none is configured.
    pub default_verbosity: Option<String>,
    /// The form of the patch tool; `None` when the model is not offered it.
    #[serde(rename = "apply_patch_tool_type")]
    pub apply_patch: Option<ApplyPatchTool>,
    /// What the hosted search may return.
    #[serde(rename = "web_search_tool_type")]
    pub web_search: WebSearchTool,
    /// How much of a tool's output the model sees.
    #[serde(rename = "truncation_policy")]
    pub truncation: TruncationPolicy,
    /// Whether images may be sent with `detail: original`.
    pub supports_image_detail_original: bool,
    /// Models with the same hash can continue each other's compacted history.
    pub comp_hash: Option<String>,
    /// Ids of the service tiers the model advertises.
    #[serde(deserialize_with = "tier_ids")]
    pub service_tiers: Vec<String>,
    /// The tier used when none is configured.
    pub default_service_tier: Option<String>,
    /// Tools only some models know.
    pub experimental_supported_tools: Vec<String>,
    /// `text`, `image`.
    pub input_modalities: Vec<String>,
    /// Whether tools may be deferred behind `tool_search`.
    pub supports_search_tool: bool,
    /// Whether requests take the Lite shape (`responses-wire.md §1.4`).
    pub use_responses_lite: bool,
    /// How tools are offered.
    #[serde(deserialize_with = "tool_mode")]
    pub tool_mode: ToolMode,
    /// `v1`, `v2` or nothing.
    pub multi_agent_version: Option<String>,
    /// Effort given to agents the model starts.
    pub multi_agent_reasoning_effort: Option<String>,
    /// Whether menus list it.
    pub visibility: Visibility,
    /// Order in menus, lowest first; the first listed one is the default model.
    pub priority: i64,
    /// Whether an API key may use it.
    pub supported_in_api: bool,
    /// The model that replaces it.
    #[serde(deserialize_with = "upgrade_slug")]
    pub upgrade: Option<String>,
    /// Reported in the turn metadata.
    pub node_repl_auto_review_required: bool,
    /// Reported in the turn metadata.
    pub node_repl_disabled: bool,
    /// Whether the instructions explain skills.
    pub include_skills_usage_instructions: bool,
    /// Whether the instructions explain plugins.
    pub include_plugin_usage_instructions: bool,
    /// Whether the instructions explain apps.
    pub include_apps_usage_instructions: bool,
    /// Whether the effort may change inside a turn.
    pub supports_reasoning_effort_updates: bool,
    /// A field the model is made for, such as `cyber`.
    pub model_specialty: Option<String>,
}

/// One effort a menu offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasoningLevel {
    /// What requests say.
    pub effort: String,
    /// What it means, for people; may be empty.
    pub description: String,
}

impl ReasoningLevel {
    /// An effort with what is generally known of it.
    pub fn known(effort: &str) -> Self {
        let description = match effort {
            "none" => "Answers without thinking first",
            "minimal" => "Hardly thinks: for lookups and small edits",
            "low" => "Thinks briefly: fast, for everyday work",
            "medium" => "Weighs speed against depth",
            "high" => "Thinks longer: for hard problems",
            "xhigh" => "Thinks very long: slow, for the hardest problems",
            "max" => "Thinks as long as it can: slowest and dearest",
            "ultra" => "Thinks as long as it can, and may give work to agents",
            _ => "",
        };
        Self { effort: effort.to_owned(), description: description.to_owned() }
    }
}

/// `messages_thinking`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessagesThinking {
    /// Not at all.
    None,
    /// With a budget of tokens.
    Budget,
    /// As much as the model finds right for an effort.
    Adaptive,
}

/// `apply_patch_tool_type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplyPatchTool {
    /// A custom tool: the patch is the whole input.
    Freeform,
    /// A function with the patch as an argument.
    Function,
}

/// `web_search_tool_type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebSearchTool {
    /// Text only.
    #[default]
    Text,
    /// Text and images.
    TextAndImage,
}

/// `tool_mode`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolMode {
    /// Tools are called one by one.
    #[default]
    Direct,
    /// Tools are called from code the model writes.
    CodeModeOnly,
    /// Both ways.
    CodeMode,
}

/// `truncation_policy`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct TruncationPolicy {
    /// The unit of `limit`.
    pub mode: TruncationMode,
    /// How much is shown.
    pub limit: u64,
}

/// The unit of a truncation limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruncationMode {
    /// Estimated tokens.
    Tokens,
    /// Bytes.
    Bytes,
}

/// `visibility`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// In menus.
    List,
    /// Usable by name only.
    #[default]
    #[serde(other)]
    Hide,
}

impl ModelInfo {
    /// Tokens of the window that are meant to be filled.
    pub fn usable_context(&self) -> u64 {
        self.context_window.saturating_mul(self.effective_context_window_percent) / 100
    }

    /// Whether images may be part of the input.
    pub fn accepts_images(&self) -> bool {
        self.input_modalities.iter().any(|modality| modality == "image")
    }

    /// What is assumed of a model nobody described (`responses-wire.md §1.2, §5.7`).
    pub fn fallback(slug: &str) -> Self {
        Self { slug: slug.to_owned(), display_name: slug.to_owned(), name_only: true, ..Self::default() }
    }
}

impl Default for ModelInfo {
    fn default() -> Self {
        Self {
            slug: String::new(),
            display_name: String::new(),
            name_only: false,
            description: None,
            context_window: 272_000,
            max_context_window: 272_000,
            max_output_tokens: None,
            messages_thinking: None,
            effective_context_window_percent: 95,
            default_reasoning_level: None,
            supported_reasoning_levels: Vec::new(),
            default_reasoning_summary: "auto".to_owned(),
            support_verbosity: false,
            default_verbosity: None,
            apply_patch: None,
            web_search: WebSearchTool::Text,
            truncation: TruncationPolicy { mode: TruncationMode::Tokens, limit: 10_000 },
            supports_image_detail_original: false,
            comp_hash: None,
            service_tiers: Vec::new(),
            default_service_tier: None,
            experimental_supported_tools: Vec::new(),
            // The image tool is offered to unknown models, so they are taken to see (`tools.md §1`).
            input_modalities: vec!["text".to_owned(), "image".to_owned()],
            supports_search_tool: false,
            use_responses_lite: false,
            tool_mode: ToolMode::Direct,
            multi_agent_version: None,
            multi_agent_reasoning_effort: None,
            visibility: Visibility::Hide,
            priority: i64::MAX,
            supported_in_api: true,
            upgrade: None,
            node_repl_auto_review_required: false,
            node_repl_disabled: false,
            include_skills_usage_instructions: false,
            include_plugin_usage_instructions: false,
            include_apps_usage_instructions: false,
            supports_reasoning_effort_updates: false,
            model_specialty: None,
        }
    }
}

/// `[{"effort": .., "description": ..}]`, or plain names.
fn levels<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<ReasoningLevel>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Level {
        Described { effort: String, description: Option<String> },
        Name(String),
    }
    let levels: Vec<Level> = Vec::deserialize(deserializer)?;
    Ok(levels
        .into_iter()
        .map(|level| match level {
            Level::Described { effort, description: Some(description) } => {
                ReasoningLevel { effort, description }
            }
            Level::Described { effort, description: None } | Level::Name(effort) => {
                ReasoningLevel::known(&effort)
            }
        })
        .collect())
}

/// `[{"id": ..}]`, or plain ids.
fn tier_ids<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Tier {
        Described { id: String },
        Id(String),
    }
    let tiers: Vec<Tier> = Vec::deserialize(deserializer)?;
    Ok(tiers
        .into_iter()
        .map(|tier| match tier {
            Tier::Described { id } | Tier::Id(id) => id,
        })
        .collect())
}

fn tool_mode<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ToolMode, D::Error> {
    Ok(Option::<ToolMode>::deserialize(deserializer)?.unwrap_or_default())
}

/// `{"model": ..}` or null.
fn upgrade_slug<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Upgrade {
        model: Option<String>,
    }
    Ok(Option::<Upgrade>::deserialize(deserializer)?.and_then(|upgrade| upgrade.model))
}
