//! Whole WebSocket sessions against recorded ones: the handshake, the preparation, and what follows it.

use codex_auth::{ProviderAuth, Secret};
use codex_model_provider::{ModelCatalog, ProviderInfo};
use codex_protocol::{ItemId, ResponseItem};
use codex_responses::{ModelRequest, PromptCacheKey, ResponsesClient, base_instructions_item};
use codex_sim::{RecordedRequest, Reply, SimServer};
use pretty_assertions::assert_eq;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::captures::{Recording, filled, keys, shown_headers};
use crate::lab::{options, play};

fn items(recording: &Recording) -> Vec<ResponseItem> {
    let input = recording.body["input"].as_array().unwrap();
    input.iter().map(|item| ResponseItem::from_json(&item.to_string()).unwrap()).collect()
}

/// A frame as it is recorded: without the server's ids and the time.
fn frame(request: &RecordedRequest) -> Value {
    comparable(request.json().clone())
}

fn comparable(mut frame: Value) -> Value {
    frame["client_metadata"]["x-codex-ws-stream-request-start-ms"] = json!("<ms>");
    if let Some(id) = frame.get_mut("previous_response_id") {
        *id = json!("<previous>");
    }
    frame
}

async fn compare(text: &str) {
    let file = filled(text);
    let recorded: Vec<Recording> = file["requests"].as_array().unwrap().iter().map(Recording::of).collect();
    let (handshake, frames) = recorded.split_first().unwrap();
    let calls_tool = frames.len() == 3;
    let replies = match calls_tool {
        true => vec![Reply::call("exec_command", &json!({}), "c1"), Reply::say("hi")],
        false => vec![Reply::say("hi")],
    };
    let server = SimServer::start(replies).await.unwrap();
    let mut provider = ProviderInfo::openai(ProviderAuth::Bearer(Secret::new("<token>")));
    provider.base_url = server.url();
    let client = ResponsesClient::new(options(provider));

    let (prewarm, first) = (&frames[0].body, &frames[1]);
    let model = ModelCatalog::bundled().model_info(prewarm["model"].as_str().unwrap()).into_info();
    let tools: Vec<Box<RawValue>> = match &prewarm["tools"] {
        Value::Array(tools) => tools.iter().map(|tool| to_raw_value(tool).unwrap()).collect(),
        _ => vec![],
    };
    let metadata = first.metadata();
    let base = base_instructions_item(&ItemId::base_instructions(metadata.thread_id), "<text>").unwrap();
    let (prefix, mut history) = match model.use_responses_lite {
        true => (vec![], items(first)),
        false => (vec![base], items(first)),
    };
    let request = |history: &[ResponseItem]| {
        let request = ModelRequest {
            model: &model,
            prefix: &prefix,
            input: history,
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
        client.preconnect(&request, &metadata);
        client.prepare(&request, &metadata).unwrap()
    };
    let turn = client.turn();
    let (events, error) = play(&turn, &request(&history)).await;
    assert!(error.is_none(), "{error:?}");
    if calls_tool {
        history.extend(events.into_iter().filter_map(|event| match event {
            codex_responses::StreamEvent::ItemDone(item) => Some(item),
            _ => None,
        }));
        history.extend(items(&frames[2]));
        let (_, error) = play(&turn, &request(&history)).await;
        assert!(error.is_none(), "{error:?}");
    }

    let own = server.handshakes();
    assert_eq!(own.len(), 1);
    assert_eq!(shown_headers(&own[0], &["host"]), handshake.headers, "names, values and order");
    let sent = server.frames();
    assert_eq!(sent.len(), frames.len());
    for (own, recorded) in sent.iter().zip(frames) {
        assert_eq!(frame(own), comparable(recorded.body.clone()));
        assert_eq!(keys(own.json()), keys(&recorded.body), "order of the frame's fields");
    }
    server.verify().unwrap();
}

// covers: responses-wire 35, responses-wire 36
#[tokio::test]
async fn a_session_sends_the_recorded_frames() {
    compare(include_str!("fixtures/ws-openai-apikey.json")).await;
}

// covers: responses-wire 14, responses-wire 35
#[tokio::test]
async fn a_lite_session_sends_the_recorded_frames() {
    compare(include_str!("fixtures/ws-lite.json")).await;
}
