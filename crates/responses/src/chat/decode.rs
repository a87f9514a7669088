//! Chunks of a Chat Completions stream to the turn's events. No I/O; never panics.
//!
//! Invariant: items are given out when the server has named the reason why it ended, never before: a call without
//! that may be half a call.

use std::collections::VecDeque;

use serde_json::Value;
use serde_json::value::RawValue;

use codex_protocol::{ItemId, ItemKind, ItemPrefix, ResponseId, Role, TokenUsage};

use super::chunk::{CallDelta, Chunk, Delta, token_usage};
use crate::dialogue::{
    CallBook, ChatField, KeptReasoning, Said, classify_said, push_reasoning, push_text, reasoning_item,
    text_item,
};
use crate::{StreamError, StreamEvent};

/// Reads the chunks of one response.
#[derive(Debug)]
pub(crate) struct ChatDecoder {
    calls: CallBook,
    id: Option<String>,
    begun: bool,
    text: Option<(ItemId, String)>,
    reasoning: Option<Thoughts>,
    parts: Vec<PartialCall>,
    usage: TokenUsage,
    ended: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    /// The items are out; counts may follow.
    Said,
    Completed,
}

#[derive(Debug)]
struct Thoughts {
    id: ItemId,
    field: ChatField,
    text: String,
    details: Vec<Box<RawValue>>,
}

/// A call whose pieces are still arriving.
#[derive(Debug)]
struct PartialCall {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl ChatDecoder {
    pub(crate) fn new(calls: CallBook) -> Self {
        Self {
            calls,
            id: None,
            begun: false,
            text: None,
            reasoning: None,
            parts: Vec::new(),
            usage: TokenUsage::default(),
            ended: End::NotYet,
        }
    }

    /// Takes one event in; what it means is appended to `out`. Malformed events mean nothing.
    pub(crate) fn decode(&mut self, data: &[u8], out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        if data.trim_ascii() == b"[DONE]" {
            return self.end(out);
        }
        let Ok(chunk) = serde_json::from_str::<Chunk>(&String::from_utf8_lossy(data)) else { return Ok(()) };
        if !chunk.error.is_null() {
            return Err(classify_said(Said::of(&serde_json::json!({"error": chunk.error}))));
        }
        if !std::mem::replace(&mut self.begun, true) {
            out.push_back(StreamEvent::Created);
        }
        self.id = chunk.id.filter(|id| !id.is_empty()).or(self.id.take());
        if let Some(usage) = chunk.usage.filter(Value::is_object) {
            self.usage = token_usage(&usage);
        }
        for choice in chunk.choices.into_iter().flatten() {
            // Only one answer was asked for.
            if choice.index.unwrap_or(0) != 0 {
                continue;
            }
            self.delta(choice.delta.unwrap_or_default(), out);
            if let Some(reason) = choice.finish_reason {
                self.finish(&reason, out)?;
            }
        }
        Ok(())
    }

    /// The server says no more. Some servers leave out the last word.
    pub(crate) fn end(&mut self, out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        match self.ended {
            End::NotYet => {
                let message = "stream closed before the reason why it ended".to_owned();
                Err(StreamError::Disconnected { message, retry_after: None })
            }
            End::Completed => Ok(()),
            End::Said => {
                self.ended = End::Completed;
                let id =
                    self.id.take().unwrap_or_else(|| ItemId::new_v7(ItemPrefix::Message).as_str().to_owned());
                let response_id = ResponseId::new(id);
                out.push_back(StreamEvent::Completed { response_id, usage: self.usage, end_turn: None });
                Ok(())
            }
        }
    }

    fn delta(&mut self, delta: Delta, out: &mut VecDeque<StreamEvent>) {
        if self.ended != End::NotYet {
            return;
        }
        let details = delta.reasoning_details.unwrap_or_default();
        // A server may send both fields with the same text.
        match (delta.reasoning_content, delta.reasoning) {
            (Some(piece), _) if !piece.is_empty() => {
                self.think(ChatField::ReasoningContent, &piece, details, out);
            }
            (_, Some(piece)) => self.think(ChatField::Reasoning, &piece, details, out),
            _ if !details.is_empty() => self.think(ChatField::Reasoning, "", details, out),
            _ => {}
        }
        for piece in [delta.content, delta.refusal].into_iter().flatten() {
            self.say(&piece, out);
        }
        for call in delta.tool_calls.into_iter().flatten() {
            self.call(call);
        }
    }

    fn think(
        &mut self,
        field: ChatField,
        piece: &str,
        details: Vec<Box<RawValue>>,
        out: &mut VecDeque<StreamEvent>,
    ) {
        if piece.is_empty() && details.is_empty() {
            return;
        }
        let thoughts = self.reasoning.get_or_insert_with(|| {
            let id = ItemId::new_v7(ItemPrefix::Reasoning);
            out.push_back(StreamEvent::ItemStarted { item_id: Some(id.clone()), kind: ItemKind::Reasoning });
            Thoughts { id, field, text: String::new(), details: Vec::new() }
        });
        thoughts.text.push_str(piece);
        thoughts.details.extend(details);
        push_reasoning(&thoughts.id, piece, out);
    }

    fn say(&mut self, piece: &str, out: &mut VecDeque<StreamEvent>) {
        if piece.is_empty() {
            return;
        }
        let (id, text) = self.text.get_or_insert_with(|| {
            let id = ItemId::new_v7(ItemPrefix::Message);
            let kind = ItemKind::Message(Role::Assistant);
            out.push_back(StreamEvent::ItemStarted { item_id: Some(id.clone()), kind });
            (id, String::new())
        });
        text.push_str(piece);
        push_text(id, piece, out);
    }

    /// Pieces belong to the call of their index; a new id under an old index is a new call, as some servers send it.
    fn call(&mut self, delta: CallDelta) {
        let CallDelta { index, id, function } = delta;
        let id = id.unwrap_or_default();
        let known = self.parts.iter().rposition(|part| match index {
            Some(_) => part.index == index && (id.is_empty() || part.id.is_empty() || part.id == id),
            None => id.is_empty() || part.id == id,
        });
        let at = known.unwrap_or_else(|| {
            let (id, name, arguments) = (id.clone(), String::new(), String::new());
            self.parts.push(PartialCall { index, id, name, arguments });
            self.parts.len() - 1
        });
        let Some(part) = self.parts.get_mut(at) else { return };
        if part.id.is_empty() {
            part.id = id;
        }
        let mut function = function.unwrap_or_default();
        if let Some(name) = function.name.take().filter(|_| part.name.is_empty()) {
            part.name = name;
        }
        part.arguments.push_str(&function.arguments());
    }

    fn finish(&mut self, reason: &str, out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        if self.ended != End::NotYet {
            return Ok(());
        }
        let error = match reason {
            "length" => Some(incomplete("max_output_tokens")),
            "content_filter" => Some(incomplete("content_filter")),
            "error" => {
                let message = "the server ended the response with an error and gave no reason".to_owned();
                return Err(StreamError::Disconnected { message, retry_after: None });
            }
            _ => None,
        };
        self.ended = End::Said;
        self.give(error.is_none(), out).map_err(|error| StreamError::Disconnected {
            message: format!("the answer makes no items: {error}"),
            retry_after: None,
        })?;
        error.map_or(Ok(()), Err)
    }

    /// The items of the response. Calls of one that was cut short may be cut short themselves.
    fn give(&mut self, whole: bool, out: &mut VecDeque<StreamEvent>) -> Result<(), serde_json::Error> {
        let text = self.text.take().filter(|(_, text)| !text.trim().is_empty());
        if let Some(Thoughts { id, field, text, details }) = self.reasoning.take() {
            let details = if details.is_empty() { None } else { Some(serde_json::to_string(&details)?) };
            out.push_back(StreamEvent::ItemDone(reasoning_item(
                &id,
                &KeptReasoning::Chat { field, text, details },
            )?));
        }
        if let Some((id, text)) = text {
            out.push_back(StreamEvent::ItemDone(text_item(&id, &text)?));
        }
        for part in std::mem::take(&mut self.parts).into_iter().filter(|part| whole && !part.name.is_empty())
        {
            let item = self.calls.item(&part.id, &part.name, &part.arguments)?;
            out.push_back(StreamEvent::ItemDone(item));
        }
        Ok(())
    }
}

fn incomplete(reason: &str) -> StreamError {
    StreamError::Incomplete { reason: reason.to_owned() }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
