//! What a request says about the thread it belongs to: one snapshot, and its three projections.
//! Invariant: headers, `client_metadata` and the turn metadata can never disagree, because each is rendered from
//! the same value (`responses-wire.md §1.1, §1.5, §1.6`).

use std::path::PathBuf;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use codex_model_provider::ProviderInfo;
use codex_protocol::{SandboxMode, SessionId, ThreadId, TurnId, WindowId};

use crate::StreamError;
use crate::json_text::ascii_json;

/// Everything a request says about its thread and turn.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestMetadata {
    /// `$CODEX_HOME/installation_id`.
    pub installation_id: String,
    /// Root of the agent tree.
    pub session_id: SessionId,
    /// The thread.
    pub thread_id: ThreadId,
    /// `/root`, or a sub-agent's path.
    pub agent_name: String,
    /// The turn.
    pub turn_id: TurnId,
    /// Compactions so far.
    pub window_number: u64,
    /// The context window.
    pub context_window_id: WindowId,
    /// What the request is for.
    pub request_kind: RequestKind,
    /// Where the history came from.
    pub history_initialization: HistoryInitialization,
    /// The source of a forked thread.
    pub forked_from: Option<ForkedFrom>,
    /// Who asked for this thread, when another one did.
    pub sub_agent: Option<SubAgent>,
    /// What a client of ours wants its turn to say: further keys of the turn metadata. The client's own keys win.
    pub extra: Vec<(String, String)>,
    /// The turn at the root of the agent tree.
    pub root_turn_id: TurnId,
    /// `user`, or another origin.
    pub thread_source: Option<String>,
    /// `exec`.
    pub turn_trigger: Option<String>,
    /// The enforcement in use, such as `seccomp`.
    pub sandbox: String,
    /// What commands may touch.
    pub sandbox_mode: SandboxMode,
    /// Whether a reviewer answers approvals.
    pub auto_review_enabled: bool,
    /// From the model's facts.
    pub node_repl_auto_review_required: bool,
    /// From the model's facts.
    pub node_repl_disabled: bool,
    /// Git repositories in the workspace; empty leaves the key out.
    pub workspaces: Vec<Workspace>,
    /// Unix milliseconds.
    pub turn_started_at_unix_ms: i64,
    /// `analytics.enabled`.
    pub analytics_enabled: bool,
    /// Model slug.
    pub model: String,
    /// The effort that is sent, if any.
    pub reasoning_effort: Option<String>,
}

/// `request_kind`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A step of a turn.
    Turn,
    /// What can be said before a turn is known: it has no turn's facts, whatever the snapshot holds.
    Prewarm,
    /// A summary of the history.
    Compaction(CompactionFacts),
}

/// Why and how a history is summarised (`responses-wire.md §4.2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactionFacts {
    /// Who asked.
    pub trigger: CompactionTrigger,
    /// Who writes the summary.
    pub implementation: CompactionImplementation,
    /// When it happens.
    pub phase: CompactionPhase,
}

/// `compaction.trigger`, with its `reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompactionTrigger {
    /// The history grew past the limit.
    Auto,
    /// A person asked.
    Manual,
    /// The thread goes on with a model that reads histories differently.
    ModelChanged,
}

/// `compaction.implementation`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompactionImplementation {
    /// The model writes a summary that the client keeps.
    Local,
    /// The server answers with one opaque item.
    Remote,
}

/// `compaction.phase`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompactionPhase {
    /// Before a turn's first request.
    PreTurn,
    /// Between two requests of a turn.
    MidTurn,
    /// A turn of its own.
    StandaloneTurn,
}

impl CompactionFacts {
    fn render(self) -> Value {
        let (trigger, reason) = match self.trigger {
            CompactionTrigger::Auto => ("auto", "context_limit"),
            CompactionTrigger::Manual => ("manual", "user_requested"),
            CompactionTrigger::ModelChanged => ("auto", "comp_hash_changed"),
        };
        let implementation = match self.implementation {
            CompactionImplementation::Local => "responses",
            CompactionImplementation::Remote => "responses_compaction_v2",
        };
        let phase = match self.phase {
            CompactionPhase::PreTurn => "pre_turn",
            CompactionPhase::MidTurn => "mid_turn",
            CompactionPhase::StandaloneTurn => "standalone_turn",
        };
        json!({
            "trigger": trigger,
            "reason": reason,
            "implementation": implementation,
            "phase": phase,
            "strategy": "memento",
        })
    }
}

/// `history_initialization`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryInitialization {
    /// A thread that began in this process.
    New,
    /// Read from disk.
    ColdResume,
    /// Read from another thread on disk.
    ColdFork,
}

/// The source of a fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForkedFrom {
    /// The thread.
    pub thread_id: ThreadId,
    /// The first line of it that is not part of the fork.
    pub ordinal_exclusive: Option<u64>,
}

/// The place of a thread in the agent tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubAgent {
    /// The thread that asked for it.
    pub parent_thread_id: ThreadId,
    /// The turn that did.
    pub parent_turn_id: TurnId,
    /// What for, such as `review`.
    pub kind: String,
}

/// One git repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Its folder.
    pub path: PathBuf,
    /// Remote name and address.
    pub remote_urls: Vec<(String, String)>,
    /// 40 hex digits.
    pub latest_git_commit_hash: Option<String>,
    /// Whether there are uncommitted changes.
    pub has_changes: Option<bool>,
}

impl RequestKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Prewarm => "prewarm",
            Self::Compaction(_) => "compaction",
        }
    }
}

impl HistoryInitialization {
    fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::ColdResume => "cold_resume",
            Self::ColdFork => "cold_fork",
        }
    }
}

impl Workspace {
    fn render(&self) -> Value {
        let mut object = Map::new();
        if !self.remote_urls.is_empty() {
            let urls = self.remote_urls.iter().map(|(name, url)| (name.clone(), json!(url))).collect();
            object.insert("associated_remote_urls".to_owned(), Value::Object(urls));
        }
        if let Some(hash) = &self.latest_git_commit_hash {
            object.insert("latest_git_commit_hash".to_owned(), json!(hash));
        }
        if let Some(changed) = self.has_changes {
            object.insert("has_changes".to_owned(), json!(changed));
        }
        Value::Object(object)
    }
}

/// Keys of the turn metadata that are this client's alone, written or not.
const RESERVED_KEYS: [&str; 30] = [
    "installation_id",
    "session_id",
    "thread_id",
    "agent_name",
    "turn_id",
    "window_id",
    "window_number",
    "context_window_id",
    "request_kind",
    "history_initialization",
    "forked_from_thread_id",
    "forked_from_ordinal_exclusive",
    "parent_thread_id",
    "parent_turn_id",
    "root_turn_id",
    "subagent_kind",
    "thread_source",
    "turn_trigger",
    "sandbox",
    "sandbox_mode",
    "auto_review_enabled",
    "node_repl_auto_review_required",
    "node_repl_disabled",
    "workspaces",
    "turn_started_at_unix_ms",
    "analytics_enabled",
    "model",
    "reasoning_effort",
    "compaction",
    "mcp_attribution",
];

fn is_reserved(key: &str) -> bool {
    RESERVED_KEYS.contains(&key)
}

/// The three projections, rendered together so that the turn metadata is one string in both places.
#[derive(Debug)]
pub(crate) struct RenderedMetadata<'a> {
    metadata: &'a RequestMetadata,
    turn_metadata: String,
}

impl RequestMetadata {
    pub(crate) fn render(&self) -> RenderedMetadata<'_> {
        RenderedMetadata { metadata: self, turn_metadata: ascii_json(&self.turn_metadata()) }
    }

    /// `{thread}:{n}`
    fn window(&self) -> String {
        format!("{}:{}", self.thread_id, self.window_number)
    }

    fn of_a_turn(&self) -> bool {
        self.request_kind != RequestKind::Prewarm
    }

    /// Empty before a turn is known.
    fn turn_id(&self) -> String {
        if self.of_a_turn() { self.turn_id.to_string() } else { String::new() }
    }

    /// Keys in the order of `responses-wire.md §1.5`.
    fn turn_metadata(&self) -> Value {
        let mut keys = Map::new();
        let mut put = |key: &str, value: Value| {
            if !value.is_null() {
                keys.insert(key.to_owned(), value);
            }
        };
        put("installation_id", json!(self.installation_id));
        put("session_id", json!(self.session_id));
        put("thread_id", json!(self.thread_id));
        put("agent_name", json!(self.agent_name));
        put("turn_id", json!(self.turn_id()));
        put("window_id", json!(self.window()));
        put("window_number", json!(self.window_number));
        put("context_window_id", json!(self.context_window_id));
        put("request_kind", json!(self.request_kind.as_str()));
        put("history_initialization", json!(self.history_initialization.as_str()));
        put("forked_from_thread_id", json!(self.forked_from.map(|from| from.thread_id)));
        let ordinal = self.forked_from.and_then(|from| from.ordinal_exclusive);
        put("forked_from_ordinal_exclusive", json!(ordinal));
        let parent = self.sub_agent.as_ref();
        put("parent_thread_id", json!(parent.map(|parent| parent.parent_thread_id)));
        put("parent_turn_id", json!(parent.map(|parent| parent.parent_turn_id)));
        put("root_turn_id", json!(self.of_a_turn().then_some(self.root_turn_id)));
        put("subagent_kind", json!(parent.map(|parent| &parent.kind)));
        put("thread_source", json!(self.thread_source));
        put("turn_trigger", json!(self.turn_trigger.as_ref().filter(|_| self.of_a_turn())));
        put("sandbox", json!(self.sandbox));
        put("sandbox_mode", json!(self.sandbox_mode.as_str()));
        put("auto_review_enabled", json!(self.auto_review_enabled));
        put("node_repl_auto_review_required", json!(self.node_repl_auto_review_required));
        put("node_repl_disabled", json!(self.node_repl_disabled));
        if self.of_a_turn() && !self.workspaces.is_empty() {
            let of = |workspace: &Workspace| (workspace.path.display().to_string(), workspace.render());
            put("workspaces", Value::Object(self.workspaces.iter().map(of).collect()));
        }
        put("turn_started_at_unix_ms", json!(self.of_a_turn().then_some(self.turn_started_at_unix_ms)));
        put("analytics_enabled", json!(self.analytics_enabled));
        match self.request_kind {
            RequestKind::Turn | RequestKind::Prewarm => {
                put("model", json!(self.model));
                put("reasoning_effort", json!(self.reasoning_effort));
            }
            RequestKind::Compaction(facts) => put("compaction", facts.render()),
        }
        for (key, value) in &self.extra {
            if !is_reserved(key) && !keys.contains_key(key) {
                keys.insert(key.clone(), json!(value));
            }
        }
        Value::Object(keys)
    }
}

impl RenderedMetadata<'_> {
    /// The headers about the thread, in the order they are sent.
    pub(crate) fn headers(&self, lite: bool) -> Result<HeaderMap, StreamError> {
        let thread = self.metadata.thread_id.to_string();
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value)
                .map_err(|_| StreamError::Setup(format!("the value for the header `{name}` is not valid")))?;
            headers.insert(HeaderName::from_static(name), value);
            Ok::<_, StreamError>(())
        };
        put("x-codex-window-id", &self.metadata.window())?;
        put("x-codex-turn-metadata", &self.turn_metadata)?;
        if let Some(parent) = &self.metadata.sub_agent {
            put("x-codex-parent-thread-id", &parent.parent_thread_id.to_string())?;
            put("x-openai-subagent", &parent.kind)?;
        }
        if lite {
            put("x-openai-internal-codex-responses-lite", "true")?;
        }
        put("x-client-request-id", &thread)?;
        put("session-id", &self.metadata.session_id.to_string())?;
        put("thread-id", &thread)?;
        Ok(headers)
    }

    /// The body's `client_metadata`: all values are strings.
    pub(crate) fn client_metadata(&self, provider: &ProviderInfo) -> Value {
        let metadata = self.metadata;
        let mut object = json!({
            "x-codex-installation-id": metadata.installation_id,
            "session_id": metadata.session_id,
            "thread_id": metadata.thread_id,
            "turn_id": metadata.turn_id(),
            "x-codex-window-id": metadata.window(),
            "x-codex-turn-metadata": self.turn_metadata,
        });
        if let Some(object) = object.as_object_mut() {
            if metadata.of_a_turn() {
                object.insert("root_turn_id".to_owned(), json!(metadata.root_turn_id));
            }
            if let Some(parent) = &metadata.sub_agent {
                object.insert("parent_turn_id".to_owned(), json!(parent.parent_turn_id));
                object.insert("x-codex-parent-thread-id".to_owned(), json!(parent.parent_thread_id));
                object.insert("x-openai-subagent".to_owned(), json!(parent.kind));
            }
            if provider.is_first_party() {
                object.insert("mcp_attribution".to_owned(), json!(r#"{"status":"none"}"#));
            }
            if provider.is_chatgpt_backend() {
                object.insert("guardian_credits_requested".to_owned(), json!("true"));
            }
        }
        object
    }
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
