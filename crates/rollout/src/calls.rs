//! The tool calls a thread's file holds, oldest first, for those who judge them anew. Reads only; what other files a
//! fork continues is not read, so that a call is met once however many forks there are.

use codex_protocol::SessionMeta;
use serde::Deserialize;

use crate::line::{Class, Envelope, quick_head, trim};
use crate::load::Segment;
use crate::{RolloutError, ThreadFile};

/// A call as the model made it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PastCall {
    /// The tool.
    pub name: String,
    /// JSON text.
    pub arguments: String,
}

/// A file's function calls, and its first line.
pub(crate) fn calls(file: &ThreadFile) -> Result<(SessionMeta, Vec<PastCall>), RolloutError> {
    let mut segment = Segment::open(file, None)?;
    let mut calls = Vec::new();
    while let Some(line) = segment.earlier_line(is_item)? {
        calls.extend(call(&line));
    }
    calls.reverse();
    Ok((segment.meta, calls))
}

/// Whether a line may hold an item of the model's history, judged by its first bytes.
fn is_item(head: &[u8]) -> bool {
    quick_head(trim(head)).is_none_or(|head| head.class == Class::ResponseItem)
}

fn call(line: &[u8]) -> Option<PastCall> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Item {
        FunctionCall(PastCall),
        #[serde(other)]
        Other,
    }
    let envelope = Envelope::parse(std::str::from_utf8(trim(line)).ok()?).ok()?;
    if envelope.kind != "response_item" {
        return None;
    }
    match serde_json::from_str(envelope.payload.get()).ok()? {
        Item::FunctionCall(call) => Some(call),
        Item::Other => None,
    }
}
