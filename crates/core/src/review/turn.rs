//! The turn of a review: a child thread does the work, the outer thread keeps what came of it (`exec.md §9`).
//! Invariants: the outer file says where the review began and how it ended, also when it was stopped; of the
//! reviewer's own messages nothing is shown but the review.

use codex_protocol::{
    AgentMessageItem, AgentMessagePart, ApprovalPolicy, ContentPart, EnteredReviewModeItem, Event,
    ExitedReviewModeItem, ItemId, ItemPrefix, Op, ReviewOutput, ReviewTarget, Role, TurnError, TurnId,
    TurnItem, UserInput, limits,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{prompt, report};
use crate::child::limits::Reach;
use crate::child::lineage::ChildKind;
use crate::child::open::{ChildPlan, ProjectWords};
use crate::error::RecordError;
use crate::thread::clock::Moment;
use crate::thread::session::Session;
use crate::turn::begin;
use crate::turn::end::Ending;
use crate::turn::input::TurnEnd;
use crate::turn::run::{Mailbox, Task};
use crate::turn::shell::{Way, during, report_progress, shell_ended};

/// The kind of both messages that tell the model of a review.
const MESSAGE_KIND: &str = "unknown";

type Ended = Result<TurnEnd, RecordError>;

/// Runs a review from its first line to its last.
pub(crate) async fn run_review(
    session: &mut Session,
    mailbox: &mut Mailbox,
    turn_id: TurnId,
    target: ReviewTarget,
) -> Result<Event, RecordError> {
    let started = Moment::now();
    begin::begin_bare(session, turn_id, started).await?;
    let entered = TurnItem::EnteredReviewMode(EnteredReviewModeItem {
        id: new_id(),
        user_facing_hint: target.hint(),
        target: target.clone(),
    });
    show(session, turn_id, entered).await?;
    let ended = reviewed(session, mailbox, turn_id, &target).await?;
    let (output, end) = match ended {
        Ok(TurnEnd::Completed { last_agent_message }) => {
            let output = last_agent_message.as_deref().and_then(report::read_output);
            let text = output.as_ref().map_or_else(|| report::UNFINISHED.to_owned(), report::text);
            (output, TurnEnd::Completed { last_agent_message: Some(text) })
        }
        Ok(end) => (None, end),
        Err(error) => return Err(error),
    };
    leave(session, turn_id, &target, output, &end).await?;
    session.end_turn(&Ending { turn_id, started, first_output: None }, &end)
}

/// Lets a child thread review, and passes on what a person wants to see of it.
async fn reviewed(
    session: &mut Session,
    mailbox: &mut Mailbox,
    turn_id: TurnId,
    target: &ReviewTarget,
) -> Result<Ended, RecordError> {
    let plan = ChildPlan {
        kind: ChildKind::Review,
        instructions: prompt::RUBRIC.to_owned(),
        model: session.config.review_model.clone(),
        effort: None,
        reach: match session.settings.approval {
            // A person who wants to see every command is not asked by the reviewer.
            ApprovalPolicy::Untrusted => Reach::ReadOnly,
            _ => Reach::AsParent,
        },
        project_words: ProjectWords::Told,
    };
    let asking = session.asking(turn_id);
    let mut child = match session.open_child(plan, asking) {
        Ok(child) => child,
        Err(error) => {
            let (message, hint) = (format!("The review could not begin: {error}"), error.hint());
            let codex_error_info = codex_protocol::ErrorInfo::Other;
            return Ok(Ok(TurnEnd::Failed(TurnError { message, codex_error_info, hint })));
        }
    };
    let task = Task::Answer { input: vec![UserInput::text(prompt::task(target))], output_schema: None };
    let (heard, mut events) = mpsc::channel(limits::EVENT_QUEUE_MAX);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    // Dropping the set ends the child with its parent's turn.
    let mut running: JoinSet<Ended> = JoinSet::new();
    running.spawn(async move {
        let ended = child.turn(asking, task, &heard, &stop).await;
        Box::pin(child.close()).await;
        ended
    });
    let ended = loop {
        tokio::select! {
            biased;
            op = mailbox.during_turn() => match op {
                Op::UserTurn { .. } | Op::Steer { .. } | Op::Compact | Op::Review { .. } => mailbox.defer(op),
                op => if during(session, mailbox, turn_id, op).await == Way::Stopped {
                    cancel.cancel();
                },
            },
            Some(progress) = session.progress.1.recv() => report_progress(session, turn_id, progress).await?,
            Some(ended) = session.shells.join_next() => shell_ended(session, turn_id, ended).await?,
            Some(event) = events.recv() => pass_on(session, turn_id, event).await,
            Some(ended) = running.join_next() => break ended,
        }
    };
    while let Ok(event) = events.try_recv() {
        pass_on(session, turn_id, event).await;
    }
    Ok(ended.unwrap_or_else(|error| {
        tracing::error!(%error, "a review ended without an outcome");
        Ok(TurnEnd::Failed(TurnError {
            message: "The review ended without an outcome.".to_owned(),
            codex_error_info: codex_protocol::ErrorInfo::Other,
            hint: None,
        }))
    }))
}

/// What a person sees of the reviewer: its work, not its words.
async fn pass_on(session: &mut Session, turn_id: TurnId, event: Event) {
    let shown = |item: &TurnItem| match item {
        TurnItem::CommandExecution(_)
        | TurnItem::Reasoning(_)
        | TurnItem::ImageView(_)
        | TurnItem::FileChange(_)
        | TurnItem::WebSearch(_) => true,
        TurnItem::UserMessage(_)
        | TurnItem::AgentMessage(_)
        | TurnItem::ContextCompaction(_)
        | TurnItem::Plan(_)
        | TurnItem::EnteredReviewMode(_)
        | TurnItem::ExitedReviewMode(_) => false,
    };
    let event = match event {
        Event::ItemStarted { item, .. } if shown(&item) => Event::ItemStarted { turn_id, item },
        Event::ItemCompleted { item, .. } if shown(&item) => Event::ItemCompleted { turn_id, item },
        Event::RateLimits(buckets) => {
            for bucket in &buckets {
                session.limits_reported(bucket.clone());
            }
            Event::RateLimits(session.usage.rate_limits.clone())
        }
        event @ (Event::ReasoningDelta { .. }
        | Event::CommandOutputDelta { .. }
        | Event::Warning { .. }
        | Event::Reconnecting { .. }) => event,
        _ => return,
    };
    session.emitter.emit(event).await;
}

/// Records and shows what came of the review.
async fn leave(
    session: &mut Session,
    turn_id: TurnId,
    target: &ReviewTarget,
    output: Option<ReviewOutput>,
    end: &TurnEnd,
) -> Result<(), RecordError> {
    let told = ContentPart::input_text(report::told(target, output.as_ref()));
    session.record_message(turn_id, Role::User, &[(MESSAGE_KIND, told)])?;
    let exited = ExitedReviewModeItem { id: new_id(), review_output: output };
    show(session, turn_id, TurnItem::ExitedReviewMode(exited)).await?;
    let text = match end {
        TurnEnd::Completed { last_agent_message: Some(text) } => text.clone(),
        TurnEnd::Completed { last_agent_message: None } | TurnEnd::Failed(_) => report::UNFINISHED.to_owned(),
        TurnEnd::Aborted => return session.record_aborted_marker(turn_id),
    };
    let id = ItemId::new_v7(ItemPrefix::Message);
    let said = ContentPart::OutputText { text: text.clone() };
    session.record_said(turn_id, &id, &[(MESSAGE_KIND, said)])?;
    let content = vec![AgentMessagePart::Text { text }];
    show(session, turn_id, TurnItem::AgentMessage(AgentMessageItem { id, content, phase: None })).await
}

/// Records an item that is done as soon as it is there, and shows it.
async fn show(session: &mut Session, turn_id: TurnId, item: TurnItem) -> Result<(), RecordError> {
    session.emitter.emit(Event::ItemStarted { turn_id, item: item.clone() }).await;
    session.record_item(turn_id, &item)?;
    session.emitter.emit(Event::ItemCompleted { turn_id, item }).await;
    Ok(())
}

fn new_id() -> ItemId {
    ItemId::new(Uuid::now_v7().to_string())
}
