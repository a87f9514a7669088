//! Any history, however odd, makes a conversation that keeps the rules of its wire; and what the client does with it is
//! the same under every chunking.

use codex_model_provider::{ModelCatalog, ProviderInfo};
use codex_protocol::{ResponseItem, WireApi};
use codex_responses::{ModelRequest, PromptCacheKey, ResponsesClient, StreamEvent};
use codex_sim::{Reply, SimServer, chat_faults, messages_faults};
use pretty_assertions::assert_eq;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::lab;

/// One item of a history: of a few calls, in any order, by any service.
fn item() -> impl Strategy<Value = Value> {
    let text = prop_oneof![Just(String::new()), Just(" ".to_owned()), "\\PC{1,12}"];
    let call_id = prop_oneof![Just("a"), Just("b"), Just("c d"), Just("")];
    let role = prop_oneof![Just("user"), Just("assistant"), Just("developer"), Just("system"), Just("other")];
    let arguments = prop_oneof![Just("{}".to_owned()), Just("{\"x\":1}".to_owned()), "\\PC{0,8}"];
    let sealed = prop_oneof![
        Just("gAAA"),
        Just("codex:messages:thinking:sig"),
        Just("codex:messages:redacted:x"),
        Just("codex:chat:reasoning_content:"),
        Just("codex:chat:reasoning:[1]"),
        Just("codex:"),
    ];
    (any::<u8>(), text, call_id, role, arguments, sealed).prop_map(
        |(kind, text, call_id, role, arguments, sealed)| match kind % 12 {
            0..=2 => {
                let image = json!({"type": "input_image", "image_url": "data:image/png;base64,AA"});
                let kind = if role == "assistant" { "output_text" } else { "input_text" };
                let said = json!({"type": kind, "text": text});
                let content = if role == "user" { json!([said, image]) } else { json!([said]) };
                json!({"type": "message", "role": role, "content": content})
            }
            3 | 4 => {
                json!({"type": "function_call", "name": text, "arguments": arguments, "call_id": call_id})
            }
            5 => json!({"type": "custom_tool_call", "name": "patch", "input": text, "call_id": call_id}),
            6 => json!({"type": "function_call_output", "call_id": call_id, "output": text}),
            7 => json!({"type": "custom_tool_call_output", "call_id": call_id, "output": [
                {"type": "input_text", "text": text}, {"type": "input_image", "image_url": "https://x/y"}]}),
            8 | 9 => json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": text}],
                "content": [{"type": "reasoning_text", "text": text}], "encrypted_content": sealed}),
            10 => json!({"type": "web_search_call", "id": "ws"}),
            _ => json!({"type": "compaction", "encrypted_content": sealed}),
        },
    )
}

fn body(wire_api: WireApi, history: &[Value], tools: &[Box<RawValue>]) -> Value {
    let provider = ProviderInfo { wire_api, ..lab::provider("http://127.0.0.1:1/v1") };
    let client = ResponsesClient::new(lab::options(provider));
    let metadata = lab::metadata();
    let model = ModelCatalog::bundled().model_info("nobodys-model").into_info();
    let items: Vec<_> = history.iter().map(|item| ResponseItem::from_body(item).unwrap()).collect();
    let request = ModelRequest {
        model: &model,
        prefix: &[],
        input: &items,
        tail: &[],
        tools,
        parallel_tool_calls: true,
        reasoning_effort: Some("high"),
        reasoning_summary: None,
        verbosity: None,
        service_tier: None,
        output_schema: None,
        prompt_cache_key: PromptCacheKey::Thread(metadata.thread_id),
    };
    serde_json::from_slice(client.prepare(&request, &metadata).unwrap().body()).unwrap()
}

proptest::proptest! {
    #[test]
    fn any_history_keeps_the_rules_of_each_wire(history in proptest::collection::vec(item(), 0..14)) {
        let mut history = history;
        // An empty conversation is nobody's request.
        history.push(json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}));
        let tools = serde_json::from_value::<Vec<_>>(json!([{"type": "custom", "name": "patch"}])).unwrap();
        for tools in [&tools[..], &[]] {
            let chat = body(WireApi::Chat, &history, tools);
            proptest::prop_assert_eq!(chat_faults(&chat), Vec::<String>::new(), "{}", chat);
            let messages = body(WireApi::Messages, &history, tools);
            proptest::prop_assert_eq!(messages_faults(&messages), Vec::<String>::new(), "{}", messages);
        }
    }
}

fn reply() -> Reply {
    Reply::sse()
        .created()
        .reasoning("I weigh 東京.", "sealed==")
        .message("Zürich 😀 it is.")
        .function_call("f", &json!({"x": "ü"}), "c1")
        .custom_tool_call("patch", "*** x", "c2")
        .completed()
}

/// What the turn hears, without ids the client makes and joined where chunks cut it.
fn heard(events: &[StreamEvent]) -> (Vec<Value>, String, String) {
    let (mut items, mut text, mut reasoning) = (Vec::new(), String::new(), String::new());
    for event in events {
        match event {
            StreamEvent::ItemDone(item) => {
                let mut value = serde_json::to_value(item).unwrap();
                value.as_object_mut().unwrap().remove("id");
                items.push(value);
            }
            StreamEvent::TextDelta { delta, .. } => text.push_str(delta),
            StreamEvent::ReasoningDelta { delta, .. } => reasoning.push_str(delta),
            _ => {}
        }
    }
    (items, text, reasoning)
}

#[tokio::test]
async fn every_chunking_means_the_same() {
    for wire_api in [WireApi::Chat, WireApi::Messages] {
        let mut first = None;
        for size in [usize::MAX, 1, 2, 3, 5, 7, 64, 1000] {
            for reply in [reply().chunk_bytes(size), reply().chunk_bytes(size).crlf()] {
                let server = SimServer::start(reply).await.unwrap();
                let provider = ProviderInfo { wire_api, ..lab::provider(&server.url()) };
                let client = ResponsesClient::new(lab::options(provider));
                let (events, error) = lab::run(&client).await;
                assert!(error.is_none() && lab::completed(&events), "{wire_api:?} {size}: {error:?}");
                let heard = heard(&events);
                assert_eq!(heard.0.len(), 4, "{heard:?}");
                assert_eq!(*first.get_or_insert_with(|| heard.clone()), heard, "{wire_api:?} {size}");
                server.verify().unwrap();
            }
        }
    }
}
