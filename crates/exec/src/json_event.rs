//! The JSON lines of `--json` (`exec.md §5`), field by field in the order they are written.
//! Owns the shapes only.

use serde::Serialize;
use serde_json::Value;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub(crate) enum JsonEvent {
    #[serde(rename = "thread.started")]
    ThreadStarted { thread_id: String },
    #[serde(rename = "turn.started")]
    TurnStarted,
    #[serde(rename = "turn.completed")]
    TurnCompleted { usage: JsonUsage },
    #[serde(rename = "turn.failed")]
    TurnFailed { error: JsonError },
    #[serde(rename = "item.started")]
    ItemStarted { item: JsonItem },
    #[serde(rename = "item.updated")]
    ItemUpdated { item: JsonItem },
    #[serde(rename = "item.completed")]
    ItemCompleted { item: JsonItem },
    #[serde(rename = "error")]
    Error { message: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct JsonUsage {
    pub(crate) input_tokens: u64,
    pub(crate) cached_input_tokens: u64,
    pub(crate) cache_write_input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) reasoning_output_tokens: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct JsonError {
    pub(crate) message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct JsonItem {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) body: JsonItemBody,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum JsonItemBody {
    AgentMessage {
        text: String,
    },
    Reasoning {
        text: String,
    },
    CommandExecution {
        command: String,
        aggregated_output: String,
        exit_code: Option<i32>,
        status: JsonStatus,
    },
    FileChange {
        changes: Vec<JsonFileChange>,
        status: JsonStatus,
    },
    /// Has a second `id`, the call's: programs read this line with both, so both are written.
    WebSearch {
        id: String,
        query: String,
        action: Value,
    },
    TodoList {
        items: Vec<JsonTodo>,
    },
    Error {
        message: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JsonStatus {
    InProgress,
    Completed,
    Failed,
    Declined,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct JsonFileChange {
    pub(crate) path: String,
    pub(crate) kind: JsonChangeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JsonChangeKind {
    Add,
    Delete,
    Update,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct JsonTodo {
    pub(crate) text: String,
    pub(crate) completed: bool,
}
