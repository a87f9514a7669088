//! A thread with real tools in a fresh folder, and what it reports.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use codex_execpolicy::{Decision, ExecPolicy};
use codex_protocol::limits::{ASK_QUEUE_MAX, TOOL_PROGRESS_QUEUE_MAX};
use codex_protocol::{
    ApprovalPolicy, CallId, CallKind, CollaborationMode, CommandExecutionItem, SandboxPolicy, ToolOutput,
    TurnId, TurnItem,
};
use codex_sandbox::{Barrier, ShellEnvironmentPolicy, ThreadVariables};
#[cfg(target_os = "linux")]
use codex_tools::{BlastLimits, CheckpointPlan};
use codex_tools::{
    FormQuestion, OfferCx, PatchForm, Question, Questions, Registry, Rules, ThreadSetup, ThreadTools,
    ToolCall, ToolCx, ToolOutcome, ToolProgress, TurnTools,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Longer than anything here should take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Bench {
    /// The folder around the workspace: nothing in it may be written.
    pub(crate) outer: PathBuf,
    pub(crate) registry: Registry,
    setup: ThreadSetup,
    pub(crate) cx: ToolCx,
    pub(crate) progress: mpsc::Receiver<ToolProgress>,
    pub(crate) questions: mpsc::Receiver<Question>,
    /// Held open: a form whose asker is gone is not asked.
    _forms: mpsc::Receiver<FormQuestion>,
    calls: u32,
    _dir: tempfile::TempDir,
}

/// Workspace-write without the temporary folders, so that the folder around the workspace is outside.
pub(crate) fn workspace_write() -> SandboxPolicy {
    SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    }
}

pub(crate) fn offer() -> OfferCx {
    OfferCx {
        request_user_input: true,
        request_permissions: false,
        additional_permissions: false,
        questions: Questions::InPlans,
        apply_patch: Some(PatchForm::Freeform),
        update_plan: false,
        view_image: true,
        web_search: Some(serde_json::json!({
            "type": "web_search",
            "external_web_access": false,
            "search_content_types": ["text", "image"],
        })),
    }
}

impl Bench {
    pub(crate) fn new(policy: SandboxPolicy) -> Self {
        Self::made(policy, |_| {})
    }

    /// With rules that allow what begins like this.
    pub(crate) fn allowing(policy: SandboxPolicy, prefixes: &[&[&str]]) -> Self {
        Self::made(policy, |setup| {
            let mut rules = ExecPolicy::default();
            for prefix in prefixes {
                let words: Vec<String> = prefix.iter().map(|word| (*word).to_owned()).collect();
                rules.add_prefix(&words, Decision::Allow, Path::new("test.rules"));
            }
            setup.rules = Rules::new(rules, setup.variables.codex_home.join("rules/default.rules"));
        })
    }

    /// With login files captured once.
    #[cfg(target_os = "linux")]
    pub(crate) fn with_snapshot(policy: SandboxPolicy) -> Self {
        Self::made(policy, |setup| setup.snapshot_shell = true)
    }

    /// With limits on what may be deleted, and copies.
    #[cfg(target_os = "linux")]
    pub(crate) fn guarded(policy: SandboxPolicy, limits: BlastLimits, plan: CheckpointPlan) -> Self {
        Self::made(policy, |setup| {
            setup.blast = Some(limits);
            setup.checkpoints = Some(plan);
        })
    }

    /// The thread is opened again, having done something before.
    #[cfg(target_os = "linux")]
    pub(crate) fn with_past(&mut self, past: codex_tools::PastReader) {
        let setup = ThreadSetup { past: Some(past), ..self.setup.clone() };
        self.cx.thread = Arc::new(ThreadTools::new(setup));
        self.cx.turn = Arc::new(TurnTools { turn_id: TurnId::new_v7(), ..(*self.cx.turn).clone() });
    }

    fn made(policy: SandboxPolicy, change: impl FnOnce(&mut ThreadSetup)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let outer = dir.path().canonicalize().unwrap();
        let cwd = outer.join("work");
        std::fs::create_dir(&cwd).unwrap();
        let mut setup = ThreadSetup {
            variables: ThreadVariables {
                codex_home: outer.join("home"),
                session_id: "session".to_owned(),
                thread_id: "thread".to_owned(),
                version: "0.0.0".to_owned(),
            },
            environment: ShellEnvironmentPolicy::default(),
            snapshot: vec![
                ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
                ("HOME".into(), outer.clone().into_os_string()),
            ],
            shell: PathBuf::from("/bin/bash"),
            allow_login_shell: true,
            programs: None,
            barrier: Barrier::Best,
            rules: Rules::new(ExecPolicy::default(), outer.join("home/rules/default.rules")),
            snapshot_shell: false,
            asks_before_typing: true,
            blast: None,
            checkpoints: None,
            past: None,
        };
        change(&mut setup);
        let thread = ThreadTools::new(setup.clone());
        let turn = TurnTools {
            turn_id: TurnId::new_v7(),
            cwd,
            policy,
            proxy: None,
            approval: ApprovalPolicy::Never,
            collaboration: CollaborationMode::Default,
            questions: Questions::InPlans,
            output_tokens_max: 10_000,
            image_detail_original: true,
        };
        let (sender, progress) = mpsc::channel(TOOL_PROGRESS_QUEUE_MAX);
        let (asks, questions) = mpsc::channel(ASK_QUEUE_MAX);
        let (form_asks, forms) = mpsc::channel(ASK_QUEUE_MAX);
        let cx = ToolCx {
            thread: Arc::new(thread),
            turn: Arc::new(turn),
            cancel: CancellationToken::new(),
            progress: sender,
            asks,
            forms: form_asks,
        };
        Self {
            outer,
            setup,
            registry: Registry::new(offer()),
            cx,
            progress,
            questions,
            _forms: forms,
            calls: 0,
            _dir: dir,
        }
    }

    pub(crate) fn cwd(&self) -> &Path {
        &self.cx.turn.cwd
    }

    /// A call with a new id; the id is `c1`, `c2`, ...
    pub(crate) fn next_call(&mut self, kind: CallKind, name: &str, payload: impl Into<String>) -> ToolCall {
        self.calls += 1;
        ToolCall {
            call_id: CallId::new(format!("c{}", self.calls)),
            kind,
            namespace: None,
            name: name.to_owned(),
            payload: payload.into(),
        }
    }

    pub(crate) async fn run(
        &mut self,
        kind: CallKind,
        name: &str,
        payload: impl Into<String>,
    ) -> ToolOutcome {
        let call = self.next_call(kind, name, payload);
        self.run_call(call).await
    }

    pub(crate) async fn run_call(&mut self, call: ToolCall) -> ToolOutcome {
        let running = self.registry.run(call, self.cx.clone());
        tokio::time::timeout(PATIENCE, running).await.expect("the call answers")
    }

    /// The text that answers a function call.
    pub(crate) async fn function(&mut self, name: &str, arguments: Value) -> String {
        text(self.run(CallKind::Function, name, arguments.to_string()).await)
    }

    pub(crate) async fn exec(&mut self, arguments: Value) -> CommandText {
        CommandText::parse(&self.function("exec_command", arguments).await)
    }

    pub(crate) async fn write_stdin(&mut self, arguments: Value) -> CommandText {
        CommandText::parse(&self.function("write_stdin", arguments).await)
    }

    /// Items reported so far, in order; text deltas are left out.
    pub(crate) fn items(&mut self) -> Vec<ToolProgress> {
        let mut items = Vec::new();
        while let Ok(progress) = self.progress.try_recv() {
            if !matches!(progress, ToolProgress::OutputDelta { .. }) {
                items.push(progress);
            }
        }
        items
    }

    /// The next command item that ends.
    pub(crate) async fn completed_command(&mut self) -> CommandExecutionItem {
        let next = async {
            loop {
                match self.progress.recv().await.expect("the bench holds a sender") {
                    ToolProgress::ItemCompleted(TurnItem::CommandExecution(item)) => return item,
                    _ => continue,
                }
            }
        };
        tokio::time::timeout(PATIENCE, next).await.expect("a command item ends")
    }
}

pub(crate) fn text(outcome: ToolOutcome) -> String {
    match outcome.output {
        ToolOutput::Text(text) => text,
        ToolOutput::Parts(parts) => panic!("expected text, got {parts:?}"),
    }
}

/// The parts of a command result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CommandText {
    pub(crate) chunk: String,
    pub(crate) wall: f64,
    pub(crate) state: String,
    pub(crate) tokens: u64,
    pub(crate) output: String,
}

impl CommandText {
    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        let parts = || {
            let rest = text.strip_prefix("Chunk ID: ")?;
            let (chunk, rest) = rest.split_once("\nWall time: ")?;
            let (wall, rest) = rest.split_once(" seconds\n")?;
            let (state, rest) = rest.split_once("\nOriginal token count: ")?;
            let (tokens, output) = rest.split_once("\nOutput:\n")?;
            Some(Self {
                chunk: chunk.to_owned(),
                wall: wall.parse().ok()?,
                state: state.to_owned(),
                tokens: tokens.parse().ok()?,
                output: output.to_owned(),
            })
        };
        parts().unwrap_or_else(|| panic!("not a command result: {text}"))
    }

    #[track_caller]
    pub(crate) fn session(&self) -> i64 {
        let id = self.state.strip_prefix("Process running with session ID ");
        id.and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("not running: {self:?}"))
    }
}
