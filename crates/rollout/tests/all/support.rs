//! A home folder to test in, lines to put there, and what the tests compare.

use std::fs;
use std::path::{Path, PathBuf};

use codex_protocol::{
    ApprovalPolicy, BaseInstructions, ContentPart, ItemId, ItemPrefix, LineMetadata, ResponseItem, Role,
    RolloutItem, SandboxPolicy, SessionId, SessionMeta, ThreadId, TurnContext, TurnId, WorldState,
};
use codex_rollout::{LoadedThread, ThreadFile, ThreadRef, ThreadStore, ThreadWriter};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct Home {
    pub(crate) dir: TempDir,
    pub(crate) store: ThreadStore,
}

impl Home {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().expect("folder");
        let store = ThreadStore::new(dir.path());
        Self { dir, store }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a thread's file with these bytes.
    pub(crate) fn put(&self, id: ThreadId, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(format!("sessions/2025/01/02/rollout-2025-01-02T03-04-05-{id}.jsonl"));
        fs::create_dir_all(path.parent().expect("folder")).expect("folder");
        fs::write(&path, bytes).expect("file");
        path
    }

    pub(crate) fn file(&self, id: ThreadId) -> ThreadFile {
        self.store.find(&ThreadRef::Id(id)).expect("find").expect("there")
    }

    pub(crate) fn load(&self, id: ThreadId) -> LoadedThread {
        self.store.load(&self.file(id)).expect("load")
    }

    pub(crate) fn resume(&self, id: ThreadId) -> (LoadedThread, ThreadWriter) {
        self.store.resume(&ThreadRef::Id(id)).expect("resume")
    }

    /// A new thread with these prompts in it, closed again.
    pub(crate) fn saved(&self, prompts: &[&str]) -> ThreadId {
        let id = ThreadId::new_v7();
        let mut writer = self.store.create(meta(id));
        for prompt in prompts {
            writer.append(&user(prompt)).expect("append");
        }
        id
    }
}

pub(crate) fn meta(id: ThreadId) -> SessionMeta {
    SessionMeta {
        account_scoped: true,
        session_id: Some(SessionId::from_uuid(id.uuid())),
        id,
        forked_from_id: None,
        forked_from_ordinal_exclusive: None,
        parent_thread_id: None,
        timestamp: "2026-11-21T06:00:51.816Z".to_owned(),
        cwd: "/workspace/project".into(),
        runtime_workspace_roots: vec!["/workspace/project".into()],
        originator: "codex_exec".to_owned(),
        cli_version: "0.169.0".to_owned(),
        source: json!("exec"),
        thread_source: Some("user".to_owned()),
        model_provider: Some("lab".to_owned()),
        base_instructions: Some(BaseInstructions { text: "be brief".to_owned() }),
        history_mode: None,
        history_base: None,
        multi_agent_version: Some("v1".to_owned()),
        context_window: None,
        git: None,
    }
}

pub(crate) fn message(role: Role, text: &str) -> ResponseItem {
    let part = match role {
        Role::Assistant => ContentPart::OutputText { text: text.to_owned() },
        _ => ContentPart::input_text(text),
    };
    ResponseItem::message(Some(&ItemId::new_v7(ItemPrefix::Message)), role, &[part]).expect("item")
}

pub(crate) fn item(role: Role, text: &str) -> RolloutItem {
    let metadata = LineMetadata::at(7, 0);
    RolloutItem::ResponseItem { item: message(role, text), metadata: Some(metadata) }
}

pub(crate) fn user(text: &str) -> RolloutItem {
    item(Role::User, text)
}

pub(crate) fn world(full: bool, state: Value) -> RolloutItem {
    RolloutItem::WorldState(WorldState { full, state })
}

pub(crate) fn turn_context(model: &str) -> TurnContext {
    TurnContext {
        turn_id: Some(TurnId::new_v7()),
        root_turn_id: None,
        disabled_plugin_ids: Vec::new(),
        cwd: "/workspace/project".into(),
        approval_policy: ApprovalPolicy::Never,
        approvals_reviewer: Some("user".to_owned()),
        permission_profile: Value::Null,
        active_permission_profile: Value::Null,
        model: model.to_owned(),
        comp_hash: None,
        collaboration_mode: Value::Null,
        multi_agent_version: None,
        realtime_active: false,
        effort: None,
        summary: None,
        sandbox_policy: SandboxPolicy::ReadOnly,
        file_system_sandbox_policy: Value::Null,
    }
}

/// Role and text of each item; for other items their type.
pub(crate) fn told(history: &[ResponseItem]) -> Vec<String> {
    history
        .iter()
        .map(|item| {
            let value: Value = serde_json::from_str(item.json()).expect("json");
            match value["role"].as_str() {
                Some(role) => {
                    format!("{}: {}", role, value["content"][0]["text"].as_str().unwrap_or_default())
                }
                None => value["type"].as_str().unwrap_or_default().to_owned(),
            }
        })
        .collect()
}

/// Lines put together by hand.
pub(crate) struct Lines {
    pub(crate) id: ThreadId,
    pub(crate) text: Vec<u8>,
    ordinal: Option<u64>,
}

impl Lines {
    pub(crate) fn legacy() -> Self {
        let id = ThreadId::new_v7();
        let mut lines = Self { id, text: Vec::new(), ordinal: None };
        lines.line(
            "session_meta",
            json!({"id": id, "timestamp": "2025-01-02T03:04:05.678Z", "cwd": "/workspace/project",
                   "originator": "codex_exec", "cli_version": "0.40.0", "instructions": null}),
        );
        lines
    }

    pub(crate) fn paginated() -> Self {
        let id = ThreadId::new_v7();
        let mut lines = Self { id, text: Vec::new(), ordinal: Some(0) };
        lines.line(
            "session_meta",
            json!({"session_id": id, "id": id, "timestamp": "2025-01-02T03:04:05.678Z", "cwd": "/workspace/project",
                   "originator": "codex_exec", "cli_version": "0.169.0", "source": "exec", "thread_source": "user",
                   "model_provider": "lab", "base_instructions": {"text": "x"}, "history_mode": "paginated",
                   "context_window": {"window_id": "01a1fcb1-795a-7ac0-ac81-ccb1d2c5c917"}}),
        );
        lines
    }

    pub(crate) fn line(&mut self, kind: &str, payload: Value) -> &mut Self {
        let line = match &mut self.ordinal {
            Some(ordinal) => {
                *ordinal += 1;
                json!({"timestamp": "2025-01-02T03:04:05.678Z", "ordinal": *ordinal - 1, "type": kind,
                       "payload": payload})
            }
            None => json!({"timestamp": "2025-01-02T03:04:05.678Z", "type": kind, "payload": payload}),
        };
        self.raw(format!("{line}\n"))
    }

    pub(crate) fn message(&mut self, role: &str, text: &str) -> &mut Self {
        let kind = if role == "assistant" { "output_text" } else { "input_text" };
        self.line(
            "response_item",
            json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]}),
        )
    }

    pub(crate) fn event(&mut self, payload: Value) -> &mut Self {
        self.line("event_msg", payload)
    }

    pub(crate) fn raw(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.text.extend_from_slice(bytes.as_ref());
        self
    }
}

/// The stored lines as JSON; every one must parse and end with a newline.
pub(crate) fn stored(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("file");
    assert!(text.is_empty() || text.ends_with('\n'), "ends within a line: {text:?}");
    text.lines().map(|line| serde_json::from_str(line).expect("line")).collect()
}

pub(crate) fn ordinals(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["ordinal"].as_u64().expect("ordinal")).collect()
}
