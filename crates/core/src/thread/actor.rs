//! The task that owns a thread: operations in, turns one after another, events out, and an orderly end.

use std::time::Duration;

use codex_protocol::{ErrorInfo, Event, Op, ReviewTarget, TurnError, TurnId};
use codex_tools::ToolProgress;
use serde_json::value::to_raw_value;
use tokio::task::JoinError;

use super::aside;
use super::clock::Moment;
use super::configure;
use super::rewind;
use super::session::Session;
use crate::error::RecordError;
use crate::review::turn::run_review;
use crate::turn::input::TurnEnd;
use crate::turn::request;
use crate::turn::run::{Mailbox, Task, run_turn};
use crate::turn::shell::{ShellEnd, run_shell_turn};

/// How long a closing thread waits for a list of models it has asked for.
const MODELS_WAIT_MAX: Duration = Duration::from_secs(1);

/// Runs until `Shutdown`, or until the handle is dropped.
pub(crate) async fn run(mut session: Session, mut mailbox: Mailbox) {
    session.models.refresh_in_background();
    request::preconnect(&session);
    loop {
        let op = tokio::select! {
            biased;
            Some(progress) = session.progress.1.recv() => {
                late_progress(&mut session, progress).await;
                continue;
            }
            Some(ended) = session.shells.join_next() => {
                late_shell(&mut session, ended).await;
                continue;
            }
            op = mailbox.next() => op,
        };
        match op {
            Op::UserTurn { input, output_schema } => {
                let output_schema = output_schema.and_then(|schema| to_raw_value(&schema).ok());
                turn(&mut session, &mut mailbox, Task::Answer { input, output_schema }).await;
            }
            Op::Steer { input } => {
                turn(&mut session, &mut mailbox, Task::Answer { input, output_schema: None }).await;
            }
            Op::Review { target } => review_turn(&mut session, &mut mailbox, target).await,
            Op::Compact => turn(&mut session, &mut mailbox, Task::Compact).await,
            // Nothing runs that could be stopped or waits for an answer.
            Op::Decide { .. } | Op::Answer { .. } => {}
            Op::Interrupt => session.stop_shells(),
            Op::Configure(change) => configure::configure(&mut session, *change).await,
            Op::RunShell { command } => shell_turn(&mut session, &mut mailbox, command).await,
            Op::Rewind { before } if session.shells.is_empty() => rewind::rewind(&mut session, before).await,
            Op::Shutdown => break,
            other => aside::answer(&mut session, other).await,
        }
    }
    shut_down(session).await;
}

async fn turn(session: &mut Session, mailbox: &mut Mailbox, task: Task) {
    let turn_id = TurnId::new_v7();
    let event = match Box::pin(run_turn(session, mailbox, turn_id, task)).await {
        Ok(TurnEnd::Completed { last_agent_message }) => {
            Event::TurnCompleted { turn_id, last_agent_message, usage: session.usage.thread }
        }
        Ok(TurnEnd::Failed(error)) => Event::TurnFailed { turn_id, error },
        Ok(TurnEnd::Aborted) => {
            Event::TurnAborted { turn_id, reason: codex_protocol::AbortReason::Interrupted }
        }
        Err(error) => Event::TurnFailed { turn_id, error: not_saved(&error) },
    };
    session.emitter.emit(event).await;
}

async fn shell_turn(session: &mut Session, mailbox: &mut Mailbox, command: String) {
    let turn_id = TurnId::new_v7();
    let event = match Box::pin(run_shell_turn(session, mailbox, turn_id, command)).await {
        Ok(event) => event,
        Err(error) => Event::TurnFailed { turn_id, error: not_saved(&error) },
    };
    session.emitter.emit(event).await;
}

async fn review_turn(session: &mut Session, mailbox: &mut Mailbox, target: ReviewTarget) {
    if let Some(part) = target.missing() {
        return aside::refused(session, format!("A review needs to know its {part}; it is empty.")).await;
    }
    let turn_id = TurnId::new_v7();
    let event = match Box::pin(run_review(session, mailbox, turn_id, target)).await {
        Ok(event) => event,
        Err(error) => Event::TurnFailed { turn_id, error: not_saved(&error) },
    };
    session.emitter.emit(event).await;
}

/// A person's command that outlived the turn it was started in.
async fn late_shell(session: &mut Session, ended: Result<ShellEnd, JoinError>) {
    while let Ok(progress) = session.progress.1.try_recv() {
        late_progress(session, progress).await;
    }
    let Ok(end) = ended else { return };
    let turn_id = end.turn_id;
    let told = session.shell_message(end).and_then(|item| session.record_history(turn_id, item));
    if let Err(error) = told {
        session.emitter.emit(Event::Warning { message: not_saved(&error).message }).await;
    }
}

/// What could not be saved must not go on as if it had been.
fn not_saved(error: &RecordError) -> TurnError {
    let mut message = format!("The thread could not be saved: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    let hint = match error {
        RecordError::Rollout(error) => error.hint(),
        RecordError::Encode(_) => None,
    };
    TurnError { message, codex_error_info: ErrorInfo::Other, hint }
}

/// Reports of commands that outlived their turn.
async fn late_progress(session: &mut Session, progress: ToolProgress) {
    match progress {
        ToolProgress::ItemCompleted(item) => {
            let turn_id =
                session.items_started.get(item.id()).map_or_else(TurnId::new_v7, |(turn_id, _)| *turn_id);
            match session.record_item(turn_id, &item) {
                Ok(()) => session.emitter.emit(Event::ItemCompleted { turn_id, item }).await,
                Err(error) => {
                    let message = not_saved(&error).message;
                    session.emitter.emit(Event::Warning { message }).await;
                }
            }
        }
        ToolProgress::ItemStarted(item) => {
            let turn_id = TurnId::new_v7();
            session.items_started.insert(item.id().clone(), (turn_id, Moment::now()));
            session.emitter.emit(Event::ItemStarted { turn_id, item }).await;
        }
        ToolProgress::OutputDelta { item_id, delta } => {
            session.emitter.emit(Event::CommandOutputDelta { item_id, delta }).await;
        }
        ToolProgress::Warning(message) => session.emitter.emit(Event::Warning { message }).await,
        ToolProgress::PlanUpdated { .. } => {}
    }
}

/// Kills what still runs, keeps what it had to say, and closes the file.
pub(crate) async fn shut_down(mut session: Session) {
    std::mem::take(&mut session.desk).close().await;
    let tools = std::sync::Arc::clone(&session.tools);
    let mut stopping = Box::pin(tools.shutdown());
    loop {
        tokio::select! {
            biased;
            Some(progress) = session.progress.1.recv() => late_progress(&mut session, progress).await,
            () = &mut stopping => break,
        }
    }
    while let Ok(progress) = session.progress.1.try_recv() {
        late_progress(&mut session, progress).await;
    }
    session.models.settle(MODELS_WAIT_MAX).await;
    session.emitter.emit(Event::ThreadClosed).await;
}
