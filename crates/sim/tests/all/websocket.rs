//! The WebSocket transport: the same script, the connection's own memory, and what is no client's right.

use codex_sim::{Gate, Handshake, Reply, Script, SimServer};
use futures_util::{SinkExt as _, StreamExt as _};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{LIMIT, event_types, post_text};

async fn connect(server: &SimServer) -> Result<WebSocketStream<TcpStream>, Error> {
    let socket = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    let mut request = format!("ws://127.0.0.1:{}/v1/responses", server.port()).into_client_request().unwrap();
    request.headers_mut().insert("session-id", "s1".parse().unwrap());
    client_async(request, socket).await.map(|(socket, _)| socket)
}

fn create(extra: Value) -> String {
    let mut frame = json!({ "type": "response.create", "input": [] });
    frame.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    frame.to_string()
}

/// Sends a frame and reads events up to the last one of its answer; none after a farewell.
async fn ask(socket: &mut WebSocketStream<TcpStream>, frame: String) -> Vec<Value> {
    socket.send(Message::Text(frame.into())).await.unwrap();
    let mut events = Vec::new();
    while let Some(Ok(message)) = tokio::time::timeout(LIMIT, socket.next()).await.unwrap() {
        let Message::Text(text) = message else { break };
        let event: Value = serde_json::from_str(&text).unwrap();
        let last = ["response.completed", "error"].contains(&event["type"].as_str().unwrap());
        events.push(event);
        if last {
            break;
        }
    }
    events
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn frames_and_posts_take_the_same_replies() {
    let server = SimServer::start([Reply::say("over WebSocket"), Reply::say("over HTTP")]).await.unwrap();
    let mut socket = connect(&server).await.unwrap();
    let events =
        ask(&mut socket, create(json!({ "client_metadata": { "x-codex-turn-metadata": "{\"a\":1}" } })))
            .await;
    let (_, text) = post_text(&server.url(), &json!({ "input": [] })).await;
    assert_eq!(types(&events), event_types(&text));
    let requests = server.requests();
    let seen = (requests[0].method(), requests[0].path(), requests[0].header("session-id"));
    assert_eq!(seen, ("WEBSOCKET", "/v1/responses", Some("s1")));
    assert_eq!(requests[0].turn_metadata(), json!({ "a": 1 }));
    assert_eq!((requests[0].connection(), requests[1].connection()), (Some(0), None));
    server.verify().unwrap();
}

#[tokio::test]
async fn a_continuation_is_joined_with_what_it_continues() {
    let call = Reply::call("f", &json!({}), "c1");
    let server = SimServer::start([call, Reply::say("done")]).await.unwrap();
    let mut socket = connect(&server).await.unwrap();
    let ready = ask(&mut socket, create(json!({ "generate": false, "input": [{ "type": "x" }] }))).await;
    let warm = &ready.last().unwrap()["response"]["id"];
    ask(&mut socket, create(json!({ "previous_response_id": warm, "input": [{ "type": "y" }] }))).await;
    let output = json!({ "type": "function_call_output", "call_id": "c1", "output": "" });
    ask(&mut socket, create(json!({ "previous_response_id": "resp_0", "input": [output] }))).await;
    let last = &server.requests()[1];
    let whole: Vec<&str> = last.full_input().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(whole, ["x", "y", "function_call", "function_call_output"]);
    assert_eq!((last.input().len(), server.frames().len(), server.requests().len()), (1, 3, 2));
    server.verify().unwrap();
}

#[tokio::test]
async fn what_the_connection_does_not_know_is_a_fault() {
    let server = SimServer::start(Script::new([])).await.unwrap();
    let mut socket = connect(&server).await.unwrap();
    let events = ask(&mut socket, create(json!({ "previous_response_id": "resp_9" }))).await;
    assert_eq!(
        (&events[0]["status"], &events[0]["error"]["code"]),
        (&json!(400), &json!("previous_response_not_found"))
    );
    let events = ask(&mut socket, "{}".to_owned()).await;
    assert_eq!(events[0]["error"]["code"], "invalid_request");
    assert_eq!(server.verify().unwrap_err().0.len(), 2);
}

#[tokio::test]
async fn refusals_become_error_frames_and_unfinished_replies_a_farewell() {
    let limited = Reply::error(429, "x", "slow").header("retry-after", "3");
    let server = SimServer::start([limited, Reply::sse().created()]).await.unwrap();
    let mut socket = connect(&server).await.unwrap();
    let events = ask(&mut socket, create(json!({}))).await;
    assert_eq!((&events[0]["status"], &events[0]["headers"]["retry-after"]), (&json!(429), &json!("3")));
    assert_eq!(types(&ask(&mut socket, create(json!({}))).await), ["response.created"]);
    assert!(socket.next().await.is_none_or(|end| end.is_err()), "the connection is over");
    server.verify().unwrap();
}

#[tokio::test]
async fn handshakes_are_scripted_apart() {
    let gate = Gate::new();
    let refusal = Handshake::refuse(Reply::status(426).header("x-why", "no"));
    let script = Script::new([]).handshakes([refusal, Handshake::accept().gate(&gate)]);
    let server = SimServer::start(script).await.unwrap();
    let Err(Error::Http(response)) = connect(&server).await else { panic!("not refused") };
    assert_eq!((response.status().as_u16(), &response.headers()["x-why"]), (426, &"no".parse().unwrap()));
    let late = async {
        gate.reached().await;
        gate.open();
    };
    let (socket, ()) = tokio::join!(connect(&server), late);
    assert!(socket.is_ok());
    assert_eq!((server.handshakes().len(), server.requests().len()), (2, 0));
    server.verify().unwrap();
}
