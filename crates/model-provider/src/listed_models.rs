//! The lists servers answer with, in one form. Those made for this client describe models as `responses-wire.md §5.7`
//! does; all others list `{"data": [{"id": ..}]}`, with more or less about each model under names of their own. Pure.

use serde_json::{Map, Value};

/// What servers call the tokens a model holds, the most telling first.
const WINDOW_NAMES: [&str; 6] = [
    "context_window",
    "max_model_len",
    "context_length",
    "max_context_length",
    "max_input_tokens",
    "max_context_window",
];
/// What they call the tokens of the longest answer.
const ANSWER_NAMES: [&str; 3] = ["max_output_tokens", "max_completion_tokens", "max_tokens"];
/// Kinds of models that hold no conversation, as far as a server tells kinds apart.
const OTHER_KINDS: [&str; 8] =
    ["embedding", "embeddings", "image", "audio", "moderation", "rerank", "reranker", "transcribe"];
/// What is asked of a model that is known to reason.
const EFFORTS: [&str; 3] = ["low", "medium", "high"];

/// The models of an answer in the form of `responses-wire.md §5.7`; `None` when it is no list of models.
pub(crate) fn models(answer: &Value) -> Option<Vec<Value>> {
    // Some servers answer with both lists: this one is ours only if its entries are.
    let ours = answer["models"].as_array();
    if let Some(models) = ours.filter(|models| models.iter().any(|model| model["slug"].is_string())) {
        return Some(models.clone());
    }
    let listed = answer["data"].as_array().or_else(|| answer.as_array());
    match (listed, ours) {
        (Some(listed), _) => Some(listed.iter().zip(0..).filter_map(entry).collect()),
        (None, Some(_)) => Some(Vec::new()),
        (None, None) => None,
    }
}

/// One model in our form. `name_only` marks those whose list tells nothing that matters for requests.
fn entry((listed, priority): (&Value, i64)) -> Option<Value> {
    let text = |name: &str| listed[name].as_str().map(str::trim).filter(|text| !text.is_empty());
    let slug = text("id")?;
    let window = number(listed, &WINDOW_NAMES);
    let mut model = Map::new();
    let mut put = |name: &str, value: Value| model.insert(name.to_owned(), value);
    put("slug", slug.into());
    put("display_name", text("display_name").or_else(|| text("name")).unwrap_or(slug).into());
    put("visibility", if is_for_conversations(listed) { "list" } else { "hide" }.into());
    put("priority", priority.into());
    put("name_only", window.is_none().into());
    if let Some(description) = text("description") {
        put("description", description.lines().next().unwrap_or_default().into());
    }
    if let Some(window) = window {
        put("context_window", window.into());
        put("max_context_window", window.into());
    }
    if let Some(tokens) = number(listed, &ANSWER_NAMES) {
        put("max_output_tokens", tokens.into());
    }
    if let Some(modalities) = names(&listed["architecture"]["input_modalities"]) {
        put("input_modalities", modalities.into());
    }
    if names(&listed["supported_parameters"]).is_some_and(|known| known.contains(&"reasoning")) {
        put("supported_reasoning_levels", EFFORTS.to_vec().into());
    }
    Some(model.into())
}

/// The first of these that is a count, of the model itself or of the place that serves it.
fn number(listed: &Value, names: &[&str]) -> Option<u64> {
    let places = [listed, &listed["top_provider"]];
    let counts = places.iter().flat_map(|place| names.iter().map(move |name| &place[*name]));
    counts.filter_map(Value::as_u64).find(|count| *count > 0)
}

fn names(list: &Value) -> Option<Vec<&str>> {
    Some(list.as_array()?.iter().filter_map(Value::as_str).collect())
}

fn is_for_conversations(listed: &Value) -> bool {
    let other_kind = listed["type"].as_str().is_some_and(|kind| OTHER_KINDS.contains(&kind));
    let writes =
        names(&listed["architecture"]["output_modalities"]).is_none_or(|made| made.contains(&"text"));
    !other_kind && writes && listed["active"] != Value::Bool(false)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use super::models;

    fn only(listed: &Value) -> Value {
        let mut models = models(&json!({ "object": "list", "data": [listed] })).unwrap();
        models.remove(0)
    }

    #[test]
    fn each_servers_words_are_understood() {
        let vllm = json!({"id": "qwen3", "object": "model", "owned_by": "vllm", "max_model_len": 65536});
        assert_eq!(
            only(&vllm),
            json!({"slug": "qwen3", "display_name": "qwen3", "visibility": "list", "priority": 0,
                "name_only": false, "context_window": 65536, "max_context_window": 65536})
        );
        let router = json!({"id": "a/b", "name": "A: B", "description": "Good.\nAnd more.", "context_length": 200_000,
            "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
            "top_provider": {"context_length": 1000, "max_completion_tokens": 64_000},
            "supported_parameters": ["tools", "reasoning"]});
        assert_eq!(
            only(&router),
            json!({"slug": "a/b", "display_name": "A: B", "visibility": "list", "priority": 0, "name_only": false,
                "description": "Good.", "context_window": 200_000, "max_context_window": 200_000,
                "max_output_tokens": 64_000, "input_modalities": ["text", "image"],
                "supported_reasoning_levels": ["low", "medium", "high"]})
        );
        let claude = json!({"type": "model", "id": "claude-x", "display_name": "Claude X", "created_at": "2026-01-01T00:00:00Z"});
        assert_eq!(
            only(&claude),
            json!({"slug": "claude-x", "display_name": "Claude X", "visibility": "list", "priority": 0, "name_only": true})
        );
    }

    #[test]
    fn what_holds_no_conversation_is_hidden() {
        for other in [
            json!({"id": "x", "type": "embeddings"}),
            json!({"id": "x", "active": false}),
            json!({"id": "x", "architecture": {"output_modalities": ["image"]}}),
        ] {
            assert_eq!(only(&other)["visibility"], "hide", "{other}");
        }
        assert_eq!(only(&json!({"id": "x", "type": "llm"}))["visibility"], "list");
    }

    #[test]
    fn lists_are_told_from_everything_else() {
        let slugs = |answer: &Value| -> Option<Vec<String>> {
            Some(models(answer)?.iter().map(|model| model["slug"].as_str().unwrap().to_owned()).collect())
        };
        let check = |answer: Value, expected: Option<&[&str]>| {
            let expected = expected.map(|slugs| slugs.iter().map(|slug| (*slug).to_owned()).collect());
            assert_eq!(slugs(&answer), expected, "{answer}");
        };
        check(json!({"models": [{"slug": "ours"}], "data": [{"id": "theirs"}]}), Some(&["ours"]));
        check(
            json!({"models": [{"name": "x", "model": "x"}], "data": [{"id": "theirs"}]}),
            Some(&["theirs"]),
        );
        check(json!([{"id": "bare"}, {"id": " "}, 5, {"name": "no id"}]), Some(&["bare"]));
        check(json!({"models": []}), Some(&[]));
        check(json!({"data": []}), Some(&[]));
        for no in [json!({}), json!({"error": {"message": "no"}}), json!("x"), json!({"data": {"id": 1}})] {
            check(no, None);
        }
    }
}
