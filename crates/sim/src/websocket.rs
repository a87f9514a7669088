//! The WebSocket transport of the script model: `response.create` frames in, events as text frames out.
//! Invariant: a connection knows only its own last response, as the service does; what a frame refers to beyond
//! that is a fault of the client's.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use codex_websocket::{Deflate, Message, Role, WebSocket, accept_key};
use http::header;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use crate::cut_io::{Allowance, CutIo};
use crate::http::{Answer, Handler};
use crate::reply::Step;
use crate::request::RecordedRequest;
use crate::sse::StreamPlan;
use crate::step_event::{event_of, text_delta};

pub(crate) fn is_handshake<B>(request: &hyper::Request<B>) -> bool {
    let upgrade = request.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    request.method() == http::Method::GET && upgrade.is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
}

/// The headers of an answer that accepts, for the handshake's key.
pub(crate) fn accept_headers(key: &[u8]) -> Vec<(String, String)> {
    let accept = accept_key(key);
    let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        named("connection", "Upgrade"),
        named("upgrade", "websocket"),
        named("sec-websocket-accept", &accept),
    ]
}

/// The compression the answer's headers agree to.
pub(crate) fn agreed(headers: &[(String, String)]) -> Option<Deflate> {
    let chosen = headers.iter().find(|(name, _)| name == "sec-websocket-extensions");
    let deflate = chosen.is_some_and(|(_, value)| value.starts_with("permessage-deflate"));
    deflate.then_some(Deflate { forget_received: false, compress: true })
}

/// Serves one connection until either side ends it.
pub(crate) async fn serve<S, H>(
    io: S,
    handler: Arc<H>,
    handshake: RecordedRequest,
    connection: usize,
    deflate: Option<Deflate>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    H: Handler,
{
    let allowance = Allowance::default();
    let io = CutIo::new(io, allowance.clone());
    let socket = WebSocket::new(io, Role::Server, usize::MAX, deflate);
    let mut connection = Connection { socket, handshake, number: connection, last: None, allowance };
    // A client that goes away is the ordinary end of a connection.
    let _ = connection.run(handler).await;
}

/// The connection is over.
struct Gone;

/// What the model knows of the conversation.
struct Known {
    response_id: String,
    items: Vec<Value>,
}

struct Connection<S> {
    socket: WebSocket<CutIo<S>>,
    /// Bytes that may still be sent.
    allowance: Allowance,
    handshake: RecordedRequest,
    number: usize,
    last: Option<Known>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn run<H: Handler>(&mut self, handler: Arc<H>) -> Result<(), Gone> {
        loop {
            let body = self.next_frame().await?;
            match self.request(body) {
                Ok(request) => {
                    let answer = handler.clone().frame(request.clone()).await;
                    self.answer(answer, &request).await?;
                }
                Err((code, why)) => {
                    handler.fault(format!("WebSocket connection {}: {why}", self.number));
                    self.send(error_frame(400, &json!({ "code": code, "message": why }), &[])).await?;
                }
            }
        }
    }

    /// The frame as a request, or the code and the words for what is wrong with it.
    fn request(&self, body: Bytes) -> Result<RecordedRequest, (&'static str, String)> {
        let frame = RecordedRequest::frame(&self.handshake, self.number, body.clone(), &[]);
        if frame.json()["type"] != "response.create" {
            return Err(("invalid_request", "a frame is no `response.create`".to_owned()));
        }
        let Some(previous) = frame.previous_response_id() else { return Ok(frame) };
        match &self.last {
            Some(known) if known.response_id == previous => {
                Ok(RecordedRequest::frame(&self.handshake, self.number, body, &known.items))
            }
            _ => Err(("previous_response_not_found", format!("`{previous}` is not this connection's last"))),
        }
    }

    async fn answer(&mut self, answer: Answer, request: &RecordedRequest) -> Result<(), Gone> {
        self.last = None;
        match answer {
            Answer::Drop => Err(Gone),
            Answer::Plain { status, headers, body } => {
                let body: Value = serde_json::from_slice(&body).unwrap_or_default();
                self.send(error_frame(status, &body["error"], &headers)).await
            }
            Answer::Stream { plan, .. } => self.play(plan, request).await,
        }
    }

    /// Sends the events. A reply without a last word ends the connection with a close frame.
    async fn play(&mut self, plan: StreamPlan, request: &RecordedRequest) -> Result<(), Gone> {
        let mut items = request.full_input().to_vec();
        let mut completed = None;
        self.allowance.set(plan.cut_at_byte);
        for step in plan.steps {
            match step {
                Step::Pause(gate) => self.until(gate.pass()).await?,
                Step::Hold => self.until(std::future::pending()).await?,
                Step::HalfOpen => {
                    self.flush().await?;
                    std::future::pending::<()>().await;
                }
                Step::SlowDelta { index, text, gates } => {
                    for gate in &gates {
                        self.until(gate.pass()).await?;
                    }
                    self.feed(text_delta(plan.request, index, &text).to_string()).await?;
                }
                Step::Cut => {
                    self.flush().await?;
                    return Err(Gone);
                }
                Step::Raw(bytes) => self.socket.send_binary(bytes.to_vec()).await.map_err(|_| Gone)?,
                Step::BelowFrames(bytes) => {
                    self.flush().await?;
                    let transport = self.socket.transport();
                    transport.write_all(&bytes).await.map_err(|_| Gone)?;
                    transport.flush().await.map_err(|_| Gone)?;
                }
                Step::EventText(text) => {
                    let event: Value = serde_json::from_str(&text).unwrap_or_default();
                    learn(&event, &mut items, &mut completed);
                    self.feed(text).await?;
                }
                Step::Padding { bytes } => {
                    let padding = "x".repeat(bytes);
                    let event = json!({ "type": "response.sim_padding", "padding": padding });
                    self.feed(event.to_string()).await?;
                }
                Step::Deltas { index, count, text } => {
                    let event = text_delta(plan.request, index, &text).to_string();
                    for _ in 0..count {
                        self.feed(event.clone()).await?;
                    }
                }
                told => {
                    if let Some(event) = event_of(told, plan.request) {
                        learn(&event, &mut items, &mut completed);
                        self.feed(event.to_string()).await?;
                    }
                }
            }
        }
        self.flush().await?;
        let Some(response_id) = completed else {
            // Whether the farewell arrives is the client's affair.
            let _ = self.socket.close(None, "").await;
            return Err(Gone);
        };
        self.last = Some(Known { response_id, items });
        Ok(())
    }

    /// Waits, answering pings, for as long as the client stays.
    async fn until(&mut self, wait: impl Future<Output = ()>) -> Result<(), Gone> {
        self.flush().await?;
        tokio::pin!(wait);
        loop {
            tokio::select! {
                () = &mut wait => return Ok(()),
                message = self.socket.next() => {
                    if !matches!(message, Ok(Message::Text(_) | Message::Binary(_))) {
                        return Err(Gone);
                    }
                }
            }
        }
    }

    async fn next_frame(&mut self) -> Result<Bytes, Gone> {
        match self.socket.next().await {
            Ok(Message::Text(bytes) | Message::Binary(bytes)) => Ok(bytes),
            Ok(Message::Close(..)) | Err(_) => Err(Gone),
        }
    }

    async fn send(&mut self, event: Value) -> Result<(), Gone> {
        self.feed(event.to_string()).await?;
        self.flush().await
    }

    async fn feed(&mut self, text: String) -> Result<(), Gone> {
        self.socket.feed_text(text).await.map_err(|_| Gone)
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        self.socket.flush().await.map_err(|_| Gone)
    }
}

/// What an event adds to the conversation.
fn learn(event: &Value, items: &mut Vec<Value>, completed: &mut Option<String>) {
    match event["type"].as_str() {
        Some("response.output_item.done") => items.push(event["item"].clone()),
        Some("response.completed") => {
            *completed = event["response"]["id"].as_str().map(str::to_owned);
        }
        _ => {}
    }
}

/// A refusal as the service words it on a WebSocket (`responses-wire.md §3.4`).
fn error_frame(status: u16, error: &Value, headers: &[(String, String)]) -> Value {
    let headers: Map<String, Value> =
        headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({ "type": "error", "status": status, "error": error, "headers": headers })
}
