//! Who asked for a thread, when another one did: what its file, its requests and its turns say about that
//! (`rollouts.md §4`, `responses-wire.md §1.5`). Values only.

use codex_protocol::{SessionId, ThreadId, TurnId};
use codex_responses::{PromptCacheKey, SubAgent};
use serde_json::{Value, json};

/// The place of a child thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lineage {
    /// What it is for.
    pub(crate) kind: ChildKind,
    /// The thread that asked for it.
    pub(crate) parent_thread_id: ThreadId,
    /// The root of the tree.
    pub(crate) session_id: SessionId,
    /// The parent's turn that waits for it; changes with each task it is given.
    pub(crate) asked_by: AskingTurn,
}

/// The turn of a parent that waits for a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AskingTurn {
    /// The turn.
    pub(crate) turn_id: TurnId,
    /// The turn at the root of the tree.
    pub(crate) root_turn_id: TurnId,
}

/// What a child thread is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChildKind {
    /// It reviews code (`exec.md §9`).
    Review,
    /// It answers approvals in a person's place (`safety.md §9`).
    Guardian,
}

impl Lineage {
    /// `session_meta.source`
    pub(crate) fn source(&self) -> Value {
        match self.kind {
            ChildKind::Review => json!({"subagent": "review"}),
            ChildKind::Guardian => json!({"subagent": {"other": "guardian"}}),
        }
    }

    /// `thread_source`
    pub(crate) fn thread_source(&self) -> &'static str {
        match self.kind {
            ChildKind::Review => "subagent",
            ChildKind::Guardian => "guardian_review",
        }
    }

    /// `turn_trigger`
    pub(crate) fn turn_trigger(&self) -> Option<&'static str> {
        match self.kind {
            ChildKind::Review => None,
            ChildKind::Guardian => Some("guardian_review"),
        }
    }

    /// `prompt_cache_key`: a review shares its parent's.
    pub(crate) fn prompt_cache_key(&self) -> PromptCacheKey {
        match self.kind {
            ChildKind::Review => PromptCacheKey::Thread(ThreadId::from_uuid(self.session_id.uuid())),
            ChildKind::Guardian => PromptCacheKey::Guardian(self.parent_thread_id),
        }
    }

    /// What requests say.
    pub(crate) fn sub_agent(&self) -> SubAgent {
        let kind = match self.kind {
            ChildKind::Review => "review",
            ChildKind::Guardian => "guardian",
        };
        SubAgent {
            parent_thread_id: self.parent_thread_id,
            parent_turn_id: self.asked_by.turn_id,
            kind: kind.to_owned(),
        }
    }
}
