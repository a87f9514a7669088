//! What a model wrote, as the events and items the turn knows.

use std::collections::VecDeque;

use codex_protocol::{ItemId, ResponseItem};
use serde::Serialize;

use super::kept_reasoning::KeptReasoning;
use crate::StreamEvent;

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    id: &'a ItemId,
    role: &'static str,
    content: [Text<'a>; 1],
}

#[derive(Serialize)]
struct Text<'a> {
    r#type: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Reasoning<'a> {
    r#type: &'static str,
    id: &'a ItemId,
    summary: Vec<Text<'a>>,
    content: Option<Vec<Text<'a>>>,
    encrypted_content: String,
}

/// A finished message.
pub(crate) fn text_item(id: &ItemId, text: &str) -> Result<ResponseItem, serde_json::Error> {
    let content = [Text { r#type: "output_text", text }];
    ResponseItem::from_body(&Message { r#type: "message", id, role: "assistant", content })
}

/// Finished reasoning.
pub(crate) fn reasoning_item(id: &ItemId, kept: &KeptReasoning) -> Result<ResponseItem, serde_json::Error> {
    let (summary, content) = match kept {
        KeptReasoning::Thinking { text, .. } if text.is_empty() => (Vec::new(), None),
        KeptReasoning::Thinking { text, .. } => (vec![Text { r#type: "summary_text", text }], None),
        KeptReasoning::Redacted { .. } => (Vec::new(), None),
        KeptReasoning::Chat { text, .. } => (Vec::new(), Some(vec![Text { r#type: "reasoning_text", text }])),
    };
    let encrypted_content = kept.encrypted_content();
    ResponseItem::from_body(&Reasoning { r#type: "reasoning", id, summary, content, encrypted_content })
}

/// A piece of a message; joins the piece before it.
pub(crate) fn push_text(id: &ItemId, piece: &str, out: &mut VecDeque<StreamEvent>) {
    match out.back_mut() {
        _ if piece.is_empty() => {}
        Some(StreamEvent::TextDelta { item_id, delta }) if item_id.as_ref() == Some(id) => {
            delta.push_str(piece)
        }
        _ => out.push_back(StreamEvent::TextDelta { item_id: Some(id.clone()), delta: piece.to_owned() }),
    }
}

/// A piece of reasoning; joins the piece before it.
pub(crate) fn push_reasoning(id: &ItemId, piece: &str, out: &mut VecDeque<StreamEvent>) {
    match out.back_mut() {
        _ if piece.is_empty() => {}
        Some(StreamEvent::ReasoningDelta { item_id, delta }) if item_id.as_ref() == Some(id) => {
            delta.push_str(piece);
        }
        _ => {
            out.push_back(StreamEvent::ReasoningDelta { item_id: Some(id.clone()), delta: piece.to_owned() })
        }
    }
}
