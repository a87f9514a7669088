//! The delta rule against a model of itself in JSON values, and the cases the reference names.

use codex_auth::ProviderAuth;
use codex_model_provider::{ModelCatalog, ProviderInfo};
use codex_protocol::{ItemPassthrough, ResponseId, ResponseItem, SandboxMode, ThreadId, TurnId, WindowId};
use pretty_assertions::assert_eq;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{prop_assert_eq, proptest};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Baseline;
use crate::{
    HistoryInitialization, ModelRequest, PreparedRequest, PromptCacheKey, RequestKind, RequestMetadata,
};

fn metadata(thread: ThreadId) -> RequestMetadata {
    RequestMetadata {
        installation_id: "i".to_owned(),
        session_id: codex_protocol::SessionId::from_uuid(thread.uuid()),
        thread_id: thread,
        agent_name: "/root".to_owned(),
        turn_id: TurnId::new_v7(),
        window_number: 0,
        context_window_id: WindowId::new_v7(),
        request_kind: RequestKind::Turn,
        history_initialization: HistoryInitialization::New,
        forked_from: None,
        sub_agent: None,
        extra: vec![],
        root_turn_id: TurnId::new_v7(),
        thread_source: None,
        turn_trigger: None,
        sandbox: "seccomp".to_owned(),
        sandbox_mode: SandboxMode::ReadOnly,
        auto_review_enabled: false,
        node_repl_auto_review_required: false,
        node_repl_disabled: false,
        workspaces: vec![],
        turn_started_at_unix_ms: 0,
        analytics_enabled: true,
        model: "gpt-5.5".to_owned(),
        reasoning_effort: None,
    }
}

/// What may differ between two requests.
#[derive(Debug, Clone)]
struct Asked {
    items: Vec<ResponseItem>,
    effort: &'static str,
    tools: usize,
}

impl Asked {
    fn of(items: &[ResponseItem]) -> Self {
        Self { items: items.to_vec(), effort: "low", tools: 1 }
    }

    /// The client's metadata is new each time: it never counts.
    fn prepare(&self, thread: ThreadId) -> PreparedRequest {
        let model = ModelCatalog::bundled().model_info("gpt-5.5").into_info();
        let tool = || RawValue::from_string(r#"{"type":"function","name":"f"}"#.to_owned()).unwrap();
        let tools: Vec<_> = (0..self.tools).map(|_| tool()).collect();
        let request = ModelRequest {
            model: &model,
            prefix: &[],
            input: &self.items,
            tail: &[],
            tools: &tools,
            parallel_tool_calls: true,
            reasoning_effort: Some(self.effort),
            reasoning_summary: None,
            verbosity: None,
            service_tier: None,
            output_schema: None,
            prompt_cache_key: PromptCacheKey::Thread(thread),
        };
        request.render(&ProviderInfo::openai(ProviderAuth::None), &metadata(thread)).unwrap()
    }
}

fn item(text: &str) -> ResponseItem {
    ResponseItem::from_json(&format!(r#"{{"type":"message","role":"user","content":"{text}"}}"#)).unwrap()
}

/// The item with the metadata a client puts on it.
fn marked(text: &str) -> ResponseItem {
    let turn_id = Some(TurnId::new_v7().to_string());
    let json = serde_json::json!({ "turn_id": turn_id });
    item(text).with_passthrough(&serde_json::from_value::<ItemPassthrough>(json).unwrap())
}

fn continued(old: &Asked, output: &[ResponseItem], new: &Asked) -> Option<usize> {
    let thread = ThreadId::new_v7();
    let baseline =
        Baseline { request: old.prepare(thread), output: output.to_vec(), response_id: ResponseId::new("r") };
    baseline.continued_by(&new.prepare(thread))
}

// covers: responses-wire 36, responses-wire 37
#[test]
fn only_an_extension_of_what_the_server_has_is_one() {
    let (a, b, out, c) = (marked("a"), item("b"), item("out"), item("c"));
    let old = Asked::of(&[a.clone(), b.clone()]);
    let output = std::slice::from_ref(&out);
    let new =
        |items: &[&ResponseItem]| Asked::of(&items.iter().map(|item| (*item).clone()).collect::<Vec<_>>());

    let whole = new(&[&a, &b, &out, &c]);
    assert_eq!(continued(&old, output, &whole), Some(3), "only the rest");
    assert_eq!(continued(&old, output, &new(&[&a, &b, &out])), Some(3), "no rest");
    assert_eq!(
        continued(&old, output, &new(&[&a, &b, &marked("out"), &c])),
        Some(3),
        "metadata on an answer"
    );

    assert_eq!(continued(&old, output, &new(&[&a, &b, &c])), None, "the answer is missing");
    assert_eq!(continued(&old, output, &new(&[&a, &b])), None, "shorter");
    assert_eq!(continued(&old, output, &new(&[&b, &a, &out, &c])), None, "another order");
    assert_eq!(
        continued(&old, output, &new(&[&marked("a"), &b, &out, &c])),
        None,
        "what was sent has changed"
    );
    assert_eq!(continued(&old, output, &Asked { effort: "high", ..whole.clone() }), None, "another effort");
    assert_eq!(continued(&old, output, &Asked { tools: 2, ..whole }), None, "other tools");
    assert_eq!(continued(&Asked::of(&[]), &[], &new(&[&a])), Some(0), "an empty prewarm");
}

fn items() -> impl Strategy<Value = Vec<ResponseItem>> {
    // Few texts, one the beginning of another, so that prefixes happen.
    let text = prop_oneof![Just("a"), Just("aa"), Just("b")];
    vec((text, any::<bool>()).prop_map(|(text, mark)| if mark { marked(text) } else { item(text) }), 0..4)
}

proptest! {
    #[test]
    fn the_rule_is_the_rule(old in items(), output in items(), extends in any::<bool>(), more in items()) {
        let mut next = if extends { [old.clone(), output.clone()].concat() } else { vec![] };
        next.extend(more);
        let value = |item: &ResponseItem| {
            let mut json = Vec::new();
            item.write_json(&mut json, codex_protocol::Passthrough::Keep);
            serde_json::from_slice::<Value>(&json).unwrap()
        };
        let bare = |item: &ResponseItem| serde_json::from_str::<Value>(item.json()).unwrap();
        let known = old.len() + output.len();
        let is_prefix = next.len() >= known
            && old.iter().zip(&next).all(|(old, new)| value(old) == value(new))
            && output.iter().zip(&next[old.len()..]).all(|(out, new)| bare(out) == bare(new));
        let found = continued(&Asked::of(&old), &output, &Asked::of(&next));
        prop_assert_eq!(found, is_prefix.then_some(known));
    }
}
