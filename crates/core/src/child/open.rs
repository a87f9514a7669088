//! Opening a child thread: its settings come from the parent as it stands now, narrowed by what the child is for.
//! Invariant: nothing a child may do is forbidden to its parent (`threats.md` 33); nobody is asked anything by it.

use std::sync::Arc;

use codex_config::{Config, WebSearchMode};
use codex_protocol::{ApprovalPolicy, ApprovalsReviewer, Op, TurnId, limits};
use tokio::sync::mpsc;

use super::limits::{Reach, narrowed};
use super::lineage::{AskingTurn, ChildKind, Lineage};
use super::runner::Child;
use crate::error::StartError;
use crate::open::{Family, open_child};
use crate::start::{Persistence, StartThread, ThreadOrigin};
use crate::thread::emitter::{Deltas, Emitter};
use crate::thread::session::Session;
use crate::turn::run::Mailbox;

/// What a child thread is to be.
pub(crate) struct ChildPlan {
    /// What it is for.
    pub(crate) kind: ChildKind,
    /// Its base instructions.
    pub(crate) instructions: String,
    /// Its model; `None`: the parent's.
    pub(crate) model: Option<String>,
    /// Its reasoning effort; `None`: the parent's where the model is the same, else the model's own.
    pub(crate) effort: Option<String>,
    /// What it may touch.
    pub(crate) reach: Reach,
    /// Whether it reads the project's own instructions and the list of skills.
    pub(crate) project_words: ProjectWords,
}

/// See [`ChildPlan::project_words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProjectWords {
    /// It does.
    Told,
    /// What a repository says must not sway it.
    Withheld,
}

impl Session {
    /// The turn at the root of the agent tree.
    pub(crate) fn root_turn(&self, turn_id: TurnId) -> TurnId {
        self.lineage.map_or(turn_id, |lineage| lineage.asked_by.root_turn_id)
    }

    /// Who answers questions under the present policy.
    pub(crate) fn reviewer_in_force(&self) -> ApprovalsReviewer {
        match self.settings.reviewer.reviews_under(self.settings.approval) {
            true => ApprovalsReviewer::AutoReview,
            false => ApprovalsReviewer::User,
        }
    }

    /// A turn of this thread as its children name it.
    pub(crate) fn asking(&self, turn_id: TurnId) -> AskingTurn {
        AskingTurn { turn_id, root_turn_id: self.root_turn(turn_id) }
    }

    /// Opens a child thread. Its file appears with its first turn.
    ///
    /// # Errors
    /// As opening any thread.
    pub(crate) fn open_child(&self, plan: ChildPlan, asked_by: AskingTurn) -> Result<Child, StartError> {
        let wants = if self.emitter.wants_deltas() { Deltas::Wanted } else { Deltas::Unwanted };
        let (events_in, events) = mpsc::channel(limits::EVENT_QUEUE_MAX);
        let lineage = Lineage {
            kind: plan.kind,
            parent_thread_id: self.thread_id,
            session_id: self.session_id,
            asked_by,
        };
        let family = Family {
            lineage,
            policy: narrowed(&self.settings.policy, plan.reach),
            models: self.models.clone(),
        };
        let start = StartThread {
            config: Arc::new(self.child_config(plan)),
            origin: ThreadOrigin::New,
            persistence: match self.recorder.path() {
                Some(_) => Persistence::Saved,
                None => Persistence::Ephemeral,
            },
            front_end: self.front_end.clone(),
            thread_source: Some(lineage.thread_source().to_owned()),
            approval: ApprovalPolicy::Never,
            // Its requests go through the provider of this thread, with whatever login that has.
            login: None,
            env: self.env.clone(),
            tape: self.tape.clone(),
            deltas: wants,
        };
        let session = open_child(start, family, Emitter::new(events_in, wants))?.session;
        let (ops, ops_out) = mpsc::channel::<Op>(limits::OP_QUEUE_MAX);
        Ok(Child::new(session, Mailbox::new(ops_out), ops, events))
    }

    fn child_config(&self, plan: ChildPlan) -> Config {
        let settings = &self.settings;
        let mut config = Config::clone(&self.config);
        let other_model = plan.model.as_ref().is_some_and(|model| *model != settings.model.slug);
        config.cwd.clone_from(&settings.cwd);
        config.model = Some(plan.model.unwrap_or_else(|| settings.model.slug.clone()));
        config.model_reasoning_effort = match (plan.effort, other_model) {
            (Some(effort), _) => Some(effort),
            (None, false) => settings.effort_asked.clone(),
            (None, true) => None,
        };
        config.model_instructions = Some(plan.instructions);
        config.web_search = Some(WebSearchMode::Disabled);
        config.include.collaboration_mode_instructions = false;
        if plan.project_words == ProjectWords::Withheld {
            config.developer_instructions = None;
            config.project_doc_max_bytes = 0;
            config.skills.include_instructions = false;
        }
        config
    }
}
