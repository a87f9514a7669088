//! What goes into a tool and what comes out: the call, the progress it reports, the outcome that answers it.
//! Invariant: every call gets exactly one outcome. Knows no tool by name.

use std::future::Future;
use std::pin::Pin;

use codex_protocol::{CallId, CallKind, ItemId, PlanStep, ToolOutput, TurnItem};

/// A tool call as the model made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Pairs the call with its output.
    pub call_id: CallId,
    /// Which item the call came in, and so which item answers it.
    pub kind: CallKind,
    /// The namespace the model put before the name.
    pub namespace: Option<String>,
    /// The tool's name.
    pub name: String,
    /// JSON arguments of a function call, free text of a custom call.
    pub payload: String,
}

/// Whether a call may run beside the other calls of its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parallel {
    /// Runs beside others.
    Yes,
    /// Runs alone.
    No,
}

/// A running tool call. Dropping it leaves nothing behind: commands belong to the thread, not to the call.
pub type ToolFuture = Pin<Box<dyn Future<Output = ToolOutcome> + Send + 'static>>;

/// What a tool reports while it works, and what a command reports after its call was answered.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolProgress {
    /// An item began.
    ItemStarted(TurnItem),
    /// An item ended. A background command sends this after its call has returned.
    ItemCompleted(TurnItem),
    /// Output of a running command. Lossy: dropped when the queue is full.
    OutputDelta {
        /// The command's item.
        item_id: ItemId,
        /// The next piece.
        delta: String,
    },
    /// Something the person should know; the call goes on.
    Warning(String),
    /// The model's plan, whole.
    PlanUpdated {
        /// Why it changed.
        explanation: Option<String>,
        /// All steps.
        plan: Vec<PlanStep>,
    },
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// What the model reads.
    pub output: ToolOutput,
    /// How the call ended, for those who do not read.
    pub end: CallEnd,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// The tool did what it was asked, even when a command's exit code was not 0.
    Done,
    /// The tool could not or would not; the output says why.
    Failed,
    /// The payload does not belong to the tool (`tools.md T31`); the turn goes on.
    Fatal,
    /// The turn was interrupted while the call ran.
    Interrupted,
}

impl ToolOutcome {
    /// Text of a call that worked.
    pub(crate) fn done(text: impl Into<String>) -> Self {
        Self { output: ToolOutput::Text(text.into()), end: CallEnd::Done }
    }

    /// Text that says why a call did not work.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self { output: ToolOutput::Text(text.into()), end: CallEnd::Failed }
    }

    /// The answer to a call of the wrong kind (`tools.md §3`).
    pub(crate) fn fatal() -> Self {
        Self { output: ToolOutput::Text("aborted".to_owned()), end: CallEnd::Fatal }
    }

    /// The answer to a call that the interruption met.
    pub(crate) fn interrupted(text: impl Into<String>) -> Self {
        Self { output: ToolOutput::Text(text.into()), end: CallEnd::Interrupted }
    }
}
