//! Changed settings: worked out at once, in force from the next turn on.
//! Invariant: a change that cannot be used changes nothing; a running turn keeps what it began with.

use std::sync::Arc;

use codex_config::{Config, find_project_root};
use codex_protocol::{Choice, Event, SettingsChange};
use codex_tools::Registry;

use super::aside::refused;
use super::session::Session;
use super::workspace::Workspace;
use crate::error::RecordError;
use crate::open::enforcement;
use crate::prefix::prefix;
use crate::settings::Settings;

/// Settings that wait for the next turn.
#[derive(Debug, Clone)]
pub(crate) struct Configured {
    pub(crate) config: Arc<Config>,
    pub(crate) settings: Settings,
}

/// Works out a change and says what holds next.
pub(crate) async fn configure(session: &mut Session, change: SettingsChange) {
    match changed(session, change) {
        Ok((next, warnings)) => {
            let info = session.info_with(&next.config, &next.settings);
            session.next = Some(next);
            for message in warnings {
                session.emitter.emit(Event::Warning { message }).await;
            }
            session.emitter.emit(Event::SettingsChanged(Box::new(info))).await;
        }
        Err(message) => refused(session, message).await,
    }
}

fn changed(session: &Session, change: SettingsChange) -> Result<(Configured, Vec<String>), String> {
    let (config, before) = match &session.next {
        Some(next) => (&next.config, &next.settings),
        None => (&session.config, &session.settings),
    };
    let mut config = Config::clone(config);
    if let Some(cwd) = change.cwd {
        if !cwd.is_absolute() || !cwd.is_dir() {
            return Err(format!("{} is not a folder to work in; the folder stays.", cwd.display()));
        }
        config.project.root =
            find_project_root(&cwd, &config.project_root_markers).unwrap_or_else(|| cwd.clone());
        config.cwd = cwd;
    }
    let named = |choice: Choice| match choice {
        Choice::ModelDefault => None,
        Choice::Named(word) => Some(word),
    };
    if let Some(model) = change.model {
        if model.trim().is_empty() {
            return Err("A model needs a name; the model stays.".to_owned());
        }
        config.model = Some(model);
    }
    if let Some(effort) = change.effort {
        config.model_reasoning_effort = named(effort);
    }
    let mut settings = Settings::resolve(&config, &session.models.catalog(), before.approval);
    settings.summary = match change.summary {
        Some(Choice::Named(summary)) => summary,
        Some(Choice::ModelDefault) => settings.model.default_reasoning_summary.clone(),
        None if settings.model.slug == before.model.slug => before.summary.clone(),
        None => settings.summary,
    };
    settings.policy = change.sandbox.unwrap_or_else(|| before.policy.clone());
    settings.approval = change.approval.unwrap_or(before.approval);
    settings.reviewer = change.approvals_reviewer.unwrap_or(before.reviewer);
    settings.collaboration = change.collaboration.unwrap_or(before.collaboration);
    if let Some(limits) = &config.limits {
        let judged = limits
            .policy(&settings.policy)
            .and_then(|()| limits.approval(settings.approval))
            .and_then(|()| limits.reviewer(settings.reviewer))
            .and_then(|()| config.model.as_deref().map_or(Ok(()), |model| limits.model(model)));
        judged.map_err(|error| format!("{error}; the settings stay."))?;
    }
    let same_model = settings.model.slug == before.model.slug;
    let warnings = if same_model { Vec::new() } else { std::mem::take(&mut settings.warnings) };
    Ok((Configured { config: Arc::new(config), settings }, warnings))
}

/// Puts what was changed since the last turn in force.
pub(crate) fn apply(session: &mut Session) -> Result<(), RecordError> {
    let Some(Configured { config, settings }) = session.next.take() else { return Ok(()) };
    session.registry = Registry::new(settings.offer(&config));
    (session.prefix, session.tool_specs) =
        prefix(session.thread_id, &session.instructions, &settings.model, &session.registry)?;
    if settings.cwd != session.settings.cwd {
        session.workspace = Workspace::open(&settings.cwd, &session.env);
    }
    let template = &mut session.request_facts.template;
    template.sandbox = enforcement(settings.policy.mode()).to_owned();
    template.auto_review_enabled = settings.reviewer.reviews_under(settings.approval);
    template.sandbox_mode = settings.policy.mode();
    template.model = settings.model.slug.clone();
    template.reasoning_effort = settings.effort.clone();
    template.node_repl_auto_review_required = settings.model.node_repl_auto_review_required;
    template.node_repl_disabled = settings.model.node_repl_disabled;
    session.config = config;
    session.settings = settings;
    session.settings_recorded = false;
    Ok(())
}
