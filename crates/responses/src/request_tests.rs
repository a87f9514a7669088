//! Bodies: order and presence of fields, and bytes kept as they are. Whole captures are in `tests/all/captures.rs`.

use pretty_assertions::assert_eq;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use codex_auth::ProviderAuth;
use codex_model_provider::{ModelCatalog, ModelInfo, ProviderInfo};
use codex_protocol::{ItemId, ResponseItem, ThreadId};

use super::{
    ModelRequest, OutputSchema, PromptCacheKey, SchemaStrictness, additional_tools_item,
    base_instructions_item,
};

fn model(slug: &str) -> ModelInfo {
    ModelCatalog::bundled().model_info(slug).into_info()
}

fn request<'a>(model: &'a ModelInfo, input: &'a [ResponseItem]) -> ModelRequest<'a> {
    ModelRequest {
        model,
        prefix: &[],
        input,
        tail: &[],
        tools: &[],
        parallel_tool_calls: true,
        reasoning_effort: None,
        reasoning_summary: None,
        verbosity: None,
        service_tier: None,
        output_schema: None,
        prompt_cache_key: PromptCacheKey::Thread(ThreadId::new_v7()),
    }
}

fn text(request: &ModelRequest<'_>, provider: &ProviderInfo) -> String {
    let (body, _) = request.body(provider, &json!({})).unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

fn body(request: &ModelRequest<'_>) -> Value {
    serde_json::from_str(&text(request, &ProviderInfo::custom("lab", "Lab", "http://x"))).unwrap()
}

#[test]
fn history_is_copied_byte_for_byte() {
    let odd = r#"{ "type":"reasoning",  "id":"rs_1","summary":[], "content":null,"encrypted_content":"gAAA","n":1.50 }"#;
    let model = model("gpt-5.5");
    let items = [ResponseItem::from_json(odd).unwrap()];
    let text = text(&request(&model, &items), &ProviderInfo::custom("lab", "Lab", "http://x"));
    assert!(text.contains(odd), "{text}");
}

// covers: responses-wire 5, responses-wire 9, responses-wire 10
#[test]
fn the_clients_metadata_goes_only_to_the_first_party() {
    let item = concat!(
        r#"{"type":"message","status":"completed","id":"msg_1","role":"assistant","content":[],"phase":"commentary","#,
        r#""internal_chat_message_metadata_passthrough":{"turn_id":"t"}}"#
    );
    let reasoning =
        r#"{"type":"reasoning","id":"rs_1","summary":[],"content":null,"encrypted_content":"gAAA"}"#;
    let model = model("gpt-5.5");
    let items = [ResponseItem::from_json(item).unwrap(), ResponseItem::from_json(reasoning).unwrap()];
    let request = request(&model, &items);
    let kept = text(&request, &ProviderInfo::openai(ProviderAuth::None));
    assert!(kept.contains(item), "{kept}");
    for name in ["Lab", "Azure", "openai"] {
        let stripped = text(&request, &ProviderInfo::custom("lab", name, "http://x"));
        assert!(!stripped.contains("passthrough"), "{name}: {stripped}");
        assert!(stripped.contains(r#""phase":"commentary""#) && stripped.contains(reasoning), "{stripped}");
    }
}

#[test]
fn reasoning_follows_configuration_then_the_model() {
    let (known, lite, unknown) = (model("gpt-5.5"), model("gpt-6.1-sol"), model("nobodys-model"));
    let reasoning = |model, effort, summary| {
        let request =
            ModelRequest { reasoning_effort: effort, reasoning_summary: summary, ..request(model, &[]) };
        body(&request)["reasoning"].clone()
    };
    assert_eq!(reasoning(&known, None, None), json!({"effort": "medium"}));
    assert_eq!(reasoning(&unknown, None, None), json!({"summary": "auto"}));
    assert_eq!(reasoning(&unknown, None, Some("none")), json!({}));
    assert_eq!(
        reasoning(&known, Some("zzz"), Some("concise")),
        json!({"effort": "zzz", "summary": "concise"})
    );
    assert_eq!(reasoning(&lite, None, None), json!({"effort": "low", "context": "all_turns"}));
}

// covers: responses-wire 12
#[test]
fn a_schema_stands_beside_the_verbosity() {
    let known = model("gpt-5.5");
    let schema = RawValue::from_string(r#"{"z":1,"a":2}"#.to_owned()).unwrap();
    let with_schema = ModelRequest {
        output_schema: Some(OutputSchema { schema: &schema, strictness: SchemaStrictness::Strict }),
        ..request(&known, &[])
    };
    let text = text(&with_schema, &ProviderInfo::custom("lab", "Lab", "http://x"));
    let expected = concat!(
        r#""text":{"verbosity":"low","format":{"type":"json_schema","strict":true,"schema":{"z":1,"a":2},"#,
        r#""name":"codex_output_schema"}}"#
    );
    assert!(text.contains(expected), "{text}");
    let unknown = model("nobodys-model");
    let asked = ModelRequest { verbosity: Some("high"), ..request(&unknown, &[]) };
    assert_eq!(body(&asked).get("text"), None, "no verbosity for a model that does not know it");
    let asked = ModelRequest { verbosity: Some("high"), ..request(&known, &[]) };
    assert_eq!(body(&asked)["text"], json!({"verbosity": "high"}));
}

#[test]
fn a_tier_is_sent_where_it_belongs() {
    let known = model("gpt-5.5");
    let body = body(&ModelRequest { service_tier: Some("priority"), ..request(&known, &[]) });
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "model",
            "stream",
            "input",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "reasoning",
            "store",
            "include",
            "service_tier",
            "prompt_cache_key",
            "text",
            "client_metadata"
        ]
    );
}

#[test]
fn prefix_input_and_tail_stand_in_this_order() {
    let known = model("gpt-5.5");
    let item = |text: &str| base_instructions_item(&ItemId::new(text), text).unwrap();
    let (prefix, input, tail) = ([item("a")], [item("b"), item("c")], [item("d")]);
    let all = ModelRequest { prefix: &prefix, tail: &tail, ..request(&known, &input) };
    let input = body(&all)["input"].clone();
    let ids: Vec<&str> = input.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
}

#[test]
fn lite_tools_are_an_item() {
    let tools = [RawValue::from_string(r#"{"type":"namespace","name":"functions"}"#.to_owned()).unwrap()];
    let item = additional_tools_item(&ItemId::new("at_1"), &tools).unwrap();
    assert_eq!(
        item.json(),
        r#"{"type":"additional_tools","id":"at_1","role":"developer","tools":[{"type":"namespace","name":"functions"}]}"#
    );
}
