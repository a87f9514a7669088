//! What a person saw of a thread, read backwards: the newest items first, page by page, over the files a fork came
//! from. Invariant: a page costs what it spans, not what the file weighs. Reads only; lines that hold no visible item
//! are passed over.

use std::collections::HashSet;

use codex_protocol::{
    AgentMessageItem, AgentMessagePart, ItemId, ReasoningItem, ThreadId, TurnId, TurnItem, UserInput,
    UserMessageItem,
};
use serde::Deserialize;

use crate::find::find_part;
use crate::layout::Layout;
use crate::line::{Class, Envelope, quick_head, trim};
use crate::load::Segment;
use crate::{RolloutError, ThreadFile};

/// One stored item as a person saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredItem {
    /// The turn it belongs to; legacy files do not say.
    pub turn_id: Option<TurnId>,
    /// The item.
    pub item: TurnItem,
    /// When it was completed, in milliseconds since 1970; legacy files do not say.
    pub completed_at_ms: Option<i64>,
}

/// Reads visible items from the newest to the oldest.
pub struct Transcript {
    layout: Layout,
    segment: Option<Segment>,
    seen: HashSet<ThreadId>,
}

impl Transcript {
    pub(crate) fn open(layout: &Layout, file: &ThreadFile) -> Result<Self, RolloutError> {
        let segment = Segment::open(file, None)?;
        let seen = HashSet::from([file.part]);
        Ok(Self { layout: layout.clone(), segment: Some(segment), seen })
    }

    /// Up to `items_max` earlier items, newest first; fewer only at the beginning of the thread.
    ///
    /// # Errors
    /// When a file cannot be read, or a fork's source is gone.
    pub fn earlier(&mut self, items_max: usize) -> Result<Vec<StoredItem>, RolloutError> {
        let mut items = Vec::new();
        while items.len() < items_max {
            let Some(segment) = &mut self.segment else { break };
            match segment.earlier_line(is_visible)? {
                Some(line) => items.extend(visible_item(&line)),
                None => self.segment = self.source()?,
            }
        }
        Ok(items)
    }

    /// The file the present one was forked from.
    fn source(&mut self) -> Result<Option<Segment>, RolloutError> {
        let Some(segment) = self.segment.take() else { return Ok(None) };
        let Some(base) = segment.meta.history_base else { return Ok(None) };
        if !self.seen.insert(base.thread_id) {
            return Err(RolloutError::SourceCycle { id: base.thread_id });
        }
        let Some(file) = find_part(&self.layout, base.thread_id) else {
            return Err(RolloutError::MissingSource { id: segment.meta.id, origin: base.thread_id });
        };
        Segment::open(&file, Some(base)).map(Some)
    }
}

/// Whether a line may hold a visible item, judged by its first bytes.
fn is_visible(head: &[u8]) -> bool {
    quick_head(trim(head)).is_none_or(|head| head.class == Class::Other)
}

pub(crate) fn visible_item(line: &[u8]) -> Option<StoredItem> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Visible {
        ItemCompleted {
            turn_id: Option<TurnId>,
            item: TurnItem,
            #[serde(default)]
            completed_at_ms: Option<i64>,
        },
        UserMessage {
            message: String,
        },
        AgentMessage {
            message: String,
        },
        AgentReasoning {
            text: String,
        },
        #[serde(other)]
        Other,
    }
    let envelope = Envelope::parse(std::str::from_utf8(trim(line)).ok()?).ok()?;
    if envelope.kind != "event_msg" {
        return None;
    }
    let id = || ItemId::new("");
    let legacy = |item| Some(StoredItem { turn_id: None, item, completed_at_ms: None });
    match serde_json::from_str(envelope.payload.get()).ok()? {
        Visible::ItemCompleted { turn_id, item, completed_at_ms } => {
            Some(StoredItem { turn_id, item, completed_at_ms })
        }
        Visible::UserMessage { message } => legacy(TurnItem::UserMessage(UserMessageItem {
            id: id(),
            content: vec![UserInput::text(message)],
        })),
        Visible::AgentMessage { message } => legacy(TurnItem::AgentMessage(AgentMessageItem {
            id: id(),
            content: vec![AgentMessagePart::Text { text: message }],
            phase: None,
        })),
        Visible::AgentReasoning { text } => legacy(TurnItem::Reasoning(ReasoningItem {
            id: id(),
            summary_text: vec![text],
            raw_content: Vec::new(),
        })),
        Visible::Other => None,
    }
}
