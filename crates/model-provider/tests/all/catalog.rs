//! Models: recorded facts, lookups and files.

use std::fs;

use codex_model_provider::{
    CatalogError, Lookup, ModelCatalog, ModelInfo, ReasoningLevel, ToolMode, WebSearchTool,
};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

fn recorded(text: &str) -> Vec<Map<String, Value>> {
    serde_json::from_str(text).unwrap()
}

/// A recorded row laid over the values every bundled model shares must be the bundled row.
fn check_recorded_fields(row: &Map<String, Value>) {
    let slug = row["slug"].as_str().unwrap();
    let Lookup::Known(bundled) = ModelCatalog::bundled().model_info(slug) else {
        panic!("{slug} is missing")
    };
    let read: ModelInfo = serde_json::from_value(Value::Object(row.clone())).unwrap();
    macro_rules! same {
        ($($key:literal => $field:ident),+ $(,)?) => {
            $(if row.contains_key($key) {
                assert_eq!(bundled.$field, read.$field, "{slug}: {}", $key);
            })+
        };
    }
    same! {
        "context_window" => context_window,
        "max_context_window" => max_context_window,
        "effective_context_window_percent" => effective_context_window_percent,
        "apply_patch_tool_type" => apply_patch,
        "visibility" => visibility,
        "multi_agent_version" => multi_agent_version,
        "multi_agent_reasoning_effort" => multi_agent_reasoning_effort,
        "comp_hash" => comp_hash,
        "default_reasoning_level" => default_reasoning_level,
        "tool_mode" => tool_mode,
        "use_responses_lite" => use_responses_lite,
        "truncation_policy" => truncation,
        "priority" => priority,
        "web_search_tool_type" => web_search,
        "supports_image_detail_original" => supports_image_detail_original,
        "experimental_supported_tools" => experimental_supported_tools,
        "supports_search_tool" => supports_search_tool,
        "input_modalities" => input_modalities,
        "node_repl_auto_review_required" => node_repl_auto_review_required,
        "include_skills_usage_instructions" => include_skills_usage_instructions,
        "include_plugin_usage_instructions" => include_plugin_usage_instructions,
        "include_apps_usage_instructions" => include_apps_usage_instructions,
    }
}

#[test]
fn the_bundled_models_have_the_recorded_facts() {
    let rows = recorded(include_str!("fixtures/models.json"));
    assert_eq!(rows.len(), ModelCatalog::bundled().models().len());
    rows.iter().for_each(check_recorded_fields);
    recorded(include_str!("fixtures/model-tool-metadata.json")).iter().for_each(check_recorded_fields);
}

#[test]
fn the_default_model_is_the_first_listed_by_priority() {
    assert_eq!(ModelCatalog::bundled().default_model(), "gpt-6.1-sol");
}

#[test]
fn an_unknown_model_gets_fallback_facts() {
    let lookup = ModelCatalog::bundled().model_info("somebody-elses-model");
    assert!(lookup.is_fallback());
    let info = lookup.into_info();
    assert_eq!(info.usable_context(), 258_400);
    assert_eq!(info.slug, "somebody-elses-model");
    assert_eq!(
        (info.default_reasoning_level, info.default_reasoning_summary, info.support_verbosity),
        (None, "auto".to_owned(), false)
    );
    assert_eq!(
        (info.apply_patch, info.web_search, info.tool_mode, info.use_responses_lite),
        (None, WebSearchTool::Text, ToolMode::Direct, false)
    );
}

#[test]
fn tiers_and_defaults_of_bundled_models() {
    let catalog = ModelCatalog::bundled();
    let tiers = |slug: &str| {
        let info = catalog.model_info(slug).into_info();
        (info.service_tiers, info.default_service_tier)
    };
    assert_eq!(tiers("gpt-5.5"), (vec!["priority".to_owned()], None));
    assert_eq!(tiers("gpt-6-sol"), (vec!["priority".to_owned()], Some("priority".to_owned())));
    assert_eq!(tiers("gpt-daybreak-red-latest"), (vec![], None));
}

#[test]
fn a_catalogue_file_replaces_the_bundled_models() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("models.json");
    let file = json!({"models": [{
        "slug": "house-model", "context_window": 1000, "priority": 7, "visibility": "list", "tool_mode": null,
        "supported_reasoning_levels": [{"effort": "low", "description": "fast"}],
        "service_tiers": [{"id": "flex", "name": "Flex"}], "upgrade": {"model": "next", "migration_markdown": ""},
        "a_field_of_the_future": {"x": 1}
    }]});
    fs::write(&path, file.to_string()).unwrap();
    let catalog = ModelCatalog::from_file(&path).unwrap();
    assert_eq!(catalog.default_model(), "house-model");
    let Lookup::Known(info) = catalog.model_info("house-model") else { panic!("not found") };
    assert_eq!((info.context_window, info.usable_context()), (1000, 950));
    assert_eq!(
        (info.supported_reasoning_levels, info.service_tiers, info.upgrade),
        (
            vec![ReasoningLevel { effort: "low".to_owned(), description: "fast".to_owned() }],
            vec!["flex".to_owned()],
            Some("next".to_owned())
        )
    );
    assert!(catalog.model_info("gpt-5.5").is_fallback());
}

#[test]
fn a_bad_catalogue_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("models.json");
    let error = |text: &str| {
        fs::write(&path, text).unwrap();
        ModelCatalog::from_file(&path).unwrap_err()
    };
    assert!(matches!(error("{\"models\": 1}"), CatalogError::Malformed { .. }));
    assert!(error("{\"models\": []}").to_string().ends_with("lists no models"));
    assert!(error("{\"models\": [{}]}").to_string().ends_with("has no `slug` for model 1"));
    let missing = ModelCatalog::from_file(&dir.path().join("none.json")).unwrap_err();
    assert!(matches!(missing, CatalogError::Unreadable { .. }) && missing.to_string().contains("none.json"));
}
