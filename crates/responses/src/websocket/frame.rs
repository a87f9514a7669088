//! A `response.create` frame, cut out of the body that HTTP would send (`responses-wire.md §3.3`). Pure: the
//! body is copied, not encoded again.

use codex_protocol::ResponseId;

use super::trace::TraceContext;
use crate::request::RequestShape;
use crate::{PreparedRequest, StreamError};

/// What a frame says beyond its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameExtras<'a> {
    /// The response this one continues, and the first item the server does not have.
    pub(crate) continues: Option<(&'a ResponseId, usize)>,
    pub(crate) purpose: FramePurpose,
    /// Sticky within the turn (`responses-wire.md §3.5`).
    pub(crate) turn_state: Option<&'a str>,
    /// The trace this program was started in.
    pub(crate) trace: Option<&'a TraceContext>,
    /// Unix milliseconds.
    pub(crate) sent_at_ms: u64,
}

/// What the server is to do with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FramePurpose {
    Answer,
    /// Prepare, and answer nothing.
    Prewarm,
}

/// The text of the frame.
pub(crate) fn response_create(
    request: &PreparedRequest,
    extras: &FrameExtras<'_>,
) -> Result<String, StreamError> {
    let (body, layout) = (&request.body, &request.layout);
    let first = extras.continues.map_or(0, |(_, first)| first);
    let input_start = layout.items.get(first).map_or(layout.input_end, |item| item.start);
    let mut frame = Vec::with_capacity(body.len() - (input_start - layout.input_key) + 512);
    frame.extend_from_slice(b"{\"type\":\"response.create\",");
    // Without the brace the body begins with.
    frame.extend_from_slice(&body[1..layout.input_key]);
    if let Some((response_id, _)) = extras.continues {
        frame.extend_from_slice(b"\"previous_response_id\":");
        write_text(&mut frame, response_id.as_str())?;
        frame.push(b',');
    }
    frame.extend_from_slice(b"\"input\":[");
    frame.extend_from_slice(&body[input_start..layout.metadata_key]);
    if extras.purpose == FramePurpose::Prewarm {
        frame.extend_from_slice(b",\"generate\":false");
    }
    frame.extend_from_slice(METADATA_OPEN.as_bytes());
    let sent_at = extras.sent_at_ms.to_string();
    let lite = (request.shape == RequestShape::Lite).then_some("true");
    let more = [
        ("x-codex-ws-stream-request-start-ms", Some(sent_at.as_str())),
        ("ws_request_header_x_openai_internal_codex_responses_lite", lite),
        ("x-codex-turn-state", extras.turn_state),
        ("ws_request_header_traceparent", extras.trace.map(|trace| trace.parent.as_str())),
        ("ws_request_header_tracestate", extras.trace.and_then(|trace| trace.state.as_deref())),
    ];
    for (key, value) in more {
        let Some(value) = value else { continue };
        write_text(&mut frame, key)?;
        frame.push(b':');
        write_text(&mut frame, value)?;
        frame.push(b',');
    }
    frame.extend_from_slice(&body[layout.metadata_key + METADATA_OPEN.len()..]);
    String::from_utf8(frame).map_err(|error| not_written(&error))
}

/// What stands before the first key of the metadata, which always has one.
const METADATA_OPEN: &str = ",\"client_metadata\":{";

fn write_text(frame: &mut Vec<u8>, text: &str) -> Result<(), StreamError> {
    serde_json::to_writer(frame, text).map_err(|error| not_written(&error))
}

fn not_written(error: &dyn std::error::Error) -> StreamError {
    StreamError::Setup(format!("the request frame could not be written: {error}"))
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
