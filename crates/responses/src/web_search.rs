//! The hosted search as a tool of the request (`responses-wire.md §1.2`): the server runs it, the client only offers it.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use codex_model_provider::{ModelInfo, WebSearchTool};

/// What the search may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WebSearchAccess {
    /// Pages the service already has.
    #[default]
    Cached,
    /// The web as the service has indexed it, outside pages included.
    Indexed,
    /// The web as it is.
    Live,
}

/// `web_search` and `tools.web_search`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebSearchSettings {
    /// What the search may see.
    pub access: WebSearchAccess,
    /// `low`, `medium` or `high`.
    pub context_size: Option<String>,
    /// Only these sites; `None` means all.
    pub allowed_domains: Option<Vec<String>>,
    /// Where the person is.
    pub location: Option<WebSearchLocation>,
}

/// An approximate place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WebSearchLocation {
    /// Two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    external_web_access: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    indexed_web_access: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Filters<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_location: Option<Location<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search_context_size: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search_content_types: Option<[&'static str; 2]>,
}

#[derive(Serialize)]
struct Filters<'a> {
    allowed_domains: &'a [String],
}

#[derive(Serialize)]
struct Location<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    place: &'a WebSearchLocation,
}

/// The tool object, last in `tools`. A disabled search is simply not offered.
///
/// # Errors
/// Never in practice: the tool is an object of strings.
pub fn web_search_tool(
    model: &ModelInfo,
    settings: &WebSearchSettings,
) -> Result<Box<RawValue>, serde_json::Error> {
    to_raw_value(&Tool {
        r#type: "web_search",
        external_web_access: settings.access != WebSearchAccess::Cached,
        indexed_web_access: settings.access == WebSearchAccess::Indexed,
        filters: settings.allowed_domains.as_deref().map(|allowed_domains| Filters { allowed_domains }),
        user_location: settings.location.as_ref().map(|place| Location { r#type: "approximate", place }),
        search_context_size: settings.context_size.as_deref(),
        search_content_types: (model.web_search == WebSearchTool::TextAndImage).then_some(["text", "image"]),
    })
}

#[cfg(test)]
mod tests {
    use codex_model_provider::ModelCatalog;
    use pretty_assertions::assert_eq;

    use super::{WebSearchAccess, WebSearchLocation, WebSearchSettings, web_search_tool};

    fn tool(slug: &str, settings: &WebSearchSettings) -> String {
        let model = ModelCatalog::bundled().model_info(slug).into_info();
        web_search_tool(&model, settings).unwrap().get().to_owned()
    }

    // covers: responses-wire 13
    #[test]
    fn cached_and_live_searches_differ_in_access() {
        let live = WebSearchSettings { access: WebSearchAccess::Live, ..WebSearchSettings::default() };
        assert_eq!(
            tool("nobodys-model", &WebSearchSettings::default()),
            r#"{"type":"web_search","external_web_access":false}"#
        );
        assert_eq!(tool("nobodys-model", &live), r#"{"type":"web_search","external_web_access":true}"#);
        let indexed = WebSearchSettings { access: WebSearchAccess::Indexed, ..WebSearchSettings::default() };
        assert_eq!(
            tool("nobodys-model", &indexed),
            r#"{"type":"web_search","external_web_access":true,"indexed_web_access":true}"#
        );
        assert_eq!(
            tool("gpt-5.5", &live),
            r#"{"type":"web_search","external_web_access":true,"search_content_types":["text","image"]}"#
        );
    }

    #[test]
    fn settings_are_passed_on() {
        let settings = WebSearchSettings {
            access: WebSearchAccess::Cached,
            context_size: Some("low".to_owned()),
            allowed_domains: Some(vec!["example.com".to_owned()]),
            location: Some(WebSearchLocation { city: Some("Bern".to_owned()), ..Default::default() }),
        };
        assert_eq!(
            tool("nobodys-model", &settings),
            concat!(
                r#"{"type":"web_search","external_web_access":false,"filters":{"allowed_domains":["example.com"]},"#,
                r#""user_location":{"type":"approximate","city":"Bern"},"search_context_size":"low"}"#
            )
        );
    }
}
