//! From what a front end asks for to the state of a thread, restored and ready. Reads; writes only a fork's first
//! line, which must exist at once.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;

use codex_model_provider::ModelList;
use codex_protocol::{SandboxMode, SandboxPolicy, SessionId, ThreadId, ThreadInfo, TurnId, WindowId, limits};
use codex_responses::{
    ClientIdentity, ClientOptions, ForkedFrom, HistoryInitialization, RequestCompression, RequestKind,
    RequestMetadata, ResponsesClient,
};
use codex_rollout::{LoadedThread, WindowState};
use codex_sandbox::{Barrier, ThreadVariables};
use codex_tools::{OfferCx, Registry, Rules, ThreadSetup, ThreadTools, user_shell};
use tokio::sync::mpsc;

use crate::child::lineage::{ChildKind, Lineage};
use crate::error::{RecordError, StartError};
use crate::guardian::desk::Desk;
use crate::history::History;
use crate::installation::{self, Keep};
use crate::models;
use crate::network::proxy_settings;
use crate::prefix::prefix;
use crate::settings::{self, Settings};
use crate::start::{Persistence, StartThread};
use crate::thread::clock::Moment;
use crate::thread::emitter::Emitter;
use crate::thread::session::{RequestFacts, Session, Usage};
use crate::thread::workspace::Workspace;
use crate::{past, restore, rules};

/// A thread that is ready to run.
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) info: ThreadInfo,
    pub(crate) warnings: Vec<String>,
}

/// What a child thread takes from its parent.
pub(crate) struct Family {
    /// Who asked for it.
    pub(crate) lineage: Lineage,
    /// What it may touch.
    pub(crate) policy: SandboxPolicy,
    /// The models, and with them the credentials in use.
    pub(crate) models: ModelList,
}

/// Opens a thread.
///
/// # Errors
/// When it cannot be found or read, or the config does not fit it.
pub(crate) fn open(start: StartThread, emitter: Emitter) -> Result<Opened, StartError> {
    open_as(start, None, emitter)
}

/// Opens a thread that another one asked for.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_child(start: StartThread, family: Family, emitter: Emitter) -> Result<Opened, StartError> {
    open_as(start, Some(family), emitter)
}

fn open_as(start: StartThread, family: Option<Family>, emitter: Emitter) -> Result<Opened, StartError> {
    let config = Arc::clone(&start.config);
    let lineage = family.as_ref().map(|family| family.lineage);
    let models = match &family {
        Some(family) => family.models.clone(),
        None => models::model_list_of(&start)?,
    };
    let mut settings = Settings::resolve(&config, &models.catalog(), start.approval);
    if let Some(family) = family {
        settings.policy = family.policy;
    } else if let Some(limits) = &config.limits {
        let judged = limits.policy(&settings.policy).and_then(|()| limits.approval(settings.approval));
        judged.map_err(StartError::NotAllowed)?;
    }
    let provider = models.provider().info().clone();
    let compression = match config.features.enabled("enable_request_compression") {
        true => RequestCompression::Zstd,
        false => RequestCompression::Off,
    };
    let workspace = Workspace::open(&config.cwd, &start.env);
    let mut base = restore::base(&start, &settings, &provider.id, &workspace, lineage.as_ref())?;
    let mut warnings = settings.warnings.clone();
    warnings.extend(restore::warnings(base.loaded.as_ref(), &settings));
    let loaded = base.loaded.take();
    if lineage.is_none()
        && let Some(policy) = restore::recorded_profile(&config, loaded.as_ref())
    {
        if let Some(limits) = &config.limits {
            limits.policy(&policy).map_err(StartError::NotAllowed)?;
        }
        settings.policy = policy;
    }
    let cut_off = base.initialization == HistoryInitialization::ColdFork
        && loaded.as_ref().is_some_and(|loaded| loaded.mid_turn);
    let thread_id = base.thread_id;
    let session_id = match lineage {
        Some(lineage) => lineage.session_id,
        None => session_id(loaded.as_ref(), thread_id, base.initialization),
    };
    let identity = ClientIdentity {
        client_name: start.front_end.client_name.clone(),
        ..ClientIdentity::new(start.front_end.originator.clone(), env!("CARGO_PKG_VERSION"))
    };
    let registry = Registry::new(match lineage {
        Some(_) => OfferCx { view_image: true, ..OfferCx::default() },
        None => settings.offer(&config),
    });
    let instructions = restore::instructions(&config, loaded.as_ref(), &settings);
    let (prefix, tool_specs) = prefix(thread_id, &instructions, &settings.model, &registry)?;
    let window = window(loaded.as_ref());
    let mut template =
        template(&start, &settings, thread_id, session_id, loaded.as_ref(), &window, base.initialization);
    if let Some(lineage) = &lineage {
        template.sub_agent = Some(lineage.sub_agent());
        template.turn_trigger = lineage.turn_trigger().map(str::to_owned);
    }
    let history_sequence = loaded.as_ref().map_or(0, |loaded| loaded.last_history_sequence);
    let usage = Usage {
        thread: loaded.as_ref().map(|loaded| loaded.thread_usage).unwrap_or_default(),
        last: loaded.as_ref().and_then(|loaded| loaded.last_usage),
        ..Usage::default()
    };
    proxy_settings(&config, &settings.policy)?;
    let mut rules = rules::load(&config)?;
    if lineage.is_some_and(|lineage| lineage.kind == ChildKind::Guardian) {
        rules = rules.without_leave();
    }
    let tools = ThreadTools::new(tool_setup(&start, rules, thread_id, session_id, loaded.as_ref()));
    let forked_from = loaded.as_ref().and_then(|loaded| loaded.meta.forked_from_id);
    let former_model =
        loaded.as_ref().and_then(|loaded| restore::former_model(loaded, &settings, &models.catalog()));
    let known_world = loaded.as_ref().and_then(|loaded| loaded.world_state.clone());
    let history =
        History::restored(loaded.map(|loaded| restore::sendable(loaded.history)).unwrap_or_default());
    let tape = start.tape;
    let mut session = Session {
        thread_id,
        session_id,
        config,
        settings,
        models: models.clone(),
        client: ResponsesClient::new(ClientOptions {
            provider: Arc::clone(models.provider()),
            identity,
            compression,
            models: Some(models.clone()),
            tape: tape.clone(),
        }),
        instructions,
        prefix,
        tool_specs,
        next: None,
        env: start.env.clone(),
        registry,
        tools: Arc::new(tools),
        progress: mpsc::channel(limits::TOOL_PROGRESS_QUEUE_MAX),
        asks: mpsc::channel(limits::ASK_QUEUE_MAX),
        forms: mpsc::channel(limits::ASK_QUEUE_MAX),
        shells: tokio::task::JoinSet::new(),
        shells_cancel: tokio_util::sync::CancellationToken::new(),
        emitter,
        lineage,
        front_end: start.front_end,
        tape,
        desk: Desk::default(),
        recorder: base.recorder,
        history,
        former_model,
        known_world,
        usage,
        window,
        workspace,
        request_facts: RequestFacts { turn_trigger: template.turn_trigger.clone(), template },
        history_sequence,
        sampled_through: history_sequence,
        settings_recorded: false,
        items_started: HashMap::new(),
        name: base.name,
        forked_from,
        shell: shell_name(&start.env),
    };
    if cut_off {
        close_cut_off_turn(&mut session)?;
    }
    let info = session.info();
    Ok(Opened { session, info, warnings })
}

/// A fork of a thread in mid-turn says so, for the model and in its file (`rollouts.md §8`).
fn close_cut_off_turn(session: &mut Session) -> Result<(), StartError> {
    let turn_id = TurnId::new_v7();
    match session.record_aborted(turn_id, Moment::now()) {
        Ok(()) => Ok(()),
        Err(RecordError::Rollout(error)) => Err(error.into()),
        Err(RecordError::Encode(error)) => Err(error.into()),
    }
}

fn shell_name(env: &[(OsString, OsString)]) -> String {
    let shell = user_shell(env);
    shell.file_name().map_or_else(|| "sh".to_owned(), |name| name.to_string_lossy().into_owned())
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
    let mut window = loaded.map(|loaded| loaded.window).unwrap_or_default();
    window.window_id.get_or_insert_with(WindowId::new_v7);
    window
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
    let thread_source = match (initialization, loaded) {
        // A thread keeps the source it was begun with.
        (HistoryInitialization::ColdResume, Some(loaded)) => loaded.meta.thread_source.clone(),
        _ => Some(start.thread_source.clone().unwrap_or_else(|| "user".to_owned())),
    };
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
        sub_agent: None,
        extra: Vec::new(),
        root_turn_id: turn_id,
        thread_source,
        turn_trigger: start.front_end.turn_trigger.clone(),
        sandbox: enforcement(settings.policy.mode()).to_owned(),
        sandbox_mode: settings.policy.mode(),
        auto_review_enabled: settings.reviewer.reviews_under(settings.approval),
        node_repl_auto_review_required: settings.model.node_repl_auto_review_required,
        node_repl_disabled: settings.model.node_repl_disabled,
        workspaces: Vec::new(),
        turn_started_at_unix_ms: 0,
        analytics_enabled: true,
        model: settings.model.slug.clone(),
        reasoning_effort: settings.effort.clone(),
    }
}

/// What keeps commands in, in the words of request metadata.
pub(crate) fn enforcement(mode: SandboxMode) -> &'static str {
    match mode {
        SandboxMode::DangerFullAccess => "none",
        SandboxMode::ReadOnly | SandboxMode::WorkspaceWrite => "seccomp",
    }
}

fn tool_setup(
    start: &StartThread,
    rules: Rules,
    thread_id: ThreadId,
    session_id: SessionId,
    loaded: Option<&LoadedThread>,
) -> ThreadSetup {
    ThreadSetup {
        variables: ThreadVariables {
            codex_home: start.config.codex_home.clone(),
            session_id: session_id.to_string(),
            thread_id: thread_id.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        environment: settings::shell_environment(&start.config),
        snapshot: start.env.clone(),
        shell: user_shell(&start.env),
        allow_login_shell: start.config.allow_login_shell,
        programs: None,
        barrier: Barrier::default(),
        rules,
        snapshot_shell: start.config.features.enabled("shell_snapshot"),
        asks_before_typing: start.config.features.enabled("write_stdin_approval"),
        blast: settings::blast_limits(&start.config),
        // Of a thread that is not saved nothing remains.
        checkpoints: (start.persistence == Persistence::Saved)
            .then(|| settings::checkpoint_plan(&start.config))
            .flatten(),
        past: loaded.map(|loaded| past::reader(&start.config.codex_home, thread_id, loaded)),
    }
}
