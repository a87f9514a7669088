//! Frames against the body they were cut out of. Whole captures are in `tests/all/captures.rs`.

use codex_model_provider::{ModelCatalog, ProviderInfo};
use codex_protocol::{ResponseId, ResponseItem, ThreadId};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{FrameExtras, FramePurpose, response_create};
use crate::body_layout::BodyLayout;
use crate::packed_body::PackedBody;
use crate::request::RequestShape;
use crate::wire_reader::WireReader;
use crate::{ModelRequest, PreparedRequest, PromptCacheKey};

fn prepared(slug: &str, items: &[&str]) -> PreparedRequest {
    let model = ModelCatalog::bundled().model_info(slug).into_info();
    let input: Vec<_> = items.iter().map(|item| ResponseItem::from_json(item).unwrap()).collect();
    let request = ModelRequest {
        model: &model,
        prefix: &[],
        input: &input,
        tail: &[],
        tools: &[],
        parallel_tool_calls: true,
        reasoning_effort: None,
        reasoning_summary: None,
        verbosity: None,
        service_tier: None,
        output_schema: None,
        prompt_cache_key: PromptCacheKey::Thread(ThreadId::new_v7()),
    };
    let provider = ProviderInfo::custom("lab", "Lab", "http://x");
    let (body, layout): (_, BodyLayout) = request.body(&provider, &json!({"thread_id": "t"})).unwrap();
    let shape = if model.use_responses_lite { RequestShape::Lite } else { RequestShape::Full };
    PreparedRequest {
        body,
        packed: PackedBody::default(),
        headers: http::HeaderMap::new(),
        layout,
        shape,
        reader: WireReader::Responses,
    }
}

const ITEMS: [&str; 3] = [r#"{"type":"a","n":1.50}"#, r#"{"type":"b"}"#, r#"{"type":"c"}"#];
const PLAIN: FrameExtras<'_> = FrameExtras {
    continues: None,
    purpose: FramePurpose::Answer,
    turn_state: None,
    trace: None,
    sent_at_ms: 17,
};

fn frame(request: &PreparedRequest, extras: &FrameExtras<'_>) -> Value {
    serde_json::from_str(&response_create(request, extras).unwrap()).unwrap()
}

/// The frame the body's own JSON would make.
fn expected(request: &PreparedRequest, change: impl FnOnce(&mut Value)) -> Value {
    let mut value: Value = serde_json::from_slice(&request.body).unwrap();
    value["type"] = json!("response.create");
    value["client_metadata"]["x-codex-ws-stream-request-start-ms"] = json!("17");
    change(&mut value);
    value
}

#[test]
fn a_whole_frame_is_the_body_and_its_type() {
    for items in [&ITEMS[..], &[]] {
        let request = prepared("gpt-5.5", items);
        assert_eq!(frame(&request, &PLAIN), expected(&request, |_| {}));
    }
    let text = response_create(&prepared("gpt-5.5", &ITEMS), &PLAIN).unwrap();
    assert!(
        text.starts_with(r#"{"type":"response.create","model":"gpt-5.5","stream":true,"input":[{"#),
        "{text}"
    );
    assert!(text.contains(ITEMS[0]), "numbers keep their form: {text}");
}

#[test]
fn a_continuation_holds_the_rest() {
    let request = prepared("gpt-5.5", &ITEMS);
    let id = ResponseId::new("resp_\"1");
    for (first, rest) in [(0, 3), (2, 1), (3, 0)] {
        let extras = FrameExtras { continues: Some((&id, first)), ..PLAIN };
        let continued = expected(&request, |value| {
            value["previous_response_id"] = json!("resp_\"1");
            let input = value["input"].as_array_mut().unwrap();
            input.drain(..first);
            assert_eq!(input.len(), rest);
        });
        assert_eq!(frame(&request, &extras), continued);
    }
    let text = response_create(&request, &FrameExtras { continues: Some((&id, 3)), ..PLAIN }).unwrap();
    assert!(text.contains(r#""stream":true,"previous_response_id":"resp_\"1","input":[],"tools""#), "{text}");
}

#[test]
fn extras_stand_where_servers_look_for_them() {
    let request = prepared("gpt-6.1-sol", &[]);
    let extras = FrameExtras { purpose: FramePurpose::Prewarm, turn_state: Some("ts \"1\""), ..PLAIN };
    let expected = expected(&request, |value| {
        value["generate"] = json!(false);
        value["client_metadata"]["x-codex-turn-state"] = json!("ts \"1\"");
        value["client_metadata"]["ws_request_header_x_openai_internal_codex_responses_lite"] = json!("true");
    });
    assert_eq!(frame(&request, &extras), expected);
}
