//! Scripts: order, ends, verdicts, recorded requests.

use codex_sim::{Failures, Item, Normaliser, Reply, Script, SimServer};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::client::{LIMIT, client, event_types, events, post, post_text, try_post};

fn body(input: Value) -> Value {
    json!({ "model": "m", "input": input })
}

fn failures(server: &SimServer) -> Vec<String> {
    server.verify().map_or_else(|Failures(failures)| failures, |()| Vec::new())
}

#[tokio::test]
async fn replies_come_in_order_and_the_run_verifies() {
    let server =
        SimServer::start([Reply::call("ls", &json!({ "path": "." }), "c1"), Reply::say("two words")])
            .await
            .unwrap();
    let (status, first) = post_text(&server.url(), &body(json!([]))).await;
    assert_eq!(status, 200);
    let item = json!({
        "type": "function_call", "status": "completed", "name": "ls",
        "arguments": "{\"path\":\".\"}", "call_id": "c1", "id": "fc_0_0",
    });
    let mut begun = item.clone();
    begun["status"] = json!("in_progress");
    let usage = json!({
        "input_tokens": 1200, "input_tokens_details": { "cached_tokens": 200 },
        "output_tokens": 60, "output_tokens_details": { "reasoning_tokens": 10 }, "total_tokens": 1260,
    });
    let expected = vec![
        json!({ "type": "response.created", "response": { "id": "resp_0" } }),
        json!({ "type": "response.output_item.added", "output_index": 0, "item": begun }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": item }),
        json!({ "type": "response.completed", "response": { "id": "resp_0", "usage": usage } }),
    ];
    assert_eq!(events(&first), expected);
    assert_eq!(failures(&server), ["1 reply(s) of the script were never asked for"]);

    let (_, second) = post_text(&server.url(), &body(json!([]))).await;
    assert!(second.contains("event: response.output_text.delta\ndata: {"));
    let deltas: Vec<Value> = events(&second).into_iter().filter(|e| e["delta"].is_string()).collect();
    let deltas: Vec<&str> = deltas.iter().map(|event| event["delta"].as_str().unwrap()).collect();
    assert_eq!(deltas, ["two ", "words"]);
    assert_eq!(server.verify(), Ok(()));
    server.stop().await;
}

#[tokio::test]
async fn running_out_of_script_is_told_to_both_sides() {
    let server = SimServer::start(Reply::say("only")).await.unwrap();
    post_text(&server.url(), &body(json!([]))).await;
    let (status, text) = post_text(&server.url(), &body(json!([]))).await;
    assert_eq!(status, 500);
    assert!(text.contains("model request 1: the script has no reply left"), "{text}");
    assert_eq!(failures(&server), ["model request 1: the script has no reply left"]);
    server.push([Reply::say("more")]);
    assert_eq!(post_text(&server.url(), &body(json!([]))).await.0, 200);
}

#[tokio::test]
async fn the_last_reply_repeats_only_when_told() {
    let server =
        SimServer::start(Script::new([Reply::say("a"), Reply::status(503)]).repeat_last()).await.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(post_text(&server.url(), &body(json!([]))).await.0);
    }
    assert_eq!(statuses, [200, 503, 503, 503]);
    assert_eq!(server.verify(), Ok(()));
    let unused =
        SimServer::start(Script::new([Reply::say("a"), Reply::say("b")]).allow_unused()).await.unwrap();
    assert_eq!(unused.verify(), Ok(()));
}

#[tokio::test]
async fn unpaired_calls_are_refused_unless_allowed() {
    let unpaired = body(json!([Item::function_call("ls", &json!({}), "c1")]));
    let server = SimServer::start(Script::new([Reply::say("a")]).allow_unused()).await.unwrap();
    let (status, text) = post_text(&server.url(), &unpaired).await;
    assert_eq!(status, 400);
    assert!(text.contains(r#"call \"c1\" has no output"#), "{text}");
    assert_eq!(failures(&server), ["model request 0: call \"c1\" has no output"]);

    let lax = SimServer::start(Script::new([Reply::say("a")]).allow_unpaired()).await.unwrap();
    assert_eq!(post_text(&lax.url(), &unpaired).await.0, 200);
    assert_eq!(lax.verify(), Ok(()));
}

#[tokio::test]
async fn a_body_that_is_no_json_is_a_failure() {
    let server = SimServer::start(Script::new([Reply::say("a")]).allow_unused()).await.unwrap();
    let request = client().post(format!("{}/responses", server.url())).body("{half");
    assert_eq!(request.send().await.unwrap().status(), 400);
    assert_eq!(failures(&server), ["model request 0: the body is no JSON"]);
}

#[tokio::test]
async fn other_paths_are_answered_and_kept_apart() {
    let models = json!({ "models": [{ "slug": "m" }] });
    let server = SimServer::start(Script::new([]).models(models.clone())).await.unwrap();
    let get = async |path: &str| client().get(format!("{}{path}", server.url())).send().await.unwrap();
    let answer: Value = get("/models?client_version=1").await.json().await.unwrap();
    assert_eq!(answer, models);
    assert_eq!(get("/nothing").await.status(), 404);
    let paths: Vec<String> =
        server.other_requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths, ["/v1/models?client_version=1", "/v1/nothing"]);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn plain_answers_carry_status_headers_and_body() {
    let server = SimServer::start([
        Reply::error(429, "slow_down", "wait").header("retry-after", "3"),
        Reply::html(200),
        Reply::drop_connection(),
        Reply::computed(|request| Reply::say(&format!("{} items", request.input().len()))),
    ])
    .await
    .unwrap();
    let response = post(&server.url(), &body(json!([]))).await;
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "3"));
    let error: Value = response.json().await.unwrap();
    let fields = json!({ "type": "slow_down", "code": "slow_down", "message": "wait", "param": null });
    assert_eq!(error, json!({ "error": fields }));

    let response = post(&server.url(), &body(json!([]))).await;
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    assert!(try_post(&server.url(), &body(json!([]))).await.is_err());
    let (_, text) = post_text(&server.url(), &body(json!([{ "type": "message" }]))).await;
    assert!(text.contains(r#""text":"1 items""#), "{text}");
    assert_eq!(server.verify(), Ok(()));
}

#[tokio::test]
async fn requests_are_kept_whole_with_named_views() {
    let id = "01976a5b-0c2e-7abc-8def-000000000001";
    let input = json!([
        { "type": "message", "role": "user", "id": format!("msg_{id}"), "content": [{ "type": "input_text", "text": "do it" }] },
        { "type": "custom_tool_call", "name": "apply_patch", "call_id": "c1", "input": "" },
        { "type": "custom_tool_call_output", "call_id": "c1", "output": [{ "type": "input_text", "text": "a" }, { "type": "input_text", "text": "b" }] },
    ]);
    let tools = json!([{ "type": "function", "name": "ls" }, { "type": "web_search" }]);
    let sent = json!({ "input": input, "tools": tools, "client_metadata": { "turn_id": id } });
    let server = SimServer::start(Reply::say("a")).await.unwrap();
    let url = server.url();
    let wait = async {
        server.wait_for_requests(1).await;
        server.request(0).unwrap()
    };
    let (_, request) = tokio::join!(post_text(&url, &sent), tokio::time::timeout(LIMIT, wait));
    let request = request.unwrap();

    assert_eq!((request.method(), request.path()), ("POST", "/v1/responses"));
    assert_eq!(request.header("SESSION-ID"), Some("s1"));
    assert_eq!(request.json(), &sent);
    assert_eq!(request.body().as_ref(), sent.to_string().as_bytes());
    assert_eq!(request.input_texts("user"), ["do it"]);
    assert_eq!(request.output_text("c1").as_deref(), Some("a\nb"));
    assert_eq!(request.function_call_output("nothing"), None);
    assert_eq!(request.tool_names(), ["ls", "web_search"]);
    assert_eq!(request.tool("ls"), Some(&tools[0]));
    assert_eq!(request.client_metadata("turn_id"), Some(id));
    assert_eq!(request.turn_metadata(), Value::Null);
    let normalised = request.normalised(&mut Normaliser::new());
    assert_eq!(normalised["input"][0]["id"], "msg_<uuidv7-1>");
    assert_eq!(normalised["client_metadata"], json!({ "turn_id": "<uuidv7-1>" }));
}

#[tokio::test]
async fn each_kind_of_ending_has_its_event() {
    let server = SimServer::start([
        Reply::sse().failed("rate_limit_exceeded", "later"),
        Reply::sse().incomplete("content_filter"),
        Reply::sse().reasoning("why", "enc").completed_fields(json!({ "id": null, "end_turn": false })),
    ])
    .await
    .unwrap();
    let (_, failed) = post_text(&server.url(), &body(json!([]))).await;
    assert_eq!(
        events(&failed)[0]["response"]["error"],
        json!({ "code": "rate_limit_exceeded", "message": "later" })
    );
    let (_, incomplete) = post_text(&server.url(), &body(json!([]))).await;
    assert_eq!(
        events(&incomplete)[0]["response"]["incomplete_details"],
        json!({ "reason": "content_filter" })
    );
    let (_, last) = post_text(&server.url(), &body(json!([]))).await;
    let expected = [
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(event_types(&last), expected);
    assert_eq!(events(&last)[4]["response"], json!({ "end_turn": false }));
}
