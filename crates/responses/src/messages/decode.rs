//! Events of a Messages stream to the turn's. No I/O; never panics.
//!
//! Invariants: reasoning is given out with what follows it, so that a stream that breaks leaves no reasoning without
//! its answer; a call whose input does not parse waits for the reason why the message ended, as it may be half a call.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use codex_protocol::{ErrorInfo, ItemId, ItemKind, ItemPrefix, ResponseId, ResponseItem, Role};

use super::event::{BlockDelta, BlockStart, Counts, Event, Start};
use crate::dialogue::{
    CallBook, KeptReasoning, Said, classify_said, is_object, push_reasoning, push_text, reasoning_item,
    text_item,
};
use crate::{StreamError, StreamEvent};

/// Reads the events of one response.
#[derive(Debug)]
pub(crate) struct MessagesDecoder {
    calls: CallBook,
    /// The model that was asked.
    model: String,
    id: String,
    counts: Counts,
    blocks: BTreeMap<u64, Block>,
    /// Finished, and waiting for something to follow.
    held: Vec<ResponseItem>,
    /// Calls that do not parse.
    doubtful: Vec<ResponseItem>,
    stop_reason: Option<String>,
    completed: bool,
}

/// A block in progress.
#[derive(Debug)]
enum Block {
    Text { id: ItemId, text: String },
    Thinking { id: ItemId, text: String, signature: String },
    Redacted { data: String },
    Call { id: String, name: String, input: String },
    Other,
}

impl MessagesDecoder {
    pub(crate) fn new(calls: CallBook, model: String) -> Self {
        Self {
            calls,
            model,
            id: String::new(),
            counts: Counts::default(),
            blocks: BTreeMap::new(),
            held: Vec::new(),
            doubtful: Vec::new(),
            stop_reason: None,
            completed: false,
        }
    }

    /// Takes one event in; what it means is appended to `out`. Malformed events mean nothing.
    pub(crate) fn decode(&mut self, data: &[u8], out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        let Ok(event) = serde_json::from_str::<Event>(&String::from_utf8_lossy(data)) else { return Ok(()) };
        match event {
            Event::MessageStart { message } => self.start(message, out),
            Event::ContentBlockStart { index, content_block } => {
                let block = Block::start(content_block, out);
                self.blocks.insert(index, block);
            }
            Event::ContentBlockDelta { index, delta } => {
                if let Some(block) = self.blocks.get_mut(&index) {
                    block.grow(delta, out);
                }
            }
            Event::ContentBlockStop { index } => {
                if let Some(block) = self.blocks.remove(&index) {
                    self.stop(block, out).map_err(no_item)?;
                }
            }
            Event::MessageDelta { delta, usage } => {
                self.counts.update(usage.unwrap_or_default());
                self.stop_reason = delta.stop_reason.or(self.stop_reason.take());
            }
            Event::MessageStop => return self.finish(out),
            Event::Error { error } => return Err(classify_said(Said::of(&json!({"error": error})))),
            Event::Other => {}
        }
        Ok(())
    }

    /// The server says no more. The reason why it ended is as good as its last word.
    pub(crate) fn end(&mut self, out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        if self.stop_reason.is_none() && !self.completed {
            return Err(StreamError::Disconnected {
                message: "stream closed before message_stop".to_owned(),
                retry_after: None,
            });
        }
        self.finish(out)
    }

    fn start(&mut self, message: Start, out: &mut VecDeque<StreamEvent>) {
        self.id = message.id;
        self.counts.update(message.usage.unwrap_or_default());
        out.push_back(StreamEvent::Created);
        // An alias is answered with the name it stands for.
        let alias = self.model.strip_suffix("-latest").unwrap_or(&self.model);
        if !message.model.is_empty() && !message.model.starts_with(alias) {
            out.push_back(StreamEvent::ServerModel(message.model));
        }
    }

    fn stop(&mut self, block: Block, out: &mut VecDeque<StreamEvent>) -> Result<(), serde_json::Error> {
        match block {
            Block::Thinking { id, text, signature } => {
                self.held.push(reasoning_item(&id, &KeptReasoning::Thinking { text, signature })?);
            }
            Block::Redacted { data } => {
                let id = ItemId::new_v7(ItemPrefix::Reasoning);
                self.held.push(reasoning_item(&id, &KeptReasoning::Redacted { data })?);
            }
            Block::Text { id, text } if !text.trim().is_empty() => {
                let item = text_item(&id, &text)?;
                self.give(item, out);
            }
            Block::Call { id, name, input } => {
                let whole = input.trim().is_empty() || is_object(&input);
                let item = self.calls.item(&id, &name, &input)?;
                if whole && self.doubtful.is_empty() {
                    self.give(item, out);
                } else {
                    self.doubtful.push(item);
                }
            }
            Block::Text { .. } | Block::Other => {}
        }
        Ok(())
    }

    fn give(&mut self, item: ResponseItem, out: &mut VecDeque<StreamEvent>) {
        out.extend(self.held.drain(..).chain([item]).map(StreamEvent::ItemDone));
    }

    fn finish(&mut self, out: &mut VecDeque<StreamEvent>) -> Result<(), StreamError> {
        if std::mem::replace(&mut self.completed, true) {
            return Ok(());
        }
        let reason = self.stop_reason.take().unwrap_or_default();
        let cut_short = match reason.as_str() {
            "max_tokens" => Some(StreamError::Incomplete { reason: "max_output_tokens".to_owned() }),
            "model_context_window_exceeded" => Some(StreamError::ContextWindow),
            "refusal" => {
                let message = "the model declined to answer this".to_owned();
                Some(StreamError::Refused { message, info: ErrorInfo::InvalidPrompt })
            }
            _ => None,
        };
        let last = self.blocks.keys().copied().collect::<Vec<_>>();
        for index in last.into_iter().filter(|_| cut_short.is_none()) {
            // A server that leaves out the ends of blocks.
            if let Some(block) = self.blocks.remove(&index) {
                self.stop(block, out).map_err(no_item)?;
            }
        }
        if let Some(error) = cut_short {
            return Err(error);
        }
        let rest = self.held.drain(..).chain(self.doubtful.drain(..));
        out.extend(rest.map(StreamEvent::ItemDone));
        let id = std::mem::take(&mut self.id);
        let id = if id.is_empty() { ItemId::new_v7(ItemPrefix::Message).as_str().to_owned() } else { id };
        out.push_back(StreamEvent::Completed {
            response_id: ResponseId::new(id),
            usage: self.counts.total(),
            end_turn: (reason == "pause_turn").then_some(false),
        });
        Ok(())
    }
}

impl Block {
    fn start(start: BlockStart, out: &mut VecDeque<StreamEvent>) -> Self {
        match start {
            BlockStart::Text { text } => {
                let id = ItemId::new_v7(ItemPrefix::Message);
                let kind = ItemKind::Message(Role::Assistant);
                out.push_back(StreamEvent::ItemStarted { item_id: Some(id.clone()), kind });
                push_text(&id, &text, out);
                Self::Text { id, text }
            }
            BlockStart::Thinking { thinking, signature } => {
                let id = ItemId::new_v7(ItemPrefix::Reasoning);
                out.push_back(StreamEvent::ItemStarted {
                    item_id: Some(id.clone()),
                    kind: ItemKind::Reasoning,
                });
                push_reasoning(&id, &thinking, out);
                Self::Thinking { id, text: thinking, signature }
            }
            BlockStart::RedactedThinking { data } => Self::Redacted { data },
            BlockStart::ToolUse { id, name, input } => {
                // Usually empty: the input follows in pieces.
                let given = match input {
                    Value::Object(fields) if !fields.is_empty() => Value::Object(fields).to_string(),
                    _ => String::new(),
                };
                Self::Call { id, name, input: given }
            }
            BlockStart::Other => Self::Other,
        }
    }

    fn grow(&mut self, delta: BlockDelta, out: &mut VecDeque<StreamEvent>) {
        match (self, delta) {
            (Self::Text { id, text }, BlockDelta::TextDelta { text: piece }) => {
                text.push_str(&piece);
                push_text(id, &piece, out);
            }
            (Self::Thinking { id, text, .. }, BlockDelta::ThinkingDelta { thinking }) => {
                text.push_str(&thinking);
                push_reasoning(id, &thinking, out);
            }
            (Self::Thinking { signature, .. }, BlockDelta::SignatureDelta { signature: piece }) => {
                signature.push_str(&piece);
            }
            (Self::Call { input, .. }, BlockDelta::InputJsonDelta { partial_json }) => {
                input.push_str(&partial_json)
            }
            _ => {}
        }
    }
}

fn no_item(error: serde_json::Error) -> StreamError {
    StreamError::Disconnected { message: format!("the answer makes no items: {error}"), retry_after: None }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
