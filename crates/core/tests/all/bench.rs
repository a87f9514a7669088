//! The workbench of these tests: a home, a repository, a scripted server and threads opened on them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_config::{LoadRequest, load};
use codex_core::{Deltas, FrontEnd, Persistence, StartThread, ThreadHandle, ThreadOrigin, start_thread};
use codex_protocol::{ApprovalPolicy, Event, Op, UserInput};
use codex_sim::{Script, SimServer};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Bench {
    pub(crate) server: SimServer,
    dir: TempDir,
    overrides: Vec<String>,
    pub(crate) approval: ApprovalPolicy,
}

impl Bench {
    pub(crate) async fn new(script: impl Into<Script>) -> Self {
        Self::with(script, &[]).await
    }

    pub(crate) async fn with(script: impl Into<Script>, overrides: &[&str]) -> Self {
        let server = SimServer::start(script).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home", "repo/.git/refs/heads"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        std::fs::write(dir.path().join("repo/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let base = [
            "model=\"gpt-5.5\"".to_owned(),
            "model_provider=\"sim\"".to_owned(),
            "sandbox_mode=\"workspace-write\"".to_owned(),
            format!("model_providers.sim={{name=\"Sim\",base_url=\"{}\",env_key=\"SIM_KEY\"}}", server.url()),
        ];
        let overrides = base.into_iter().chain(overrides.iter().map(|text| (*text).to_owned())).collect();
        Self { server, dir, overrides, approval: ApprovalPolicy::Never }
    }

    /// Threads opened from now on run with this setting.
    pub(crate) fn set(&mut self, setting: &str) {
        self.overrides.push(setting.to_owned());
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    pub(crate) fn start(&self, origin: ThreadOrigin) -> StartThread {
        let mut request = LoadRequest::new(self.home(), self.repo());
        request.overrides = self.overrides.clone();
        request.system_dir = self.dir.path().join("etc");
        StartThread {
            config: Arc::new(load(&request).unwrap().config),
            origin,
            persistence: Persistence::Saved,
            front_end: FrontEnd {
                originator: "codex_exec".to_owned(),
                client_name: "codex_exec".to_owned(),
                source: "exec".to_owned(),
                turn_trigger: Some("exec".to_owned()),
            },
            thread_source: None,
            approval: self.approval,
            login: None,
            env: vec![
                ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
                ("SHELL".into(), "/bin/sh".into()),
                ("SIM_KEY".into(), "key".into()),
            ],
            tape: None,
            deltas: Deltas::Unwanted,
        }
    }

    pub(crate) fn open(&self, origin: ThreadOrigin) -> ThreadHandle {
        start_thread(self.start(origin)).unwrap()
    }

    /// Every line of the only rollout.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let files = rollouts(&self.home());
        assert_eq!(files.len(), 1, "{files:?}");
        lines(&files[0])
    }
}

pub(crate) fn rollouts(home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![home.join("sessions")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn say(text: &str) -> Op {
    Op::UserTurn { input: vec![UserInput::text(text)], output_schema: None }
}

/// Submits one turn and returns its events up to its end.
pub(crate) async fn turn(thread: &mut ThreadHandle, text: &str) -> Vec<Event> {
    thread.submit(say(text)).await.unwrap();
    until_end(thread).await
}

pub(crate) async fn until_end(thread: &mut ThreadHandle) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(event) = thread.next_event().await {
        let end = matches!(
            event,
            Event::TurnCompleted { .. } | Event::TurnFailed { .. } | Event::TurnAborted { .. }
        );
        events.push(event);
        if end {
            break;
        }
    }
    events
}

pub(crate) fn kinds(lines: &[Value]) -> Vec<String> {
    let kind = |line: &Value| {
        let outer = line["type"].as_str().unwrap_or_default();
        let inner = line["payload"]["type"].as_str().unwrap_or_default();
        match outer {
            "event_msg" if inner == "item_completed" => {
                line["payload"]["item"]["type"].as_str().unwrap_or_default().to_owned()
            }
            "event_msg" | "response_item" => inner.to_owned(),
            _ => outer.to_owned(),
        }
    };
    lines.iter().map(kind).collect()
}
