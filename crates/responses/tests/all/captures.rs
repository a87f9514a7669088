//! Whole requests against recorded ones. A recording's placeholders are given fixed ids; what the client could not
//! know (history, tools, time) is taken from the recording, everything else it must say by itself.

use codex_auth::{ProviderAuth, Secret};
use codex_model_provider::{ModelCatalog, ProviderInfo};
use codex_protocol::{ItemId, ResponseItem, SandboxMode};
use codex_responses::{
    HistoryInitialization, ModelRequest, PromptCacheKey, RequestKind, RequestMetadata, ResponsesClient,
    Workspace, base_instructions_item,
};
use codex_sim::{RecordedRequest, Reply, SimServer};
use pretty_assertions::assert_eq;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::lab::{options, play};

const STRINGIFIED: &str = "<json string of>";

/// The recorded POST with ids in place of its placeholders.
pub(crate) struct Recording {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    turn: Value,
}

impl Recording {
    fn load(text: &str) -> Self {
        let file = filled(text);
        let requests = file["requests"].as_array().unwrap();
        Self::of(requests.iter().find(|request| request["kind"] == "http").unwrap())
    }

    /// One recorded request; a frame has its turn metadata in its body.
    pub(crate) fn of(request: &Value) -> Self {
        let name = "x-codex-turn-metadata";
        let turn = match &request["headers"][name][STRINGIFIED] {
            Value::Null => request["body"]["client_metadata"][name][STRINGIFIED].clone(),
            turn => turn.clone(),
        };
        let thread = turn["thread_id"].as_str().unwrap().parse().unwrap();
        let base = ItemId::base_instructions(thread);
        let body = request["body"].to_string().replace("msg_<uuidv5-1>", base.as_str());
        let headers = request["headers"].as_object().unwrap();
        let headers = headers.iter().filter(|(name, _)| *name != "host").map(|(name, value)| {
            let value = unfold(value.clone());
            (name.clone(), value.as_str().unwrap().to_owned())
        });
        Self { headers: headers.collect(), body: unfold(serde_json::from_str(&body).unwrap()), turn }
    }

    pub(crate) fn metadata(&self) -> RequestMetadata {
        let turn = &self.turn;
        let text = |key: &str| turn[key].as_str().unwrap().to_owned();
        let workspace = |(path, facts): (&String, &Value)| Workspace {
            path: path.into(),
            remote_urls: vec![],
            latest_git_commit_hash: facts["latest_git_commit_hash"].as_str().map(str::to_owned),
            has_changes: facts["has_changes"].as_bool(),
        };
        RequestMetadata {
            installation_id: text("installation_id"),
            session_id: serde_json::from_value(turn["session_id"].clone()).unwrap(),
            thread_id: text("thread_id").parse().unwrap(),
            agent_name: text("agent_name"),
            turn_id: text("turn_id").parse().unwrap(),
            window_number: turn["window_number"].as_u64().unwrap(),
            context_window_id: text("context_window_id").parse().unwrap(),
            request_kind: RequestKind::Turn,
            history_initialization: HistoryInitialization::New,
            forked_from: None,
            sub_agent: None,
            extra: vec![],
            root_turn_id: text("root_turn_id").parse().unwrap(),
            thread_source: Some(text("thread_source")),
            turn_trigger: Some(text("turn_trigger")),
            sandbox: text("sandbox"),
            sandbox_mode: SandboxMode::ReadOnly,
            auto_review_enabled: false,
            node_repl_auto_review_required: turn["node_repl_auto_review_required"].as_bool().unwrap(),
            node_repl_disabled: false,
            workspaces: turn["workspaces"].as_object().unwrap().iter().map(workspace).collect(),
            turn_started_at_unix_ms: turn["turn_started_at_unix_ms"].as_i64().unwrap(),
            analytics_enabled: true,
            model: text("model"),
            reasoning_effort: Some(text("reasoning_effort")),
        }
    }
}

/// The file with ids in place of its placeholders.
pub(crate) fn filled(text: &str) -> Value {
    let mut text = text.replace("<uuidv4-1>", "c061717e-d9a8-48b1-84a2-a23f44ad0dc3");
    for n in (1..40).rev() {
        text = text.replace(&format!("<uuidv7-{n}>"), &format!("01a1fd57-f0b2-7020-818c-0000000000{n:02}"));
    }
    serde_json::from_str(&text).unwrap()
}

/// `{"<json string of>": v}` becomes the string of `v`.
fn unfold(value: Value) -> Value {
    match value {
        Value::Object(object) if object.contains_key(STRINGIFIED) => json!(object[STRINGIFIED].to_string()),
        Value::Object(object) => {
            Value::Object(object.into_iter().map(|(key, value)| (key, unfold(value))).collect::<Map<_, _>>())
        }
        Value::Array(values) => values.into_iter().map(unfold).collect(),
        other => other,
    }
}

/// The client's own request for what the recording was made of.
async fn own(recording: &Recording, mut provider: ProviderInfo) -> RecordedRequest {
    let server = SimServer::start([Reply::say("hi")]).await.unwrap();
    provider.base_url = server.url();
    let client = ResponsesClient::new(options(provider));
    let body = &recording.body;
    let model = ModelCatalog::bundled().model_info(body["model"].as_str().unwrap()).into_info();
    let mut items: Vec<ResponseItem> = body["input"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| ResponseItem::from_json(&item.to_string()).unwrap())
        .collect();
    let metadata = recording.metadata();
    if !model.use_responses_lite {
        items[0] = base_instructions_item(&ItemId::base_instructions(metadata.thread_id), "<text>").unwrap();
    }
    let tools: Vec<Box<RawValue>> = match &body["tools"] {
        Value::Array(tools) => tools.iter().map(|tool| to_raw_value(tool).unwrap()).collect(),
        _ => vec![],
    };
    let request = ModelRequest {
        model: &model,
        prefix: &items[..1],
        input: &items[1..],
        tail: &[],
        tools: &tools,
        parallel_tool_calls: true,
        reasoning_effort: None,
        reasoning_summary: None,
        verbosity: None,
        service_tier: None,
        output_schema: None,
        prompt_cache_key: PromptCacheKey::Thread(metadata.thread_id),
    };
    let prepared = client.prepare(&request, &metadata).unwrap();
    let (_, error) = play(&client.turn(), &prepared).await;
    assert!(error.is_none(), "{error:?}");
    let recorded = server.request(0).unwrap();
    assert_eq!(recorded.body(), prepared.body());
    server.verify().unwrap();
    recorded
}

pub(crate) fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

/// Names, values and order, without those named and without the machine's own facts.
pub(crate) fn shown_headers(request: &RecordedRequest, without: &[&str]) -> Vec<(String, String)> {
    let headers = request.headers().iter().filter(|(name, _)| !without.contains(&name.as_str()));
    let shown = headers.map(|(name, value)| {
        let value = match name.as_str() {
            "user-agent" => {
                let (before, rest) = value.split_once('(').unwrap();
                let (_, after) = rest.split_once(')').unwrap();
                format!("{before}(<OS> <version>; <arch>){after}")
            }
            "sec-websocket-key" => "<base64>".to_owned(),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    shown.collect()
}

async fn compare(text: &str, provider: ProviderInfo) {
    let recording = Recording::load(text);
    let auth = ProviderAuth::Bearer(Secret::new("<token>"));
    let own = own(&recording, ProviderInfo { auth, ..provider }).await;
    let headers = shown_headers(&own, &["host", "content-length"]);
    assert_eq!(headers, recording.headers, "names, values and order");
    assert_eq!(own.json(), &recording.body);
    assert_eq!(keys(own.json()), keys(&recording.body), "order of the body's fields");
}

// covers: responses-wire 1, responses-wire 2, responses-wire 3, responses-wire 4, responses-wire 5
#[tokio::test]
async fn a_custom_provider_gets_the_recorded_request() {
    let provider = ProviderInfo::custom("lab", "Lab", "");
    compare(include_str!("fixtures/http-basic-custom-provider.json"), provider).await;
}

// covers: responses-wire 14
#[tokio::test]
async fn a_lite_model_gets_the_recorded_request() {
    compare(include_str!("fixtures/http-lite.json"), ProviderInfo::custom("lab", "Lab", "")).await;
}

#[tokio::test]
async fn the_built_in_provider_gets_the_recorded_request() {
    compare(include_str!("fixtures/http-openai-apikey.json"), ProviderInfo::openai(ProviderAuth::None)).await;
}
