//! Opening a thread: new, resumed or forked, from config and disk to a running task.

use std::ffi::OsString;
use std::sync::Arc;

use codex_auth::Env;
use codex_config::Config;
use codex_protocol::{
    ApprovalPolicy, BaseInstructions, ContextWindow, Event, ItemId, ItemKind, ItemPassthrough, Op, ResponseItem,
    SessionId, SessionMeta, ThreadId, ThreadInfo, TurnId, UserInput, WindowId, limits,
};
use codex_responses::{
    ClientIdentity, ClientOptions, ForkedFrom, HistoryInitialization, RequestKind, RequestMetadata,
    ResponsesClient, Tape, additional_tools_item, base_instructions_item,
};
use codex_rollout::{LoadedThread, ThreadRef, ThreadStore, WindowState};
use codex_sandbox::{Barrier, ThreadVariables};
use codex_tools::{Registry, ThreadSetup, ThreadTools, user_shell};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::context::base::BASE_INSTRUCTIONS;
use crate::error::{RecordError, StartError};
use crate::history::History;
use crate::installation::{self, Keep};
use crate::provider;
use crate::settings::{self, Settings};
use crate::thread::actor;
use crate::thread::clock::Moment;
use crate::thread::emitter::{Deltas, Emitter};
use crate::thread::handle::ThreadHandle;
use crate::thread::recorder::Recorder;
use crate::thread::session::{RequestFacts, Session, Usage};
use crate::thread::workspace::Workspace;
use crate::turn::begin;
use crate::turn::run::Mailbox;

/// What to open and for whom.
#[derive(Clone)]
pub struct StartThread {
    /// Settings.
    pub config: Arc<Config>,
    /// New, or from a saved thread.
    pub origin: ThreadOrigin,
    /// Whether the thread is saved.
    pub persistence: Persistence,
    /// Who asks.
    pub front_end: FrontEnd,
    /// `--thread-source`; `user` when absent.
    pub thread_source: Option<String>,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// The process environment.
    pub env: Vec<(OsString, OsString)>,
    /// Records requests and stream events.
    pub tape: Option<Arc<dyn Tape>>,
    /// Whether pieces of items in progress are shown.
    pub deltas: Deltas,
}

/// Where a thread comes from.
#[derive(Debug, Clone)]
pub enum ThreadOrigin {
    /// A new thread.
    New,
    /// Goes on with a saved thread.
    Resume(ThreadRef),
    /// A new thread that begins with a saved one's history.
    Fork(ThreadRef),
}

/// Whether a thread is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// To its rollout file.
    Saved,
    /// Nowhere: nothing of it remains.
    Ephemeral,
}

/// The program in front of the thread, as servers and files name it (`responses-wire.md §1.1`).
#[derive(Debug, Clone)]
pub struct FrontEnd {
    /// `codex_exec`, or what the environment overrides it with.
    pub originator: String,
    /// Last pair of the user agent.
    pub client_name: String,
    /// `session_meta.source`.
    pub source: String,
    /// `turn_trigger` of metadata and turn attribution.
    pub turn_trigger: Option<String>,
}

/// Opens a thread and starts its task. Call inside a tokio runtime.
///
/// # Errors
/// When the thread cannot be found, read or written, or the config does not fit it.
pub fn start_thread(start: StartThread) -> Result<ThreadHandle, StartError> {
    let (events_in, events) = mpsc::channel(limits::EVENT_QUEUE_MAX);
    let emitter = Emitter::new(events_in, start.deltas);
    let opened = open(start, emitter)?;
    let (ops, ops_out) = mpsc::channel::<Op>(limits::OP_QUEUE_MAX);
    let info = opened.info.clone();
    let task = tokio::spawn(async move {
        let Opened { session, info, warnings } = opened;
        session.emitter.emit(Event::ThreadStarted(Box::new(info))).await;
        for message in warnings {
            session.emitter.emit(Event::Warning { message }).await;
        }
        actor::run(session, Mailbox::new(ops_out)).await;
    });
    Ok(ThreadHandle::new(info, ops, events, task))
}

/// The items a first turn with this prompt would send, without base instructions; nothing is sent or saved
/// (`codex debug prompt-input`).
///
/// # Errors
/// As [`start_thread`].
pub async fn prompt_input(
    mut start: StartThread,
    prompt: Option<String>,
) -> Result<Vec<ResponseItem>, StartError> {
    start.persistence = Persistence::Ephemeral;
    start.deltas = Deltas::Unwanted;
    let (events_in, mut events) = mpsc::channel(limits::EVENT_QUEUE_MAX);
    let mut opened = open(start, Emitter::new(events_in, Deltas::Unwanted))?;
    let input = prompt.map(UserInput::text).into_iter().collect();
    let begun = {
        let begin = begin::begin(&mut opened.session, TurnId::new_v7(), Moment::now(), input);
        tokio::pin!(begin);
        loop {
            tokio::select! {
                begun = &mut begin => break begun,
                Some(_) = events.recv() => {}
            }
        }
    };
    match begun {
        Ok(()) => Ok(opened.session.history.items().to_vec()),
        Err(RecordError::Rollout(error)) => Err(error.into()),
        Err(RecordError::Encode(error)) => Err(error.into()),
    }
}

struct Opened {
    session: Session,
    info: ThreadInfo,
    warnings: Vec<String>,
}

/// The thread's identity and what was restored of it.
struct Base {
    thread_id: ThreadId,
    recorder: Recorder,
    loaded: Option<LoadedThread>,
    initialization: HistoryInitialization,
}

fn open(start: StartThread, emitter: Emitter) -> Result<Opened, StartError> {
    let config = Arc::clone(&start.config);
    let settings = Settings::resolve(&config, start.approval)?;
    let provider = provider::chosen(&config)?;
    let workspace = Workspace::open(&config.cwd);
    let mut base = base(&start, &settings, &provider.id, &workspace)?;
    let mut warnings = settings.warnings.clone();
    warnings.extend(restored_warnings(base.loaded.as_ref(), &settings));
    let loaded = base.loaded.take();
    let thread_id = base.thread_id;
    let session_id = session_id(loaded.as_ref(), thread_id, base.initialization);
    let env = Env::of(start.env.iter().filter_map(|(key, value)| Some((key.to_str()?, value.to_str()?))));
    let identity = ClientIdentity {
        client_name: start.front_end.client_name.clone(),
        ..ClientIdentity::new(start.front_end.originator.clone(), env!("CARGO_PKG_VERSION"))
    };
    let registry = Registry::new(settings.offer(&config));
    let (prefix, tool_specs) =
        prefix(thread_id, &instructions(&config, loaded.as_ref(), &settings), &settings, &registry)?;
    let window = window(loaded.as_ref());
    let template = template(&start, &settings, thread_id, session_id, loaded.as_ref(), &window, base.initialization);
    let history_sequence = loaded.as_ref().map_or(0, |loaded| loaded.last_history_sequence);
    let usage = Usage {
        thread: loaded.as_ref().map(|loaded| loaded.thread_usage).unwrap_or_default(),
        last: loaded.as_ref().and_then(|loaded| loaded.last_usage),
        ..Usage::default()
    };
    let tools = ThreadTools::new(tool_setup(&start, thread_id, session_id));
    let known_world = loaded.as_ref().and_then(|loaded| loaded.world_state.clone());
    let history = History::restored(loaded.map(|loaded| sendable(loaded.history)).unwrap_or_default());
    let info = ThreadInfo {
        thread_id,
        rollout_path: base.recorder.path().map(std::path::Path::to_path_buf),
        cwd: settings.cwd.clone(),
        model: settings.model.slug.clone(),
        provider: provider.id.clone(),
        reasoning_effort: settings.effort.clone(),
        reasoning_summary: settings.summary.clone(),
        sandbox: settings.policy.clone(),
        history_items: history.items().len(),
    };
    let session = Session {
        thread_id,
        session_id,
        config,
        settings,
        client: ResponsesClient::new(ClientOptions { provider, identity, env, tape: start.tape }),
        prefix,
        tool_specs,
        registry,
        tools: Arc::new(tools),
        progress: mpsc::channel(limits::TOOL_PROGRESS_QUEUE_MAX),
        emitter,
        recorder: base.recorder,
        history,
        known_world,
        usage,
        window,
        workspace,
        request_facts: RequestFacts { template, turn_trigger: start.front_end.turn_trigger },
        history_sequence,
        sampled_through: history_sequence,
        settings_recorded: false,
        items_started: std::collections::HashMap::new(),
    };
    Ok(Opened { session, info, warnings })
}

fn base(
    start: &StartThread,
    settings: &Settings,
    provider: &str,
    workspace: &Workspace,
) -> Result<Base, StartError> {
    let store = ThreadStore::new(&start.config.codex_home);
    let ephemeral = start.persistence == Persistence::Ephemeral;
    match &start.origin {
        ThreadOrigin::New => {
            let meta = new_meta(start, settings, provider, workspace);
            let thread_id = meta.id;
            let recorder = if ephemeral { Recorder::ephemeral() } else { Recorder::saved(store.create(meta)) };
            Ok(Base { thread_id, recorder, loaded: None, initialization: HistoryInitialization::New })
        }
        ThreadOrigin::Resume(thread) => {
            let (loaded, recorder) = if ephemeral {
                (load(&store, thread)?, Recorder::ephemeral())
            } else {
                let (loaded, writer) = found(store.resume(thread), thread)?;
                (loaded, Recorder::saved(writer))
            };
            same_provider(&loaded, provider)?;
            let initialization = HistoryInitialization::ColdResume;
            Ok(Base { thread_id: loaded.meta.id, recorder, loaded: Some(loaded), initialization })
        }
        ThreadOrigin::Fork(thread) => {
            // Checked before the new file is written.
            same_provider(&load(&store, thread)?, provider)?;
            let mut meta = new_meta(start, settings, provider, workspace);
            meta.base_instructions = None;
            let thread_id = meta.id;
            let (loaded, recorder) = if ephemeral {
                let mut loaded = load(&store, thread)?;
                meta.forked_from_id = Some(loaded.meta.id);
                meta.forked_from_ordinal_exclusive = Some(loaded.next_ordinal);
                meta.base_instructions = loaded.meta.base_instructions.take();
                loaded.meta = meta;
                (loaded, Recorder::ephemeral())
            } else {
                let (loaded, writer) = found(store.fork(thread, meta), thread)?;
                (loaded, Recorder::saved(writer))
            };
            let initialization = HistoryInitialization::ColdFork;
            Ok(Base { thread_id, recorder, loaded: Some(loaded), initialization })
        }
    }
}

fn load(store: &ThreadStore, thread: &ThreadRef) -> Result<LoadedThread, StartError> {
    let file = store.find(thread)?.ok_or_else(|| StartError::NotFound(thread.clone()))?;
    Ok(store.load(&file)?)
}

fn found<T>(result: Result<T, codex_rollout::RolloutError>, thread: &ThreadRef) -> Result<T, StartError> {
    result.map_err(|error| match error {
        codex_rollout::RolloutError::NotFound { .. } => StartError::NotFound(thread.clone()),
        other => StartError::Rollout(other),
    })
}

fn same_provider(loaded: &LoadedThread, chosen: &str) -> Result<(), StartError> {
    match &loaded.meta.model_provider {
        Some(recorded) if recorded != chosen => {
            Err(StartError::ProviderChanged { recorded: recorded.clone(), chosen: chosen.to_owned() })
        }
        _ => Ok(()),
    }
}

fn new_meta(start: &StartThread, settings: &Settings, provider: &str, workspace: &Workspace) -> SessionMeta {
    let id = ThreadId::new_v7();
    let roots = crate::context::permission_profile::PermissionProfile::new(&settings.policy, &settings.cwd);
    SessionMeta {
        account_scoped: true,
        session_id: Some(SessionId::from_uuid(id.uuid())),
        id,
        forked_from_id: None,
        forked_from_ordinal_exclusive: None,
        parent_thread_id: None,
        timestamp: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        cwd: settings.cwd.clone(),
        runtime_workspace_roots: roots.roots().to_vec(),
        originator: start.front_end.originator.clone(),
        cli_version: env!("CARGO_PKG_VERSION").to_owned(),
        source: serde_json::Value::String(start.front_end.source.clone()),
        thread_source: Some(start.thread_source.clone().unwrap_or_else(|| "user".to_owned())),
        model_provider: Some(provider.to_owned()),
        base_instructions: Some(BaseInstructions { text: configured_instructions(&start.config) }),
        history_mode: None,
        history_base: None,
        multi_agent_version: Some("disabled".to_owned()),
        context_window: Some(ContextWindow { window_id: WindowId::new_v7() }),
        git: workspace.repository().map(|repository| repository.info.clone()),
    }
}

fn configured_instructions(config: &Config) -> String {
    let configured = config.model_instructions.as_ref().or(config.instructions.as_ref());
    configured.cloned().unwrap_or_else(|| BASE_INSTRUCTIONS.to_owned())
}

/// A saved thread keeps its instructions unless the model changed (`rollouts.md §6.9`).
fn instructions(config: &Config, loaded: Option<&LoadedThread>, settings: &Settings) -> String {
    let kept = loaded.filter(|loaded| !model_changed(loaded, settings));
    match kept.and_then(|loaded| loaded.meta.base_instructions.as_ref()) {
        Some(instructions) => instructions.text.clone(),
        None => configured_instructions(config),
    }
}

fn model_changed(loaded: &LoadedThread, settings: &Settings) -> bool {
    loaded.turn_context.as_ref().is_some_and(|context| context.model != settings.model.slug)
}

fn restored_warnings(loaded: Option<&LoadedThread>, settings: &Settings) -> Vec<String> {
    let Some(loaded) = loaded else { return Vec::new() };
    let mut warnings = Vec::new();
    if let Some(context) = loaded.turn_context.as_ref().filter(|_| model_changed(loaded, settings)) {
        warnings.push(format!(
            "This thread was recorded with model `{}` and goes on with `{}`.",
            context.model, settings.model.slug
        ));
    }
    if loaded.skipped_total > 0 {
        let first = loaded.skipped.first().map(|skipped| format!(" First: {skipped}.")).unwrap_or_default();
        warnings.push(format!(
            "{} line(s) of the saved thread could not be read and were skipped; nothing was removed.{first}",
            loaded.skipped_total
        ));
    }
    warnings
}

fn session_id(
    loaded: Option<&LoadedThread>,
    thread_id: ThreadId,
    initialization: HistoryInitialization,
) -> SessionId {
    let own = SessionId::from_uuid(thread_id.uuid());
    match (loaded, initialization) {
        (Some(loaded), HistoryInitialization::ColdResume) => loaded.meta.session_id.unwrap_or(own),
        _ => own,
    }
}

fn window(loaded: Option<&LoadedThread>) -> WindowState {
    let mut window = loaded.map(|loaded| loaded.window.clone()).unwrap_or_default();
    window.window_id.get_or_insert_with(WindowId::new_v7);
    window
}

/// What goes before the history of every request (`responses-wire.md §1.2, §1.4`). The ids are derived from the
/// thread, so that a resumed thread sends the same bytes.
fn prefix(
    thread_id: ThreadId,
    instructions: &str,
    settings: &Settings,
    registry: &Registry,
) -> Result<(Vec<ResponseItem>, Vec<Box<RawValue>>), StartError> {
    let raw = |specs: Vec<serde_json::Value>| -> Result<Vec<Box<RawValue>>, serde_json::Error> {
        specs.iter().map(serde_json::value::to_raw_value).collect()
    };
    let base = base_instructions_item(&ItemId::base_instructions(thread_id), instructions)?;
    if settings.model.use_responses_lite {
        let id = ItemId::new(format!("at_{}", Uuid::new_v5(&thread_id.uuid(), b"additional_tools")));
        let tools = additional_tools_item(&id, &raw(registry.lite_specs())?)?;
        return Ok((vec![tools, base], Vec::new()));
    }
    Ok((vec![base], raw(registry.specs())?))
}

/// Drops what every request gets anew: tools and base instructions that a Lite thread holds in its file.
fn sendable(history: Vec<ResponseItem>) -> Vec<ResponseItem> {
    let renewed = |item: &ResponseItem| match item.kind() {
        ItemKind::AdditionalTools => true,
        ItemKind::Message(codex_protocol::Role::Developer) => item
            .passthrough_json()
            .and_then(|text| serde_json::from_str::<ItemPassthrough>(text).ok())
            .is_some_and(|metadata| metadata.content_item_kinds == ["model.base_instructions"]),
        _ => false,
    };
    history.into_iter().filter(|item| !renewed(item)).collect()
}

fn template(
    start: &StartThread,
    settings: &Settings,
    thread_id: ThreadId,
    session_id: SessionId,
    loaded: Option<&LoadedThread>,
    window: &WindowState,
    initialization: HistoryInitialization,
) -> RequestMetadata {
    let keep = if start.persistence == Persistence::Saved { Keep::Yes } else { Keep::No };
    let forked_from = loaded.and_then(|loaded| {
        let thread_id = loaded.meta.forked_from_id?;
        Some(ForkedFrom { thread_id, ordinal_exclusive: loaded.meta.forked_from_ordinal_exclusive })
    });
    let turn_id = TurnId::new_v7();
    RequestMetadata {
        installation_id: installation::id(&start.config.codex_home, keep),
        session_id,
        thread_id,
        agent_name: "/root".to_owned(),
        turn_id,
        window_number: window.number,
        context_window_id: window.window_id.unwrap_or_else(WindowId::new_v7),
        request_kind: RequestKind::Turn,
        history_initialization: initialization,
        forked_from,
        root_turn_id: turn_id,
        thread_source: Some(start.thread_source.clone().unwrap_or_else(|| "user".to_owned())),
        turn_trigger: start.front_end.turn_trigger.clone(),
        sandbox: "seccomp".to_owned(),
        sandbox_mode: settings.policy.mode(),
        auto_review_enabled: false,
        node_repl_auto_review_required: settings.model.node_repl_auto_review_required,
        node_repl_disabled: settings.model.node_repl_disabled,
        workspaces: Vec::new(),
        turn_started_at_unix_ms: 0,
        analytics_enabled: true,
        model: settings.model.slug.clone(),
        reasoning_effort: settings.effort.clone(),
    }
}

fn tool_setup(start: &StartThread, thread_id: ThreadId, session_id: SessionId) -> ThreadSetup {
    ThreadSetup {
        variables: ThreadVariables {
            codex_home: start.config.codex_home.clone(),
            session_id,
            thread_id,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        environment: settings::shell_environment(&start.config),
        snapshot: start.env.clone(),
        shell: user_shell(&start.env),
        allow_login_shell: start.config.allow_login_shell,
        programs: None,
        barrier: Barrier::default(),
    }
}
