//! `Reply`: what the scripted model answers to one request, as a transport-neutral list of steps.
//! A step names an event, a wait or a failure; turning steps into bytes is the business of the transport (`sse.rs`).

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::item::Item;
use crate::request::RecordedRequest;

/// Token counts of a `response.completed` event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens, cached ones included.
    pub input: u64,
    /// The part of `input` that came from the prompt cache.
    pub cached: u64,
    /// All output tokens, reasoning included.
    pub output: u64,
    /// The part of `output` spent on reasoning.
    pub reasoning: u64,
}

impl Default for Usage {
    fn default() -> Usage {
        Usage { input: 1200, cached: 200, output: 60, reasoning: 10 }
    }
}

impl Usage {
    /// The usage object of the wire (`responses-wire.md §2.1`).
    pub fn to_wire(self) -> Value {
        json!({
            "input_tokens": self.input,
            "input_tokens_details": { "cached_tokens": self.cached },
            "output_tokens": self.output,
            "output_tokens_details": { "reasoning_tokens": self.reasoning },
            "total_tokens": self.input + self.output,
        })
    }
}

/// Which of the two events of an output item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemEvent {
    Added,
    Done,
}

/// One thing the server does while it answers. Transport-neutral, except `Raw`.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Created,
    Item {
        event: ItemEvent,
        index: usize,
        item: Value,
    },
    TextDelta {
        index: usize,
        text: String,
    },
    /// `count` equal text deltas, generated while they are sent.
    Deltas {
        index: usize,
        count: usize,
        text: String,
    },
    Completed {
        fields: Value,
    },
    Event(Value),
    /// An event that was recorded as text; written as it is.
    EventText(String),
    /// An event of an unknown type with a padding of this many bytes, generated while it is sent.
    Padding {
        bytes: usize,
    },
    /// Bytes that reach the socket as they are.
    Raw(Bytes),
    /// Bytes below the framing of a WebSocket; over HTTP as they are.
    BelowFrames(Bytes),
    /// A text delta in pieces, each behind a gate but the first.
    SlowDelta {
        index: usize,
        text: String,
        gates: Vec<Gate>,
    },
    Pause(Gate),
    /// Breaks the connection; what was scripted before has been flushed.
    Cut,
    /// Keeps the response open until the client goes away or the server stops.
    Hold,
    /// Silence without an end: nothing is read, answered or closed.
    HalfOpen,
}

/// Control bytes, line ends, a broken piece of UTF-8, half of a field.
const GARBAGE: &[u8] = b"\x00\xff\xfe\x80garbage\r\n\r\n\xc3\x28 da\x1bta: {\n\n";

pub(crate) type MakeReply = Arc<dyn Fn(&RecordedRequest) -> Reply + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Content {
    Stream {
        steps: Vec<Step>,
        chunk_bytes: Option<usize>,
        line_end: LineEnd,
        /// Events of the wire after which the connection breaks.
        cut_at: Option<usize>,
        /// Bytes after which it breaks.
        cut_at_byte: Option<usize>,
    },
    Plain(Bytes),
    /// The connection is closed without one byte of an answer.
    Drop,
    Computed(MakeReply),
}

/// Line ends of the event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    Lf,
    CrLf,
}

/// The scripted answer to one request. Built with [`Reply::sse`] and chained steps, or with one of the short forms.
#[derive(Clone)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) header_gate: Option<Gate>,
    pub(crate) content: Content,
    next_index: usize,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// Ways to begin a reply.
impl Reply {
    fn new(status: u16, content: Content) -> Reply {
        Reply { status, headers: Vec::new(), header_gate: None, content, next_index: 0 }
    }

    /// An empty event stream with status 200. Nothing is implied: not even `response.created`.
    pub fn sse() -> Reply {
        let content = Content::Stream {
            steps: Vec::new(),
            chunk_bytes: None,
            line_end: LineEnd::Lf,
            cut_at: None,
            cut_at_byte: None,
        };
        Reply::new(200, content).header("content-type", "text/event-stream")
    }

    /// A whole response: created, the items, completed with the default usage.
    pub fn items(items: impl IntoIterator<Item = Value>) -> Reply {
        items.into_iter().fold(Reply::sse().created(), Reply::item).completed()
    }

    /// A whole response with one assistant message.
    pub fn say(text: &str) -> Reply {
        Reply::sse().created().message(text).completed()
    }

    /// A whole response with one function call.
    pub fn call(name: &str, arguments: &Value, call_id: &str) -> Reply {
        Reply::items([Item::function_call(name, arguments, call_id)])
    }

    /// A whole response with one custom tool call.
    pub fn custom_call(name: &str, input: &str, call_id: &str) -> Reply {
        Reply::items([Item::custom_tool_call(name, input, call_id)])
    }

    /// An answer that is no event stream: this status with an empty body (see [`Reply::body`], [`Reply::json`]).
    pub fn status(status: u16) -> Reply {
        Reply::new(status, Content::Plain(Bytes::new()))
    }

    /// The service's error envelope `{"error":{...}}` with this status.
    pub fn error(status: u16, code: &str, message: &str) -> Reply {
        Reply::status(status).json(&json!({
            "error": { "type": code, "code": code, "message": message, "param": null },
        }))
    }

    /// An HTML page with this status, as a proxy or a login wall would answer.
    pub fn html(status: u16) -> Reply {
        Reply::status(status)
            .header("content-type", "text/html; charset=utf-8")
            .body("<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n")
    }

    /// The connection is closed without an answer.
    pub fn drop_connection() -> Reply {
        Reply::new(0, Content::Drop)
    }

    /// A reply computed from the request it answers: for values only the client knows, such as a session id.
    pub fn computed(make: impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static) -> Reply {
        Reply::new(0, Content::Computed(Arc::new(make)))
    }
}

/// Head and body of the answer.
impl Reply {
    /// Adds a response header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends another status with an event stream.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Reply {
        self.status = status;
        self
    }

    /// Holds back the response head until the gate opens.
    #[must_use]
    pub fn header_gate(mut self, gate: &Gate) -> Reply {
        self.header_gate = Some(gate.clone());
        self
    }

    /// Replaces the content by a plain body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Reply {
        self.content = Content::Plain(body.into());
        self
    }

    /// Replaces the content by a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Reply {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// Sends the stream in pieces of this many bytes, each flushed to the socket by itself.
    #[must_use]
    pub fn chunk_bytes(mut self, size: usize) -> Reply {
        if let Content::Stream { chunk_bytes, .. } = &mut self.content {
            *chunk_bytes = Some(size.max(1));
        }
        self
    }

    /// Breaks the connection after this many events of the wire the reply is asked for on. A stream that has no more
    /// events than that is not broken.
    #[must_use]
    pub fn cut_at_event(mut self, events: usize) -> Reply {
        if let Content::Stream { cut_at, .. } = &mut self.content {
            *cut_at = Some(events);
        }
        self
    }

    /// Breaks the connection after this many bytes of the stream: of its text over HTTP, of its frames over a
    /// WebSocket. A stream that is no longer than that is not broken.
    #[must_use]
    pub fn cut_at_byte(mut self, bytes: usize) -> Reply {
        if let Content::Stream { cut_at_byte, .. } = &mut self.content {
            *cut_at_byte = Some(bytes);
        }
        self
    }

    /// Ends the lines of the stream with CR LF.
    #[must_use]
    pub fn crlf(mut self) -> Reply {
        if let Content::Stream { line_end, .. } = &mut self.content {
            *line_end = LineEnd::CrLf;
        }
        self
    }
}

/// The steps of an event stream. They do nothing on a reply that is no stream.
impl Reply {
    pub(crate) fn step(mut self, step: Step) -> Reply {
        if let Content::Stream { steps, .. } = &mut self.content {
            steps.push(step);
        }
        self
    }

    /// `response.created`.
    #[must_use]
    pub fn created(self) -> Reply {
        self.step(Step::Created)
    }

    /// `response.output_item.added` and `response.output_item.done` of one item.
    #[must_use]
    pub fn item(self, item: Value) -> Reply {
        self.item_added(item.clone()).item_done(item)
    }

    /// `response.output_item.added`; deltas and the next [`Reply::item_done`] belong to this item.
    #[must_use]
    pub fn item_added(self, item: Value) -> Reply {
        let index = self.next_index;
        self.step(Step::Item { event: ItemEvent::Added, index, item })
    }

    /// `response.output_item.done`: the authoritative item; the next item begins after it.
    #[must_use]
    pub fn item_done(mut self, item: Value) -> Reply {
        let index = self.next_index;
        self.next_index += 1;
        self.step(Step::Item { event: ItemEvent::Done, index, item })
    }

    /// `response.output_text.delta` for the item begun last.
    #[must_use]
    pub fn text_delta(self, text: &str) -> Reply {
        let index = self.next_index;
        self.step(Step::TextDelta { index, text: text.to_owned() })
    }

    /// `count` text deltas of the same text, generated while they are sent in large pieces.
    #[must_use]
    pub fn text_deltas(self, count: usize, text: &str) -> Reply {
        let index = self.next_index;
        self.step(Step::Deltas { index, count, text: text.to_owned() })
    }

    /// A whole assistant message: added (empty), its text in word-wise deltas, done.
    #[must_use]
    pub fn message(self, text: &str) -> Reply {
        let begun = self.item_added(Item::message(""));
        text.split_inclusive(' ').fold(begun, Reply::text_delta).item_done(Item::message(text))
    }

    /// A function call item.
    #[must_use]
    pub fn function_call(self, name: &str, arguments: &Value, call_id: &str) -> Reply {
        self.item(Item::function_call(name, arguments, call_id))
    }

    /// A custom tool call item.
    #[must_use]
    pub fn custom_tool_call(self, name: &str, input: &str, call_id: &str) -> Reply {
        self.item(Item::custom_tool_call(name, input, call_id))
    }

    /// A reasoning item with its summary streamed first.
    #[must_use]
    pub fn reasoning(self, summary: &str, encrypted_content: &str) -> Reply {
        let index = self.next_index;
        let part = json!({ "type": "summary_text", "text": "" });
        self.item_added(Item::reasoning("", encrypted_content))
            .event(json!({ "type": "response.reasoning_summary_part.added", "output_index": index, "summary_index": 0, "part": part }))
            .event(json!({ "type": "response.reasoning_summary_text.delta", "output_index": index, "summary_index": 0, "delta": summary }))
            .item_done(Item::reasoning(summary, encrypted_content))
    }

    /// `response.completed` with the default usage.
    #[must_use]
    pub fn completed(self) -> Reply {
        self.completed_with(Usage::default())
    }

    /// `response.completed` with this usage.
    #[must_use]
    pub fn completed_with(self, usage: Usage) -> Reply {
        self.completed_fields(json!({ "usage": usage.to_wire() }))
    }

    /// `response.completed` whose `response` has these fields over a generated `id`
    /// (`{"id":null}` leaves the id out, `{"end_turn":false}` adds one, no `usage` means none).
    #[must_use]
    pub fn completed_fields(self, fields: Value) -> Reply {
        self.step(Step::Completed { fields })
    }

    /// `response.failed` with this error.
    #[must_use]
    pub fn failed(self, code: &str, message: &str) -> Reply {
        self.event(json!({
            "type": "response.failed",
            "response": { "id": "resp_failed", "status": "failed", "error": { "code": code, "message": message } },
        }))
    }

    /// `response.incomplete` with this reason.
    #[must_use]
    pub fn incomplete(self, reason: &str) -> Reply {
        self.event(json!({
            "type": "response.incomplete",
            "response": { "id": "resp_incomplete", "status": "incomplete", "incomplete_details": { "reason": reason } },
        }))
    }

    /// Any event.
    #[must_use]
    pub fn event(self, event: Value) -> Reply {
        self.step(Step::Event(event))
    }

    /// An event of an unknown type that is `bytes` long, generated while it is sent.
    #[must_use]
    pub fn padding_event(self, bytes: usize) -> Reply {
        self.step(Step::Padding { bytes })
    }

    /// Bytes as they are: half events, comments, invalid UTF-8.
    #[must_use]
    pub fn raw(self, bytes: impl Into<Bytes>) -> Reply {
        self.step(Step::Raw(bytes.into()))
    }

    /// Bytes below the frames of a WebSocket: broken heads, broken compression. Over HTTP as [`Reply::raw`].
    #[must_use]
    pub fn below_frames(self, bytes: impl Into<Bytes>) -> Reply {
        self.step(Step::BelowFrames(bytes.into()))
    }

    /// Waits until the test opens the gate; everything before it is flushed first.
    #[must_use]
    pub fn pause(self, gate: &Gate) -> Reply {
        self.step(Step::Pause(gate.clone()))
    }

    /// Breaks the connection here. A stream without it ends cleanly after its last step.
    #[must_use]
    pub fn cut(self) -> Reply {
        self.step(Step::Cut)
    }

    /// Bytes that are no event and no text, a whole message of them over a WebSocket.
    #[must_use]
    pub fn garbage(self) -> Reply {
        self.raw(GARBAGE)
    }

    /// A text delta whose event arrives in as many pieces as there are gates, and one more: each gate lets the next one
    /// through. Over a WebSocket, where an event is one message, it arrives once all are open.
    #[must_use]
    pub fn slow_delta(self, text: &str, gates: &[Gate]) -> Reply {
        let index = self.next_index;
        self.step(Step::SlowDelta { index, text: text.to_owned(), gates: gates.to_vec() })
    }

    /// From here on the server is as good as unplugged: it sends nothing, reads nothing and never closes.
    #[must_use]
    pub fn half_open(self) -> Reply {
        self.step(Step::HalfOpen)
    }

    /// Keeps the stream open here until the client goes away or the server stops.
    #[must_use]
    pub fn hold(self) -> Reply {
        self.step(Step::Hold)
    }
}
