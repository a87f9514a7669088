//! Lines as they are written (`rollouts.md §4`): envelope, ordinal, payload, newline.
//! Invariant: one line holds no newline but its last byte, whatever the payload. Writes into a buffer only.

use codex_protocol::{EventMsg, HistoryMode, LineMetadata, Passthrough, RolloutItem};
use serde::Serialize;

use crate::legacy;

/// Encodes lines one after the other into one buffer.
pub(crate) struct Encoder<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) mode: HistoryMode,
    /// RFC 3339 with milliseconds, UTC.
    pub(crate) stamp: &'a str,
    /// The ordinal of the next line; only paginated lines have and use one.
    pub(crate) next_ordinal: u64,
}

impl Encoder<'_> {
    /// Adds the lines of one item: one, or in a legacy file none or several.
    pub(crate) fn item(&mut self, item: &RolloutItem) -> Result<(), serde_json::Error> {
        if let (HistoryMode::Legacy, RolloutItem::EventMsg(event)) = (self.mode, item)
            && let EventMsg::ItemCompleted { item, .. } = &**event
        {
            return legacy::events(item).iter().try_for_each(|event| self.line("event_msg", event, None));
        }
        match item {
            RolloutItem::SessionMeta(meta) => self.line("session_meta", meta, None),
            RolloutItem::ResponseItem { item, metadata } => {
                self.begin("response_item");
                let start = self.out.len();
                item.write_json(self.out, Passthrough::Keep);
                self.join_lines(start);
                self.finish(metadata.as_ref())
            }
            RolloutItem::TurnContext(context) => self.line("turn_context", context, None),
            RolloutItem::WorldState(state) => self.line("world_state", state, None),
            RolloutItem::TokenUsageRecord(record) => self.line("token_usage_record", record, None),
            RolloutItem::Compacted(compacted) => {
                let start = self.out.len();
                self.line("compacted", compacted, None)?;
                let end = self.out.len() - 1;
                self.join_lines(start);
                self.out[end] = b'\n';
                Ok(())
            }
            RolloutItem::EventMsg(event) => self.line("event_msg", event, None),
        }
    }

    /// JSON text off the wire may have line breaks between its tokens; inside strings they are escaped.
    fn join_lines(&mut self, start: usize) {
        for byte in &mut self.out[start..] {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }

    fn line(
        &mut self,
        kind: &str,
        payload: &impl Serialize,
        metadata: Option<&LineMetadata>,
    ) -> Result<(), serde_json::Error> {
        self.begin(kind);
        serde_json::to_writer(&mut *self.out, payload)?;
        self.finish(metadata)
    }

    fn begin(&mut self, kind: &str) {
        self.out.extend_from_slice(b"{\"timestamp\":\"");
        self.out.extend_from_slice(self.stamp.as_bytes());
        self.out.push(b'"');
        if self.mode == HistoryMode::Paginated {
            self.out.extend_from_slice(format!(",\"ordinal\":{}", self.next_ordinal).as_bytes());
            self.next_ordinal += 1;
        }
        self.out.extend_from_slice(b",\"type\":\"");
        self.out.extend_from_slice(kind.as_bytes());
        self.out.extend_from_slice(b"\",\"payload\":");
    }

    fn finish(&mut self, metadata: Option<&LineMetadata>) -> Result<(), serde_json::Error> {
        if let Some(metadata) = metadata {
            self.out.extend_from_slice(b",\"metadata\":");
            serde_json::to_writer(&mut *self.out, metadata)?;
        }
        self.out.extend_from_slice(b"}\n");
        Ok(())
    }
}
