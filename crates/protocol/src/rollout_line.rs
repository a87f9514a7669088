//! The payloads of rollout lines (`rollouts.md §4`): what core records and what the rollout crate stores.
//! Reading is lenient (unknown fields ignored, missing ones defaulted); lines are never rewritten, so nothing is lost.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AbortReason, ApprovalPolicy, ResponseId, ResponseItem, SandboxPolicy, SessionId, ThreadId, TokenUsage,
    TurnError, TurnId, TurnItem, WindowId,
};

/// One line's payload.
#[derive(Debug, Clone, PartialEq)]
pub enum RolloutItem {
    /// `session_meta`
    SessionMeta(Box<SessionMeta>),
    /// `response_item`
    ResponseItem {
        /// The item, client metadata included.
        item: ResponseItem,
        /// Line metadata; absent in legacy files.
        metadata: Option<LineMetadata>,
    },
    /// `turn_context`
    TurnContext(Box<TurnContext>),
    /// `world_state`
    WorldState(WorldState),
    /// `token_usage_record`
    TokenUsageRecord(Box<TokenUsageRecord>),
    /// `compacted`
    Compacted(Box<Compacted>),
    /// `event_msg`
    EventMsg(Box<EventMsg>),
}

/// `metadata` beside a `response_item` payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMetadata {
    /// Place of the item in the thread's history, from 1.
    pub history_sequence: u64,
    /// The last place the model had seen when the item was made.
    #[serde(default)]
    pub sampled_through_sequence: u64,
    /// Whether a client wrote the item itself.
    #[serde(default)]
    pub client_authored: bool,
    /// Whether the item is the model's summary in a compaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compaction_output: bool,
}

impl LineMetadata {
    /// Of an item at this place, made when the model had seen the history up to `sampled_through`.
    pub fn at(history_sequence: u64, sampled_through_sequence: u64) -> Self {
        Self { history_sequence, sampled_through_sequence, client_authored: false, compaction_output: false }
    }
}

/// `session_meta`: the first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionMeta {
    /// Present and true in new threads.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub account_scoped: bool,
    /// Root of the agent tree; missing in old files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The thread.
    pub id: ThreadId,
    /// The thread this one was forked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from_id: Option<ThreadId>,
    /// The first ordinal of the source that is not part of this thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from_ordinal_exclusive: Option<u64>,
    /// The parent in an agent tree; not a fork's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_thread_id: Option<ThreadId>,
    /// RFC 3339 with milliseconds, UTC.
    pub timestamp: String,
    /// Working folder.
    pub cwd: PathBuf,
    /// Workspace roots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runtime_workspace_roots: Vec<PathBuf>,
    /// Which front end made the thread, such as `codex_exec`.
    pub originator: String,
    /// Version of the program that made the thread.
    pub cli_version: String,
    /// `"exec"`, `"cli"`, ... or an object for sub-agents.
    #[serde(default)]
    pub source: Value,
    /// `user`, `subagent`, or the text of `--thread-source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_source: Option<String>,
    /// Provider id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// The instructions sent as the first input item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_instructions: Option<BaseInstructions>,
    /// `paginated`, or `legacy` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_mode: Option<HistoryMode>,
    /// Where a forked thread's earlier history lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_base: Option<HistoryBase>,
    /// `v1`, `v2` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_agent_version: Option<String>,
    /// The window the thread starts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<ContextWindow>,
    /// The repository, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitInfo>,
}

/// `session_meta.base_instructions`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseInstructions {
    /// The text.
    pub text: String,
}

/// How a file numbers its lines and forks (`rollouts.md §3`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryMode {
    /// Lines have no ordinal; forks copy.
    Legacy,
    /// Lines have ordinals; forks refer.
    Paginated,
}

/// `session_meta.history_base`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryBase {
    /// The source thread.
    pub thread_id: ThreadId,
    /// First ordinal of the source that is not part of the fork.
    pub end_ordinal_exclusive: u64,
    /// Bytes of the source file that are part of the fork.
    pub end_byte_offset: u64,
}

/// `session_meta.context_window`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextWindow {
    /// The window.
    pub window_id: WindowId,
}

/// `session_meta.git`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitInfo {
    /// 40 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_hash: Option<String>,
    /// The branch checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The `origin` remote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_url: Option<String>,
}

/// `turn_context`: the settings of one turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnContext {
    /// The turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_id: Option<TurnId>,
    /// The turn at the root of an agent tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_turn_id: Option<TurnId>,
    /// Always empty here.
    #[serde(default)]
    pub disabled_plugin_ids: Vec<String>,
    /// Working folder.
    pub cwd: PathBuf,
    /// When a person is asked.
    pub approval_policy: ApprovalPolicy,
    /// `user` or `auto_review`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals_reviewer: Option<String>,
    /// The permission profile, in its file form.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub permission_profile: Value,
    /// `{id}` of a built-in or named profile.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub active_permission_profile: Value,
    /// Model slug.
    pub model: String,
    /// The model's compaction compatibility hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comp_hash: Option<String>,
    /// `{mode, settings{model, reasoning_effort, developer_instructions}}`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub collaboration_mode: Value,
    /// `v1`, `v2` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_agent_version: Option<String>,
    /// Always false here.
    #[serde(default)]
    pub realtime_active: bool,
    /// Reasoning effort asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// Reasoning summary asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What commands may touch.
    pub sandbox_policy: SandboxPolicy,
    /// The restricted policy spelled out, when there is one.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub file_system_sandbox_policy: Value,
}

/// `world_state`: what the model was told about its surroundings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorldState {
    /// A whole snapshot, or a merge patch on the one before.
    pub full: bool,
    /// The parts.
    pub state: Value,
}

/// `token_usage_record`: one per model response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenUsageRecord {
    /// The thread.
    pub thread_id: ThreadId,
    /// The turn.
    pub turn_id: TurnId,
    /// The root thread.
    pub session_id: SessionId,
    /// The root turn.
    pub root_turn_id: TurnId,
    /// The response.
    pub response_id: ResponseId,
    /// This response.
    pub usage: TokenUsage,
    /// The turn so far.
    pub turn_token_usage: TokenUsage,
    /// The thread so far.
    pub thread_token_usage: TokenUsage,
}

/// `compacted`: from here on the history is `replacement_history`, in its order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compacted {
    /// What introduces the summary, and the summary; empty when the server keeps it.
    pub message: String,
    /// The whole new history.
    pub replacement_history: Vec<ResponseItem>,
    /// One for each item of it.
    pub replacement_history_metadata: Vec<LineMetadata>,
    /// The words of both sides, for readers that show them (`rollouts.md §3`).
    pub retained_context: serde_json::Value,
    /// Compactions so far.
    pub window_number: u64,
    /// The window that begins here.
    pub window_id: WindowId,
    /// The thread's first window.
    pub first_window_id: WindowId,
    /// The window that ends here.
    pub previous_window_id: WindowId,
    /// The response that holds the summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compaction_response_id: Option<ResponseId>,
    /// Counts at this point, so that a reader need not look further back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_token_usage_record: Option<TokenUsageRecord>,
}

/// `event_msg` payloads this version writes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventMsg {
    /// A turn began.
    TaskStarted {
        /// Who began it.
        turn_attribution: TurnAttribution,
        /// The turn.
        turn_id: TurnId,
        /// The root turn.
        root_turn_id: TurnId,
        /// Unix seconds.
        started_at: i64,
        /// Tokens the model can use.
        model_context_window: Option<u64>,
        /// `default` or `plan`.
        collaboration_mode_kind: &'static str,
    },
    /// A turn ended, well or with an error.
    TaskComplete {
        /// The root turn.
        root_turn_id: TurnId,
        /// The turn.
        turn_id: TurnId,
        /// The model's last words.
        last_agent_message: Option<String>,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<TurnError>,
        /// Unix seconds.
        started_at: i64,
        /// Unix seconds.
        completed_at: i64,
        /// Milliseconds.
        duration_ms: u64,
        /// Milliseconds to the first text.
        #[serde(skip_serializing_if = "Option::is_none")]
        time_to_first_token_ms: Option<u64>,
    },
    /// A turn was interrupted.
    TurnAborted {
        /// The root turn.
        root_turn_id: TurnId,
        /// The turn.
        turn_id: TurnId,
        /// By what.
        reason: AbortReason,
        /// Unix seconds.
        started_at: i64,
        /// Unix seconds.
        completed_at: i64,
        /// Milliseconds.
        duration_ms: u64,
    },
    /// Token counts after a response.
    TokenCount {
        /// Counts, when there are any.
        info: Option<TokenCountInfo>,
        /// Limits the server reported.
        rate_limits: Value,
    },
    /// Settings at the thread's start and after each change.
    ThreadSettingsApplied {
        /// The thread.
        thread_id: ThreadId,
        /// All settings.
        thread_settings: Value,
    },
    /// An item ended.
    ItemCompleted {
        /// The thread.
        thread_id: ThreadId,
        /// The turn.
        turn_id: TurnId,
        /// The item.
        item: TurnItem,
        /// Unix milliseconds.
        started_at_ms: i64,
        /// Unix milliseconds.
        completed_at_ms: i64,
    },
    /// Legacy files: what the person said.
    UserMessage {
        /// The text.
        message: String,
    },
    /// Legacy files: what the model said.
    AgentMessage {
        /// The text.
        message: String,
    },
    /// Legacy files: what the model thought.
    AgentReasoning {
        /// The text.
        text: String,
    },
}

/// Who began a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TurnAttribution {
    /// The turn.
    pub turn_id: TurnId,
    /// `exec`, or null.
    pub turn_trigger: Option<String>,
    /// The turn that spawned it.
    pub parent_turn_id: Option<TurnId>,
    /// The agent that spawned it.
    pub initiating_agent_path: Option<String>,
    /// The root turn.
    pub root_turn_id: TurnId,
}

/// `token_count.info`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenCountInfo {
    /// The thread's total.
    pub total_token_usage: TokenUsage,
    /// The last response's.
    pub last_token_usage: TokenUsage,
    /// Always false here.
    pub last_usage_includes_reasoning: bool,
    /// Tokens the model can use.
    pub model_context_window: Option<u64>,
}
