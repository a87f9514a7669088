//! What a response stream tells the turn.

use codex_protocol::{ItemId, ItemKind, RateLimitSnapshot, ResponseId, ResponseItem, TokenUsage};

/// One thing that happened on the stream (`responses-wire.md §2.1`).
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The server began its response.
    Created,
    /// An item begins; what follows may still be lost.
    ItemStarted {
        /// The server's id, when it says.
        item_id: Option<ItemId>,
        /// Its type.
        kind: ItemKind,
    },
    /// Text of a message in progress.
    TextDelta {
        /// The item it belongs to.
        item_id: Option<ItemId>,
        /// The next piece, never empty.
        delta: String,
    },
    /// Reasoning in progress; parts are separated by a blank line.
    ReasoningDelta {
        /// The item it belongs to.
        item_id: Option<ItemId>,
        /// The next piece, never empty.
        delta: String,
    },
    /// A finished item: the only form that counts.
    ItemDone(ResponseItem),
    /// The response ended well. Nothing follows.
    Completed {
        /// The server's id of it.
        response_id: ResponseId,
        /// Zeros when the server did not count.
        usage: TokenUsage,
        /// `false`: the model wants to go on although it called no tool.
        end_turn: Option<bool>,
    },
    /// The model that answers, when the server names one.
    ServerModel(String),
    /// Limits the server reported with the response.
    RateLimits(Box<RateLimitSnapshot>),
}
