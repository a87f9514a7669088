//! Amazon Bedrock: its two services, where they are, and the models they are known to have (`responses-wire.md §5.9`).
//! Knows no credential.

use codex_auth::Secret;

use crate::bundled::BUNDLED;
use crate::model_info::{ModelInfo, ToolMode, WebSearchTool};
use crate::{ModelCatalog, ProviderInfo};

/// The models of either service, in the order of menus.
const MODELS: [&str; 9] = [
    "gpt-6.1-sol",
    "gpt-6-astra",
    "gpt-6.1-terra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
];
/// Has its tier only here.
const ULTRAFAST: [&str; 2] = ["gpt-6.1-sol", "gpt-6-astra"];
/// Only the first service has it.
const MANTLE_ONLY: &str = "gpt-5.5";

/// One of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BedrockService {
    /// `amazon-bedrock`
    Mantle,
    /// `amazon-bedrock-runtime`
    Runtime,
}

impl BedrockService {
    /// The service of a provider id.
    pub fn of_id(id: &str) -> Option<Self> {
        [Self::Mantle, Self::Runtime].into_iter().find(|service| service.id() == id)
    }

    /// The provider id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mantle => "amazon-bedrock",
            Self::Runtime => "amazon-bedrock-runtime",
        }
    }

    /// The name in signatures.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Mantle => "bedrock-mantle",
            Self::Runtime => "bedrock",
        }
    }

    /// Where it is in a region.
    pub fn base_url(self, region: &str) -> String {
        match self {
            Self::Mantle => format!("https://bedrock-mantle.{region}.api.aws/v1"),
            Self::Runtime => format!("https://bedrock-runtime.{region}.amazonaws.com/openai/v1"),
        }
    }

    /// The provider at an address, with every default and no credential.
    pub fn provider(self, base_url: impl Into<String>) -> ProviderInfo {
        let agent = ("x-amzn-mantle-client-agent".to_owned(), Secret::new("codex"));
        ProviderInfo {
            http_headers: vec![agent],
            ..ProviderInfo::custom(self.id(), "Amazon Bedrock", base_url)
        }
    }

    /// Its models. The service is not asked for them.
    pub fn catalog(self) -> ModelCatalog {
        let prefixes: &[&str] = match self {
            Self::Mantle => &["openai."],
            Self::Runtime => &["global.openai.", "us.openai."],
        };
        let names = prefixes.iter().flat_map(|prefix| MODELS.iter().map(move |slug| (*prefix, *slug)));
        let names = names.filter(|(_, slug)| self == Self::Mantle || *slug != MANTLE_ONLY);
        let models = names.zip(0..).filter_map(|((prefix, slug), priority)| {
            let info = BUNDLED.iter().find(|row| row.slug == slug)?.info();
            Some(self.model(info, prefix, priority))
        });
        ModelCatalog::listed(models.collect())
    }

    /// The same model with what is different there.
    fn model(self, info: ModelInfo, prefix: &str, priority: i64) -> ModelInfo {
        let fast = self == Self::Mantle && ULTRAFAST.contains(&info.slug.as_str());
        ModelInfo {
            slug: format!("{prefix}{}", info.slug),
            description: Some(format!("Holds {}k tokens.", info.context_window / 1000)),
            priority,
            use_responses_lite: false,
            tool_mode: ToolMode::Direct,
            web_search: WebSearchTool::Text,
            supports_search_tool: self == Self::Mantle,
            service_tiers: if fast { vec!["ultrafast".to_owned()] } else { Vec::new() },
            default_service_tier: None,
            upgrade: None,
            include_skills_usage_instructions: false,
            include_plugin_usage_instructions: false,
            include_apps_usage_instructions: false,
            ..info
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::BedrockService;

    #[test]
    fn each_service_has_its_models_in_order() {
        let slugs = |service: BedrockService| -> Vec<String> {
            service.catalog().models().into_iter().map(|model| model.slug).collect()
        };
        let mantle = slugs(BedrockService::Mantle);
        assert_eq!(
            (mantle.len(), mantle[0].as_str(), mantle[8].as_str()),
            (9, "openai.gpt-6.1-sol", "openai.gpt-5.5")
        );
        let runtime = slugs(BedrockService::Runtime);
        assert_eq!((runtime.len(), runtime[0].as_str()), (16, "global.openai.gpt-6.1-sol"));
        assert_eq!(runtime[8], "us.openai.gpt-6.1-sol");
        assert_eq!(BedrockService::Mantle.catalog().default_model(), "openai.gpt-6.1-sol");
        let sol = BedrockService::Mantle.catalog().model_info("openai.gpt-6.1-sol").into_info();
        assert_eq!((sol.use_responses_lite, sol.service_tiers), (false, vec!["ultrafast".to_owned()]));
        assert!(BedrockService::Runtime.catalog().model_info("openai.gpt-6.1-sol").is_fallback());
    }
}
