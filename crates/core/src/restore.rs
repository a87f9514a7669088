//! What a thread is made from: a new identity, or a saved thread resumed or forked (`exec.md §8`, `rollouts.md §6-8`).

use codex_config::Config;
use codex_model_provider::{ModelCatalog, ModelInfo};
use codex_protocol::{
    BaseInstructions, ContextWindow, ItemKind, ItemPassthrough, ResponseItem, Role, SandboxPolicy, SessionId,
    SessionMeta, ThreadId, WindowId,
};
use codex_responses::HistoryInitialization;
use codex_rollout::{LoadedThread, RolloutError, ThreadFile, ThreadRef, ThreadStore};
use serde_json::Value;

use crate::child::lineage::Lineage;
use crate::context::base::BASE_INSTRUCTIONS;
use crate::context::permission_profile::ProfileView;
use crate::error::StartError;
use crate::secrets::known_secrets;
use crate::settings::Settings;
use crate::start::{Persistence, StartThread, ThreadOrigin};
use crate::thread::recorder::Recorder;
use crate::thread::workspace::Workspace;

/// The thread's identity and what was restored of it.
pub(crate) struct Base {
    pub(crate) thread_id: ThreadId,
    pub(crate) recorder: Recorder,
    pub(crate) loaded: Option<LoadedThread>,
    pub(crate) initialization: HistoryInitialization,
    pub(crate) name: Option<String>,
}

/// Finds or makes the thread. What is written of it holds none of the secrets.
pub(crate) fn base(
    start: &StartThread,
    settings: &Settings,
    provider: &str,
    workspace: &Workspace,
    lineage: Option<&Lineage>,
) -> Result<Base, StartError> {
    let store = ThreadStore::new(&start.config.codex_home).masking(known_secrets(&start.config, &start.env));
    let ephemeral = start.persistence == Persistence::Ephemeral;
    match &start.origin {
        ThreadOrigin::New => {
            let mut meta = new_meta(start, settings, provider, workspace);
            if let Some(lineage) = lineage {
                meta.session_id = Some(lineage.session_id);
                meta.parent_thread_id = Some(lineage.parent_thread_id);
                meta.source = lineage.source();
            }
            let thread_id = meta.id;
            let recorder =
                if ephemeral { Recorder::ephemeral() } else { Recorder::saved(store.create(meta)) };
            Ok(Base {
                thread_id,
                recorder,
                loaded: None,
                initialization: HistoryInitialization::New,
                name: None,
            })
        }
        ThreadOrigin::Resume(thread) => {
            let (loaded, recorder) = if ephemeral {
                (load(&store, thread)?, Recorder::ephemeral())
            } else {
                let (loaded, writer) = found(store.resume(thread), thread)?;
                (loaded, Recorder::saved(writer))
            };
            same_provider(&loaded.meta, provider)?;
            let initialization = HistoryInitialization::ColdResume;
            let name = store.name(loaded.meta.id)?;
            Ok(Base { thread_id: loaded.meta.id, recorder, loaded: Some(loaded), initialization, name })
        }
        ThreadOrigin::Fork(thread) => {
            // Checked before the new file is written.
            same_provider(&store.meta(&located(&store, thread)?)?, provider)?;
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
            Ok(Base { thread_id, recorder, loaded: Some(loaded), initialization, name: None })
        }
    }
}

/// The permission profile a thread last ran with, when nothing was chosen for this run: by name, as it is configured now.
pub(crate) fn recorded_profile(config: &Config, loaded: Option<&LoadedThread>) -> Option<SandboxPolicy> {
    if config.permissions.typed {
        return None;
    }
    let context = loaded?.turn_context.as_ref()?;
    let id = context.active_permission_profile.get("id")?.as_str()?;
    let mut named = config.permissions.named.get(id)?.clone();
    named.workspace_roots.extend(config.workspace_write.writable_roots.iter().cloned());
    Some(SandboxPolicy::Profile(Box::new(named)))
}

fn located(store: &ThreadStore, thread: &ThreadRef) -> Result<ThreadFile, StartError> {
    store.find(thread)?.ok_or_else(|| StartError::NotFound(thread.clone()))
}

fn load(store: &ThreadStore, thread: &ThreadRef) -> Result<LoadedThread, StartError> {
    Ok(store.load(&located(store, thread)?)?)
}

fn found<T>(result: Result<T, RolloutError>, thread: &ThreadRef) -> Result<T, StartError> {
    result.map_err(|error| match error {
        RolloutError::NotFound { .. } => StartError::NotFound(thread.clone()),
        other => StartError::Rollout(other),
    })
}

fn same_provider(meta: &SessionMeta, chosen: &str) -> Result<(), StartError> {
    match &meta.model_provider {
        Some(recorded) if recorded != chosen => {
            Err(StartError::ProviderChanged { recorded: recorded.clone(), chosen: chosen.to_owned() })
        }
        _ => Ok(()),
    }
}

fn new_meta(start: &StartThread, settings: &Settings, provider: &str, workspace: &Workspace) -> SessionMeta {
    let id = ThreadId::new_v7();
    let roots = ProfileView::new(&settings.policy, &settings.cwd);
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
        source: Value::String(start.front_end.source.clone()),
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
pub(crate) fn instructions(config: &Config, loaded: Option<&LoadedThread>, settings: &Settings) -> String {
    let kept = loaded.filter(|loaded| !model_changed(loaded, settings));
    match kept.and_then(|loaded| loaded.meta.base_instructions.as_ref()) {
        Some(instructions) => instructions.text.clone(),
        None => configured_instructions(config),
    }
}

fn model_changed(loaded: &LoadedThread, settings: &Settings) -> bool {
    loaded.turn_context.as_ref().is_some_and(|context| context.model != settings.model.slug)
}

/// What the person should know about a restored thread.
pub(crate) fn warnings(loaded: Option<&LoadedThread>, settings: &Settings) -> Vec<String> {
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

/// Drops what every request gets anew: tools and base instructions that a Lite thread holds in its file.
pub(crate) fn sendable(history: Vec<ResponseItem>) -> Vec<ResponseItem> {
    let renewed = |item: &ResponseItem| match item.kind() {
        ItemKind::AdditionalTools => true,
        ItemKind::Message(Role::Developer) => item
            .passthrough_json()
            .and_then(|text| serde_json::from_str::<ItemPassthrough>(text).ok())
            .is_some_and(|metadata| metadata.content_item_kinds == ["model.base_instructions"]),
        _ => false,
    };
    history.into_iter().filter(|item| !renewed(item)).collect()
}

/// The model that wrote the history, where the chosen one reads histories differently and there is something to
/// summarise (`exec.md §8`).
pub(crate) fn former_model(
    loaded: &LoadedThread,
    settings: &Settings,
    catalog: &ModelCatalog,
) -> Option<ModelInfo> {
    let context = loaded.turn_context.as_ref()?;
    let (was, is) = (context.comp_hash.as_deref()?, settings.model.comp_hash.as_deref()?);
    let known = (was != is && !loaded.history.is_empty()).then(|| catalog.model_info(&context.model))?;
    (!known.is_fallback()).then(|| known.into_info())
}
