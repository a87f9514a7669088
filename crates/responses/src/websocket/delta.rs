//! The delta rule: when a request may be sent as the continuation of the last response, and from which item on
//! (`responses-wire.md §3.3`). Pure.
//!
//! Invariant: a request is only shortened when the server has, byte for byte, everything that is left out. The
//! client's own metadata on items the server made does not count: the server cannot have it.

use codex_protocol::{ResponseId, ResponseItem};

use crate::PreparedRequest;
use crate::body_layout::ItemSpan;

/// What the server knows after a response: the request, whole, and what was answered.
#[derive(Debug)]
pub(crate) struct Baseline {
    pub(crate) request: PreparedRequest,
    pub(crate) output: Vec<ResponseItem>,
    pub(crate) response_id: ResponseId,
}

impl Baseline {
    /// The first item of `next` the server does not have; `None` when `next` is no continuation.
    pub(crate) fn continued_by(&self, next: &PreparedRequest) -> Option<usize> {
        let (old, new) = (&self.request.layout, &next.layout);
        let known = old.items.len() + self.output.len();
        if new.items.len() < known || settings(&self.request) != settings(next) {
            return None;
        }
        let answered = &new.items[old.items.len()..known];
        let same_input = sent(&self.request, &old.items) == sent(next, &new.items[..old.items.len()]);
        let same_output = answered.iter().zip(&self.output).all(|(span, item)| is_item(next, *span, item));
        (same_input && same_output).then_some(known)
    }
}

/// Everything but the input and the metadata.
fn settings(request: &PreparedRequest) -> (&[u8], &[u8]) {
    let layout = &request.layout;
    (&request.body[..layout.input_key], &request.body[layout.input_end..layout.metadata_key])
}

/// The bytes from the first to the last of these items.
fn sent<'a>(request: &'a PreparedRequest, items: &[ItemSpan]) -> &'a [u8] {
    match (items.first(), items.last()) {
        (Some(first), Some(last)) => &request.body[first.start..last.end],
        _ => &[],
    }
}

fn is_item(request: &PreparedRequest, span: ItemSpan, item: &ResponseItem) -> bool {
    let json = item.json().as_bytes();
    // Both end in a brace; before it the client's metadata may stand in the body.
    let compared = json.len().saturating_sub(1);
    span.json_len == json.len() && request.body[span.start..span.start + compared] == json[..compared]
}

#[cfg(test)]
#[path = "delta_tests.rs"]
mod tests;
