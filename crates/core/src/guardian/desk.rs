//! The desk where questions wait for the reviewer: one reviewer thread for a session, one question after another.
//! Invariants: nothing of it exists before the first question; without a readable yes in time the answer is no; a
//! reviewer that is dropped stops.

use std::collections::VecDeque;
use std::time::Duration;

use codex_model_provider::ModelCatalog;
use codex_protocol::{
    Approval, ApprovalId, ApprovalReview, CallId, ContentPart, ReviewVerdict, Role, TurnId, UserInput,
};
use serde_json::value::to_raw_value;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::message::{self, Case};
use super::transcript::{self, Seen};
use super::{action, answer};
use crate::child::limits::Reach;
use crate::child::lineage::{AskingTurn, ChildKind};
use crate::child::open::{ChildPlan, ProjectWords};
use crate::child::runner::Child;
use crate::thread::session::Session;
use crate::turn::input::TurnEnd;
use crate::turn::run::Task;

/// The reviewer's own model, where the service has it.
const REVIEWER_MODEL: &str = "codex-auto-review";
const REVIEWER_EFFORT: &str = "low";
/// How often an answer that cannot be read is asked for.
const ATTEMPTS_MAX: usize = 3;

/// A session's reviewer, and the questions that wait for it.
#[derive(Default)]
pub(crate) struct Desk {
    reviewer: Option<Reviewer>,
    waiting: VecDeque<(Approval, TurnId)>,
    current: Option<(ApprovalId, CallId)>,
    running: JoinSet<Done>,
    cancel: CancellationToken,
}

/// The reviewer thread between two questions.
struct Reviewer {
    child: Child,
    seen: Seen,
    reviews: usize,
}

/// The end of one review.
pub(crate) struct Done {
    reviewer: Option<Reviewer>,
    review: ApprovalReview,
}

impl Desk {
    /// The next review that ends; waits for ever when none runs. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Done, JoinError> {
        match self.running.join_next().await {
            Some(done) => done,
            None => std::future::pending().await,
        }
    }

    /// Stops the review that runs and forgets those that wait.
    pub(crate) fn stop(&mut self) {
        self.waiting.clear();
        self.cancel.cancel();
        self.cancel = CancellationToken::new();
    }

    /// Ends the reviewer thread.
    pub(crate) async fn close(mut self) {
        self.stop();
        let mut reviewer = self.reviewer.take();
        while let Some(done) = self.running.join_next().await {
            reviewer = done.ok().and_then(|done| done.reviewer).or(reviewer);
        }
        if let Some(reviewer) = reviewer {
            Box::pin(reviewer.child.close()).await;
        }
    }
}

impl Session {
    /// Puts a question to the reviewer.
    pub(crate) fn ask_reviewer(&mut self, turn_id: TurnId, approval: Approval) -> Option<ApprovalReview> {
        self.desk.waiting.push_back((approval, turn_id));
        self.next_review()
    }

    /// A review ended: the next one begins. Besides the one that ended, one that could not begin is given.
    pub(crate) fn reviewed(&mut self, done: Result<Done, JoinError>) -> Vec<ApprovalReview> {
        let current = self.desk.current.take();
        let mut ended = Vec::new();
        match (done, current) {
            (Ok(done), _) => {
                self.desk.reviewer = done.reviewer;
                ended.push(done.review);
            }
            (Err(error), Some((id, call_id))) => {
                tracing::error!(%error, "a review of an approval ended without an outcome");
                let rationale = "the review ended without an outcome".to_owned();
                ended.push(ApprovalReview { id, call_id, verdict: ReviewVerdict::Failed, rationale });
            }
            (Err(_), None) => {}
        }
        ended.extend(self.next_review());
        ended
    }

    fn next_review(&mut self) -> Option<ApprovalReview> {
        if self.desk.current.is_some() {
            return None;
        }
        let (approval, turn_id) = self.desk.waiting.pop_front()?;
        let (id, call_id) = (approval.id.clone(), approval.call_id.clone());
        match self.begin_review(turn_id, &approval) {
            Ok(()) => {
                self.desk.current = Some((id, call_id));
                None
            }
            Err(rationale) => Some(ApprovalReview { id, call_id, verdict: ReviewVerdict::Failed, rationale }),
        }
    }

    fn begin_review(&mut self, turn_id: TurnId, approval: &Approval) -> Result<(), String> {
        let history = self.history.items();
        let action = action::describe(approval, history, &self.settings.cwd)?;
        let asked_by = self.asking(turn_id);
        let mut reviewer = match self.desk.reviewer.take() {
            Some(reviewer) => reviewer,
            None => Reviewer { child: self.open_reviewer(asked_by)?, seen: Seen::default(), reviews: 0 },
        };
        let excerpt = transcript::excerpt(self.history.items(), &reviewer.seen);
        let question = message::question(&Case {
            parent: self.thread_id,
            excerpt: &excerpt,
            policy: &self.settings.policy,
            approval: self.settings.approval,
            cwd: &self.settings.cwd,
            action: &action,
        });
        reviewer.seen = excerpt.seen;
        reviewer.reviews += 1;
        let job = Job {
            id: approval.id.clone(),
            call_id: approval.call_id.clone(),
            question,
            action,
            asked_by,
            limit: self.config.auto_review.timeout,
            cancel: self.desk.cancel.clone(),
        };
        self.desk.running.spawn(job.run(reviewer));
        Ok(())
    }

    fn open_reviewer(&self, asked_by: AskingTurn) -> Result<Child, String> {
        let plan = ChildPlan {
            kind: ChildKind::Guardian,
            instructions: message::instructions(self.config.auto_review.policy.as_deref()),
            model: self.reviewer_model(&self.models.catalog()),
            effort: Some(REVIEWER_EFFORT.to_owned()),
            reach: Reach::ReadOnly,
            project_words: ProjectWords::Withheld,
        };
        self.open_child(plan, asked_by).map_err(|error| format!("the reviewer could not be started: {error}"))
    }

    fn reviewer_model(&self, catalog: &ModelCatalog) -> Option<String> {
        let offered =
            self.client.provider().is_chatgpt_backend() && !catalog.model_info(REVIEWER_MODEL).is_fallback();
        offered.then(|| REVIEWER_MODEL.to_owned())
    }
}

/// One question on its way through the reviewer.
struct Job {
    id: ApprovalId,
    call_id: CallId,
    question: Vec<UserInput>,
    action: String,
    asked_by: AskingTurn,
    limit: Duration,
    cancel: CancellationToken,
}

/// How the reviewer's turns ended.
enum Ended {
    Answered(answer::Answered),
    Stopped,
    Failed(String),
}

impl Job {
    async fn run(self, mut reviewer: Reviewer) -> Done {
        let stop = self.cancel.child_token();
        let (verdict, rationale) = {
            let turns = self.turns(&mut reviewer, &stop);
            tokio::pin!(turns);
            let ended = match tokio::time::timeout(self.limit, &mut turns).await {
                Ok(ended) => Some(ended),
                Err(_) => {
                    stop.cancel();
                    turns.await;
                    None
                }
            };
            match ended {
                Some(Ended::Answered(answered)) => (answered.verdict, answered.rationale),
                Some(Ended::Stopped) => (ReviewVerdict::Aborted, "it was stopped".to_owned()),
                Some(Ended::Failed(why)) => (ReviewVerdict::Failed, why),
                None => (
                    ReviewVerdict::TimedOut,
                    format!("the reviewer did not answer within {} seconds", self.limit.as_secs_f64()),
                ),
            }
        };
        let review = ApprovalReview { id: self.id, call_id: self.call_id, verdict, rationale };
        Done { reviewer: Some(reviewer), review }
    }

    async fn turns(&self, reviewer: &mut Reviewer, stop: &CancellationToken) -> Ended {
        if reviewer.reviews == 2 {
            let reminder = (message::REMINDER_KIND, ContentPart::input_text(message::REMINDER));
            let told =
                reviewer.child.session().record_message(self.asked_by.turn_id, Role::Developer, &[reminder]);
            if let Err(error) = told {
                return Ended::Failed(format!("the review could not be saved: {error}"));
            }
        }
        // Nobody watches the reviewer at work; its thread keeps it.
        let (heard, _) = mpsc::channel(1);
        for attempt in 1..=ATTEMPTS_MAX {
            let input = if attempt == 1 { self.question.clone() } else { message::again(&self.action) };
            let task = Task::Answer { input, output_schema: to_raw_value(&answer::schema()).ok() };
            match Box::pin(reviewer.child.turn(self.asked_by, task, &heard, stop)).await {
                Ok(TurnEnd::Completed { last_agent_message }) => {
                    if let Some(answered) = last_agent_message.as_deref().and_then(answer::read) {
                        return Ended::Answered(answered);
                    }
                }
                Ok(TurnEnd::Failed(error)) => return Ended::Failed(error.message),
                Ok(TurnEnd::Aborted) => return Ended::Stopped,
                Err(error) => return Ended::Failed(format!("the review could not be saved: {error}")),
            }
        }
        Ended::Failed("the reviewer's answer could not be read".to_owned())
    }
}
