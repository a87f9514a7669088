//! What the model has been told about its surroundings, and what it must be told now (`rollouts.md §4, §7`).
//! Pure: a snapshot of the present against the `world_state` on disk gives messages and the next `world_state`.
//! Nothing earlier is ever edited; only differences are added.

use codex_protocol::{CollaborationMode, Role, WorldState};
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use super::agents_md::{self, News};
use codex_tools::Questions;

use super::collaboration;
use super::environment::Environment;
use super::skills;

/// What `content_item_kinds` calls the list of skills.
const SKILLS_KIND: &str = "host_skills.instructions";

/// The surroundings of one turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    /// `developer_instructions` of the config.
    pub(crate) developer_instructions: Option<String>,
    /// The list of skills; `None` when there are none or it is switched off.
    pub(crate) skills: Option<String>,
    /// The `<permissions instructions>` part; `None` when switched off.
    pub(crate) permissions: Option<String>,
    /// How person and model work together; `None` when the model is not told.
    pub(crate) collaboration: Option<CollaborationMode>,
    /// When the model may put questions to the person.
    pub(crate) questions: Questions,
    /// AGENTS.md text.
    pub(crate) agents_md: Option<String>,
    /// Where, when, what may be touched; told only when `tell_environment`.
    pub(crate) environment: Environment,
    /// `include_environment_context`.
    pub(crate) tell_environment: bool,
    /// Model slug.
    pub(crate) model: String,
    /// Working folder.
    pub(crate) cwd: std::path::PathBuf,
}

/// One message of context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContextMessage {
    /// `developer` or `user`.
    pub(crate) role: Role,
    /// Kind (`responses-wire.md §1.3 content_item_kinds`) and text of each part.
    pub(crate) parts: Vec<(&'static str, String)>,
}

/// What to add to the thread before the person's words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ContextUpdate {
    /// Messages in order.
    pub(crate) messages: Vec<ContextMessage>,
    /// The line to record; `None` when nothing changed.
    pub(crate) world_state: Option<WorldState>,
    /// What the model knows after these messages.
    pub(crate) known: Value,
}

impl World {
    /// What must be told to a model that knows `known` (`None`: nothing).
    pub(crate) fn update(&self, known: Option<&Value>) -> ContextUpdate {
        match known {
            None => self.full(),
            Some(known) => self.difference(known),
        }
    }

    fn full(&self) -> ContextUpdate {
        let mut developer = Vec::new();
        if let Some(text) = &self.developer_instructions {
            developer.push(("generic.developer_instructions", text.clone()));
        }
        if let Some(text) = &self.skills {
            developer.push((SKILLS_KIND, skills::block(Some(text))));
        }
        if let Some(text) = &self.permissions {
            developer.push(("permissions.instructions", text.clone()));
        }
        if let Some(mode @ CollaborationMode::Plan) = self.collaboration {
            developer.push(("collaboration_mode.instructions", collaboration::message(mode, self.questions)));
        }
        let mut user = Vec::new();
        if let Some(text) = &self.agents_md {
            user.push(("agents_md.instructions", agents_md::block(&self.cwd, text, News::First)));
        }
        if self.tell_environment {
            user.push(("environments.environment_context", self.environment.to_xml()));
        }
        let messages = [(Role::Developer, developer), (Role::User, user)]
            .into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(role, parts)| ContextMessage { role, parts })
            .collect();
        let state = self.state();
        ContextUpdate {
            messages,
            world_state: Some(WorldState { full: true, state: state.clone() }),
            known: state,
        }
    }

    fn difference(&self, known: &Value) -> ContextUpdate {
        let now = self.state();
        let mut messages = Vec::new();
        let mut message = |role, kind, text: String| {
            messages.push(ContextMessage { role, parts: vec![(kind, text)] });
        };
        if let Some(before) = known["model"].as_str().filter(|before| *before != self.model) {
            message(Role::Developer, "model_switch.instructions", model_switch(before, &self.model));
        }
        if now["agents_md"] != known["agents_md"] && now["agents_md"]["text"] != known["agents_md"]["text"] {
            let text = self.agents_md.as_deref().unwrap_or("(none: the instruction files are gone)");
            let news = if known["agents_md"]["text"].is_null() { News::First } else { News::Replaces };
            message(Role::User, "agents_md.instructions", agents_md::block(&self.cwd, text, news));
        }
        if let Some(text) = &self.developer_instructions
            && now["developer_instructions"] != known["developer_instructions"]
        {
            message(Role::Developer, "generic.developer_instructions", text.clone());
        }
        if now["host_skills"]["body"] != known["host_skills"]["body"] {
            message(Role::Developer, SKILLS_KIND, skills::block(self.skills.as_deref()));
        }
        if let Some(text) = &self.permissions
            && now["permissions"]["instructions"] != known["permissions"]["instructions"]
        {
            message(Role::Developer, "permissions.instructions", text.clone());
        }
        let mode_known = known["collaboration_mode"]["mode"].as_str().unwrap_or("default");
        if let Some(mode) = self.collaboration.filter(|mode| mode.as_str() != mode_known) {
            message(
                Role::Developer,
                "collaboration_mode.instructions",
                collaboration::message(mode, self.questions),
            );
        }
        if self.tell_environment && now["environments"] != known["environments"] {
            let text = self.environment.to_xml_after(&known["environments"]);
            message(Role::User, "environments.environment_context", text);
        }
        let patch = merge_patch(known, &now);
        let mut merged = known.clone();
        if let Some(patch) = &patch {
            apply_patch(&mut merged, patch);
        }
        ContextUpdate {
            messages,
            world_state: patch.map(|state| WorldState { full: false, state }),
            known: merged,
        }
    }

    /// The parts of `world_state` this version owns. Long texts are held as digests.
    fn state(&self) -> Value {
        let mut agents_md = Map::new();
        if let Some(text) = &self.agents_md {
            agents_md.insert("directory".to_owned(), json!(self.cwd));
            agents_md.insert("text".to_owned(), json!(text));
        }
        let mode = self.collaboration.unwrap_or_default();
        let mut collaboration_mode = Map::new();
        collaboration_mode.insert("mode".to_owned(), json!(mode));
        if let Some(text) = collaboration::instructions(mode) {
            collaboration_mode.insert("instructions".to_owned(), json!(digest(text)));
        }
        let mut permissions = Map::new();
        if let Some(text) = &self.permissions {
            permissions.insert("instructions".to_owned(), json!(digest(text)));
        }
        permissions.insert("approved_command_prefixes".to_owned(), json!([]));
        let mut state = Map::new();
        state.insert("agents_md".to_owned(), Value::Object(agents_md));
        state.insert("collaboration_mode".to_owned(), Value::Object(collaboration_mode));
        if let Some(text) = &self.developer_instructions {
            state.insert("developer_instructions".to_owned(), json!(digest(text)));
        }
        state.insert("environments".to_owned(), self.environment.to_state());
        if let Some(text) = &self.skills {
            state.insert("host_skills".to_owned(), json!({ "body": text }));
        } else {
            state.insert("host_skills".to_owned(), json!({}));
        }
        state.insert("model".to_owned(), json!(self.model));
        state.insert("permissions".to_owned(), Value::Object(permissions));
        Value::Object(state)
    }
}

/// Tells a model that what stands above was not its own doing (`rollouts.md §7`).
fn model_switch(before: &str, now: &str) -> String {
    format!(
        "<model_switch>\nUp to here the model in this conversation was {before}; from here on it is {now}. Earlier \
         answers and tool calls are those of {before}, which may have had other tools. The instructions given so \
         far stay in force.\n</model_switch>"
    )
}

/// 40 hex digits, as `world_state` holds long texts.
fn digest(text: &str) -> String {
    Sha1::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The RFC 7396 patch that adds and changes `now`'s parts in `known`; parts only `known` has stay. Parts that
/// `now` owns and no longer has inside an owned object become null.
fn merge_patch(known: &Value, now: &Value) -> Option<Value> {
    let (Value::Object(known), Value::Object(now)) = (known, now) else { return None };
    let mut patch = Map::new();
    for (key, value) in now {
        match known.get(key) {
            Some(before) if before == value => {}
            Some(before @ Value::Object(fields)) if value.is_object() => {
                let mut inner = match merge_patch(before, value) {
                    Some(Value::Object(inner)) => inner,
                    _ => Map::new(),
                };
                for gone in fields.keys().filter(|field| value.get(field.as_str()).is_none()) {
                    inner.insert(gone.clone(), Value::Null);
                }
                patch.insert(key.clone(), Value::Object(inner));
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

fn apply_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            apply_patch(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
#[path = "world_tests.rs"]
mod tests;
