//! `RecordedRequest`: one request as it arrived, with named views for assertions.
//! Keeps the bytes exactly; views never fail, a missing thing is `None`, null or empty.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::normal::Normaliser;
use crate::wire::answered_calls;

/// A compressed body may not unfold into more than this.
const PLAIN_BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// One request the server received. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    json: Option<Value>,
    frame: Option<Frame>,
}

/// What a request that came as a WebSocket frame has beside its body.
#[derive(Debug)]
struct Frame {
    connection: usize,
    full_input: Vec<Value>,
}

/// A compressed body without its compression; one that is broken stays as it came.
fn plain(headers: &[(String, String)], body: Bytes) -> Bytes {
    let encoding = headers.iter().find(|(name, _)| name == "content-encoding");
    if encoding.is_none_or(|(_, value)| value != "zstd") {
        return body;
    }
    zstd::bulk::decompress(&body, PLAIN_BODY_BYTES_MAX).map(Bytes::from).unwrap_or(body)
}

impl RecordedRequest {
    pub(crate) fn new(
        method: &str,
        path: &str,
        headers: Vec<(String, String)>,
        body: Bytes,
    ) -> RecordedRequest {
        let body = plain(&headers, body);
        let json = serde_json::from_slice(&body).ok();
        let (method, path) = (method.to_owned(), path.to_owned());
        RecordedRequest { inner: Arc::new(Inner { method, path, headers, body, json, frame: None }) }
    }

    /// A frame on the connection its handshake opened; `known` is what `previous_response_id` stands for.
    pub(crate) fn frame(
        handshake: &RecordedRequest,
        connection: usize,
        body: Bytes,
        known: &[Value],
    ) -> Self {
        let json: Option<Value> = serde_json::from_slice(&body).ok();
        let given = json.as_ref().map(|json| list(&json["input"])).unwrap_or_default();
        let frame = Frame { connection, full_input: [known, given].concat() };
        let Inner { path, headers, .. } = &*handshake.inner;
        let (path, headers) = (path.clone(), headers.clone());
        let method = "WEBSOCKET".to_owned();
        RecordedRequest { inner: Arc::new(Inner { method, path, headers, body, json, frame: Some(frame) }) }
    }

    /// The method, upper case; `WEBSOCKET` for a frame, whose path and headers are those of its handshake.
    pub fn method(&self) -> &str {
        &self.inner.method
    }

    /// Path and query as sent.
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// All headers in the order they arrived, names in lower case.
    pub fn headers(&self) -> &[(String, String)] {
        &self.inner.headers
    }

    /// The first header of this name (any case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.inner.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body's bytes; those of a compressed body are the ones it was made of.
    pub fn body(&self) -> &Bytes {
        &self.inner.body
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> &Value {
        self.inner.json.as_ref().unwrap_or(&Value::Null)
    }

    /// Whether the body is JSON.
    pub fn is_json(&self) -> bool {
        self.inner.json.is_some()
    }

    /// The `input` items.
    pub fn input(&self) -> &[Value] {
        list(&self.json()["input"])
    }

    /// The whole conversation the model sees: on a WebSocket, what `previous_response_id` stands for and `input`.
    pub fn full_input(&self) -> &[Value] {
        self.inner.frame.as_ref().map_or_else(|| self.input(), |frame| &frame.full_input)
    }

    /// The connection a frame came over, counted in handshakes from 0.
    pub fn connection(&self) -> Option<usize> {
        self.inner.frame.as_ref().map(|frame| frame.connection)
    }

    /// The response a frame continues.
    pub fn previous_response_id(&self) -> Option<&str> {
        self.json()["previous_response_id"].as_str()
    }

    /// The `tools` objects.
    pub fn tools(&self) -> &[Value] {
        list(&self.json()["tools"])
    }

    /// One name per tool; the type for tools without a name (`web_search`).
    pub fn tool_names(&self) -> Vec<&str> {
        let name = |tool: &'_ Value| tool["name"].is_string();
        self.tools()
            .iter()
            .filter_map(|tool| tool[if name(tool) { "name" } else { "type" }].as_str())
            .collect()
    }

    /// The tool of this name.
    pub fn tool(&self, name: &str) -> Option<&Value> {
        self.tools().iter().find(|tool| tool["name"] == name)
    }

    /// The text parts of all input messages of a role, in order.
    pub fn input_texts(&self, role: &str) -> Vec<&str> {
        let messages = self.input().iter().filter(|item| item["type"] == "message" && item["role"] == role);
        messages.flat_map(|item| list(&item["content"])).filter_map(|part| part["text"].as_str()).collect()
    }

    /// The input items of a type.
    pub fn input_of_type(&self, item_type: &str) -> Vec<&Value> {
        self.input().iter().filter(|item| item["type"] == item_type).collect()
    }

    /// The whole output item (function or custom tool) that answers a call.
    pub fn output_item(&self, call_id: &str) -> Option<&Value> {
        let is_output = |item: &&Value| item["type"].as_str().is_some_and(|name| name.ends_with("_output"));
        self.input().iter().filter(is_output).find(|item| item["call_id"] == call_id)
    }

    /// The `output` value (string or content parts) that answers a call.
    pub fn function_call_output(&self, call_id: &str) -> Option<&Value> {
        self.output_item(call_id).map(|item| &item["output"])
    }

    /// The calls the request has answers for, on any wire, in order.
    pub fn answered_calls(&self) -> Vec<&str> {
        answered_calls(self)
    }

    /// The text of the output that answers a call; text parts are joined by newlines.
    pub fn output_text(&self, call_id: &str) -> Option<String> {
        self.function_call_output(call_id).map(output_text)
    }

    /// The object in the `x-codex-turn-metadata` header, or a frame's `client_metadata`; null when there is none
    /// (`responses-wire.md §1.5`).
    pub fn turn_metadata(&self) -> Value {
        const NAME: &str = "x-codex-turn-metadata";
        let of_frame = self.inner.frame.as_ref().and_then(|_| self.client_metadata(NAME));
        let text = of_frame.or_else(|| self.header(NAME)).unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }

    /// One value of `client_metadata` (`responses-wire.md §1.6`).
    pub fn client_metadata(&self, key: &str) -> Option<&str> {
        self.json()["client_metadata"][key].as_str()
    }

    /// The whole body with ids numbered and times named; pass the same normaliser to requests that share ids.
    pub fn normalised(&self, normaliser: &mut Normaliser) -> Value {
        normaliser.value(self.json())
    }
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The text of a tool output in either wire form: a string, or a list of content parts.
pub(crate) fn output_text(output: &Value) -> String {
    match output {
        Value::String(text) => text.clone(),
        parts => list(parts).iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"),
    }
}
