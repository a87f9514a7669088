//! The first lines of a turn: that it began, what changed around it, and what the person said
//! (`rollouts.md §2`, order of a turn).

use codex_config::Config;
use codex_protocol::{
    ContentPart, Event, EventMsg, ItemId, Role, RolloutItem, TurnAttribution, TurnContext, TurnId, TurnItem,
    UserInput, UserMessageItem,
};
use codex_skills::Catalog;
use serde_json::{Value, json};
use uuid::Uuid;

use super::input::Steer;
use crate::context::agents_md::{self, Found, Search};
use crate::context::collaboration;
use crate::context::environment::{Clock, Environment};
use crate::context::permission_profile::ProfileView;
use crate::context::permissions;
use crate::context::skills as skill_list;
use crate::context::world::{ContextUpdate, World};
use crate::error::RecordError;
use crate::settings::{Settings, questions};
use crate::skills;
use crate::thread::clock::Moment;
use crate::thread::configure;
use crate::thread::session::Session;
use crate::user_input;

/// Records that a turn began, and nothing else of it.
pub(crate) async fn begin_bare(
    session: &mut Session,
    turn_id: TurnId,
    started: Moment,
) -> Result<(), RecordError> {
    configure::apply(session)?;
    session.usage.turn = codex_protocol::TokenUsage::default();
    let trigger = session.request_facts.turn_trigger.clone();
    session.recorder.record(&RolloutItem::EventMsg(Box::new(EventMsg::TaskStarted {
        turn_attribution: TurnAttribution {
            turn_id,
            turn_trigger: trigger,
            parent_turn_id: session.lineage.map(|lineage| lineage.asked_by.turn_id),
            initiating_agent_path: None,
            root_turn_id: session.root_turn(turn_id),
        },
        turn_id,
        root_turn_id: session.root_turn(turn_id),
        started_at: started.unix_s(),
        model_context_window: session.settings.context_window,
        collaboration_mode_kind: session.settings.collaboration.as_str(),
    })))?;
    session.emitter.emit(Event::TurnStarted { turn_id }).await;
    Ok(())
}

/// Records what changed around a turn that began. Shows nothing but warnings and the person's own words.
pub(crate) async fn begin(
    session: &mut Session,
    turn_id: TurnId,
    input: Vec<UserInput>,
) -> Result<(), RecordError> {
    let catalog = skills::catalog(session).await;
    let (world, mut warnings) = world(session, &catalog);
    if session.known_world.is_none() {
        warnings.extend(catalog.errors.iter().map(|error| format!("A skill was left out: {error}")));
    }
    for message in warnings {
        session.emitter.emit(Event::Warning { message }).await;
    }
    let update = world.update(session.known_world.as_ref());
    record_context(session, turn_id, update)?;
    let steer = person_says(session, turn_id, input, Some(catalog)).await?;
    for item in steer.response_items {
        session.record_history(turn_id, item)?;
    }
    session.record_item(turn_id, &steer.item)?;
    session.emitter.emit(Event::ItemCompleted { turn_id, item: steer.item }).await;
    Ok(())
}

/// What a person says, in the model's form and in people's, with the skills it names. Nothing is recorded yet.
pub(crate) async fn person_says(
    session: &Session,
    turn_id: TurnId,
    input: Vec<UserInput>,
    known: Option<Catalog>,
) -> Result<Steer, RecordError> {
    let told = user_input::parts(&input, session.settings.model.supports_image_detail_original).await;
    let catalog = match known {
        Some(known) => known,
        None if skills::may_name(&input) => skills::catalog(session).await,
        None => Catalog::default(),
    };
    let (named, unread) = skills::named(session, turn_id, &catalog, &input)?;
    for message in told.warnings.into_iter().chain(unread) {
        session.emitter.emit(Event::Warning { message }).await;
    }
    let mut response_items = vec![session.client_message(turn_id, Role::User, &told.parts)?];
    response_items.extend(named);
    let id = ItemId::new(Uuid::now_v7().to_string());
    Ok(Steer { response_items, item: TurnItem::UserMessage(UserMessageItem { id, content: input }) })
}

/// The surroundings as they are now, and what is to be said about reading them.
pub(crate) fn world(session: &Session, catalog: &Catalog) -> (World, Vec<String>) {
    let (config, settings) = (&*session.config, &session.settings);
    let cwd = &settings.cwd;
    let found = instruction_files(config, settings);
    let profile = ProfileView::new(&settings.policy, cwd);
    let clock = config.include.environment_context_time.then(Clock::now);
    let world = World {
        developer_instructions: config.developer_instructions.clone().filter(|text| !text.trim().is_empty()),
        skills: match config.skills.include_instructions {
            true => skill_list::list(&catalog.skills, config.skills.max_context_tokens),
            false => None,
        },
        permissions: config.include.permissions_instructions.then(|| {
            permissions::instructions(
                &settings.policy,
                settings.approval,
                permissions::Network::of(&session.config),
            )
        }),
        collaboration: config.include.collaboration_mode_instructions.then_some(settings.collaboration),
        questions: questions(config),
        agents_md: found.text,
        environment: Environment::new(cwd, &session.shell, clock, profile.to_xml()),
        tell_environment: config.include.environment_context,
        model: settings.model.slug.clone(),
        cwd: cwd.clone(),
    };
    (world, found.warnings)
}

/// The AGENTS.md files of the working folder.
pub(crate) fn instruction_files(config: &Config, settings: &Settings) -> Found {
    agents_md::find(&Search {
        home: &config.codex_home,
        project_root: &config.project.root,
        cwd: &settings.cwd,
        fallback_names: &config.project_doc_fallback_filenames,
        project_bytes_max: config.project_doc_max_bytes,
    })
}

fn record_context(session: &mut Session, turn_id: TurnId, update: ContextUpdate) -> Result<(), RecordError> {
    for message in update.messages {
        let parts: Vec<(&str, ContentPart)> =
            message.parts.into_iter().map(|(kind, text)| (kind, ContentPart::InputText { text })).collect();
        session.record_message(turn_id, message.role, &parts)?;
    }
    let mut lines = Vec::with_capacity(3);
    if let Some(state) = update.world_state {
        lines.push(RolloutItem::WorldState(state));
    }
    lines.push(RolloutItem::TurnContext(Box::new(turn_context(session, turn_id))));
    if !session.settings_recorded {
        lines.push(RolloutItem::EventMsg(Box::new(EventMsg::ThreadSettingsApplied {
            thread_id: session.thread_id,
            thread_settings: thread_settings(session),
        })));
    }
    session.recorder.record_all(&lines)?;
    session.settings_recorded = true;
    session.known_world = Some(update.known);
    Ok(())
}

pub(crate) fn turn_context(session: &Session, turn_id: TurnId) -> TurnContext {
    let settings = &session.settings;
    let profile = ProfileView::new(&settings.policy, &settings.cwd);
    TurnContext {
        turn_id: Some(turn_id),
        root_turn_id: Some(session.root_turn(turn_id)),
        disabled_plugin_ids: Vec::new(),
        cwd: settings.cwd.clone(),
        approval_policy: settings.approval,
        approvals_reviewer: Some(session.reviewer_in_force().as_str().to_owned()),
        permission_profile: profile.to_json(),
        active_permission_profile: profile.active_json(),
        model: settings.model.slug.clone(),
        comp_hash: settings.model.comp_hash.clone(),
        collaboration_mode: collaboration_mode(settings),
        multi_agent_version: Some("disabled".to_owned()),
        realtime_active: false,
        effort: settings.effort_asked.clone(),
        summary: Some(settings.summary.clone()),
        sandbox_policy: settings.policy.clone(),
        file_system_sandbox_policy: profile.file_system_json(),
    }
}

fn collaboration_mode(settings: &Settings) -> Value {
    json!({
        "mode": settings.collaboration,
        "settings": {
            "model": settings.model.slug,
            "reasoning_effort": settings.effort_asked,
            "developer_instructions": collaboration::instructions(settings.collaboration),
        },
    })
}

pub(crate) fn thread_settings(session: &Session) -> Value {
    let settings = &session.settings;
    let profile = ProfileView::new(&settings.policy, &settings.cwd);
    let mut value = json!({
        "model": settings.model.slug,
        "model_provider_id": session.client.provider().id,
        "approval_policy": settings.approval,
        "approvals_reviewer": session.reviewer_in_force(),
        "requested_approvals_reviewer": settings.reviewer,
        "permission_profile": profile.to_json(),
        "cwd": settings.cwd,
        "runtime_workspace_roots": profile.roots(),
        "collaboration_mode": collaboration_mode(settings),
        "disabled_plugin_ids": [],
    });
    let active = profile.active_json();
    if let (Value::Object(value), false) = (&mut value, active.is_null()) {
        value.insert("active_permission_profile".to_owned(), active);
    }
    value
}
