//! One event's data to what it means for the turn (`responses-wire.md §2.1`). No I/O; never panics.
//!
//! Deltas are the hot path: their type is read off the first bytes and their text is borrowed until it is joined
//! with the text before it.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::value::RawValue;

use codex_protocol::{ItemId, ItemKind, ResponseId, ResponseItem, TokenUsage};

use crate::classify::{classify_failed, classify_incomplete};
use crate::{StreamError, StreamEvent};

/// Reads the events of one response.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// The item begun last: deltas without an id belong to it.
    current: Option<ItemId>,
    /// What an `error` event said: it explains a stream that then breaks off.
    server_error: Option<String>,
    /// The server finished an item that means nothing here: the history is no longer the server's.
    pub(crate) lost_items: bool,
}

impl Decoder {
    /// Takes one event in; what it means is appended to `out`. Unknown and malformed events mean nothing.
    pub(crate) fn decode(&mut self, data: &[u8], out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        // Invalid UTF-8 costs the characters it hits, not the event.
        let text = String::from_utf8_lossy(data);
        let Some(kind) = event_type(&text) else { return Ok(()) };
        match &*kind {
            "response.output_text.delta" => self.text_delta(&text, out),
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                self.reasoning_delta(&text, out);
            }
            "response.reasoning_summary_part.added" => self.reasoning_part(&text, out),
            "response.output_item.added" => self.item_started(&text, out),
            "response.output_item.done" => match item_of(&text) {
                Some(item) => out.push_back(StreamEvent::ItemDone(item)),
                None => self.lost_items = true,
            },
            "response.created" => out.push_back(StreamEvent::Created),
            "response.completed" => out.extend(completed(&text)?),
            "response.failed" => return response_of(&text).map_or(Ok(()), |raw| Err(classify_failed(raw))),
            "response.incomplete" => {
                return response_of(&text).map_or(Ok(()), |raw| Err(classify_incomplete(raw)));
            }
            "response.metadata" => out.extend(server_model(&text).map(StreamEvent::ServerModel)),
            "error" => self.server_error = error_message(&text),
            _ => {}
        }
        Ok(())
    }

    /// The error of a stream that ended here.
    pub(crate) fn closed_early(&mut self) -> StreamError {
        let mut message = "stream closed before response.completed".to_owned();
        if let Some(said) = self.server_error.take() {
            message.push_str(&format!(" (the server said: {said})"));
        }
        StreamError::Disconnected { message, retry_after: None }
    }

    fn text_delta(&self, text: &str, out: &mut VecDeque<StreamEvent>) {
        let Some((item_id, piece)) = self.delta(text) else { return };
        if let Some(StreamEvent::TextDelta { item_id: last, delta }) = out.back_mut()
            && same(last.as_ref(), item_id.as_deref())
        {
            delta.push_str(&piece);
            return;
        }
        let item_id = item_id.map(|id| ItemId::new(id.into_owned()));
        out.push_back(StreamEvent::TextDelta { item_id, delta: piece.into_owned() });
    }

    fn reasoning_delta(&self, text: &str, out: &mut VecDeque<StreamEvent>) {
        if let Some((item_id, piece)) = self.delta(text) {
            push_reasoning(item_id, &piece, out);
        }
    }

    /// The parts after the first are set off by a blank line.
    fn reasoning_part(&self, text: &str, out: &mut VecDeque<StreamEvent>) {
        #[derive(Deserialize)]
        struct Part<'a> {
            #[serde(borrow, default)]
            item_id: Option<Text<'a>>,
            #[serde(default)]
            summary_index: u64,
        }
        let Ok(part) = serde_json::from_str::<Part<'_>>(text) else { return };
        if part.summary_index > 0 {
            push_reasoning(self.owner(part.item_id), "\n\n", out);
        }
    }

    fn delta<'a>(&'a self, text: &'a str) -> Option<(Option<Cow<'a, str>>, Cow<'a, str>)> {
        #[derive(Deserialize)]
        struct Delta<'a> {
            #[serde(borrow, default)]
            item_id: Option<Text<'a>>,
            #[serde(borrow)]
            delta: Text<'a>,
        }
        let delta: Delta<'a> = serde_json::from_str(text).ok()?;
        (!delta.delta.0.is_empty()).then(|| (self.owner(delta.item_id), delta.delta.0))
    }

    fn owner<'a>(&'a self, given: Option<Text<'a>>) -> Option<Cow<'a, str>> {
        given.map(|id| id.0).or_else(|| self.current.as_ref().map(|id| Cow::Borrowed(id.as_str())))
    }

    fn item_started(&mut self, text: &str, out: &mut VecDeque<StreamEvent>) {
        let Some(item) = item_of(text) else { return };
        self.current = item.id().cloned();
        out.push_back(StreamEvent::ItemStarted { item_id: item.id().cloned(), kind: item.kind().clone() });
    }
}

fn push_reasoning(item_id: Option<Cow<'_, str>>, piece: &str, out: &mut VecDeque<StreamEvent>) {
    if let Some(StreamEvent::ReasoningDelta { item_id: last, delta }) = out.back_mut()
        && same(last.as_ref(), item_id.as_deref())
    {
        delta.push_str(piece);
        return;
    }
    let item_id = item_id.map(|id| ItemId::new(id.into_owned()));
    out.push_back(StreamEvent::ReasoningDelta { item_id, delta: piece.to_owned() });
}

fn same(id: Option<&ItemId>, other: Option<&str>) -> bool {
    id.map(ItemId::as_str) == other
}

/// A string that borrows where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The event's type. Servers write it first, and then the rest need not be read to know it.
pub(crate) fn event_type(text: &str) -> Option<Cow<'_, str>> {
    if let Some(rest) = text.strip_prefix("{\"type\":") {
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if let Some(rest) = rest.strip_prefix('"')
            && let Some(end) = memchr::memchr2(b'"', b'\\', rest.as_bytes())
            && rest.as_bytes()[end] == b'"'
        {
            return Some(Cow::Borrowed(&rest[..end]));
        }
    }
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(borrow)]
        r#type: Text<'a>,
    }
    serde_json::from_str::<Typed<'_>>(text).ok().map(|typed| typed.r#type.0)
}

/// The event's item, unless it is malformed or of a type this version does not know.
fn item_of(text: &str) -> Option<ResponseItem> {
    #[derive(Deserialize)]
    struct ItemEvent<'a> {
        #[serde(borrow)]
        item: &'a RawValue,
    }
    let event: ItemEvent<'_> = serde_json::from_str(text).ok()?;
    let item = ResponseItem::from_raw(event.item).ok()?;
    match item.kind() {
        ItemKind::Unknown(kind) => {
            tracing::debug!(kind, "dropped an item of unknown type");
            None
        }
        _ => Some(item),
    }
}

/// The `response` object of an event; `None` when the event is not JSON.
fn response_of(text: &str) -> Option<&str> {
    #[derive(Deserialize)]
    struct ResponseEvent<'a> {
        #[serde(borrow, default)]
        response: Option<&'a RawValue>,
    }
    let event: ResponseEvent<'_> = serde_json::from_str(text).ok()?;
    Some(event.response.map_or("null", RawValue::get))
}

fn completed(text: &str) -> Result<Option<StreamEvent>, StreamError> {
    #[derive(Deserialize, Default)]
    struct CompletedResponse<'a> {
        #[serde(borrow, default)]
        id: Option<Text<'a>>,
        #[serde(borrow, default)]
        usage: Option<&'a RawValue>,
        #[serde(default)]
        end_turn: Option<bool>,
    }
    let Some(response) = response_of(text) else { return Ok(None) };
    let response: CompletedResponse<'_> = serde_json::from_str(response).unwrap_or_default();
    let Some(id) = response.id.filter(|id| !id.0.is_empty()) else {
        let message = "response.completed has no response id".to_owned();
        return Err(StreamError::Disconnected { message, retry_after: None });
    };
    Ok(Some(StreamEvent::Completed {
        response_id: ResponseId::new(id.0),
        usage: response.usage.map(|raw| usage(raw.get())).unwrap_or_default(),
        end_turn: response.end_turn,
    }))
}

/// `usage` in the server's form; whatever is missing or odd counts as zero.
fn usage(json: &str) -> TokenUsage {
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let count = |pointer: &str| value.pointer(pointer).and_then(serde_json::Value::as_u64);
    let input_tokens = count("/input_tokens").unwrap_or(0);
    let output_tokens = count("/output_tokens").unwrap_or(0);
    TokenUsage {
        input_tokens,
        cached_input_tokens: count("/input_tokens_details/cached_tokens").unwrap_or(0),
        cache_write_input_tokens: count("/input_tokens_details/cache_write_tokens").unwrap_or(0),
        output_tokens,
        reasoning_output_tokens: count("/output_tokens_details/reasoning_tokens").unwrap_or(0),
        total_tokens: count("/total_tokens").unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
    }
}

fn server_model(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let model = value.pointer("/headers/openai-model")?;
    // Headers may come as one value or as a list of them.
    let model = model.as_str().or_else(|| model.get(0)?.as_str())?;
    (!model.is_empty()).then(|| model.to_owned())
}

pub(crate) fn error_message(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let message = value.pointer("/error/message").or_else(|| value.get("message"))?.as_str()?;
    Some(message.chars().take(500).collect())
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
