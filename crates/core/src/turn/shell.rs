//! A person's own commands: in a turn of their own when nothing else runs, beside the running turn otherwise. No
//! request is made; the model reads of them with the next one (`tools.md §3`, `app-server.md §5.6`).

use codex_protocol::{ContentPart, Event, Op, ResponseItem, Role, TurnId, TurnItem};
use codex_tools::{ToolCx, ToolProgress, run_user_command};
use tokio::task::JoinError;

use super::begin;
use super::end::Ending;
use super::input::TurnEnd;
use super::run::Mailbox;
use crate::error::RecordError;
use crate::thread::clock::Moment;
use crate::thread::session::Session;
use crate::thread::{aside, configure};

/// The kind of the message that tells of a command.
const MESSAGE_KIND: &str = "shell.user_command";

/// A command that ended: the turn it belongs to and what the model is told.
#[derive(Debug)]
pub(crate) struct ShellEnd {
    pub(crate) turn_id: TurnId,
    pub(crate) told: String,
}

impl Session {
    /// Starts a person's command. Its item is reported like a tool's; its end comes from `shells`.
    pub(crate) fn start_shell(&mut self, turn_id: TurnId, command: String) {
        let cx = ToolCx { cancel: self.shells_cancel.clone(), ..self.tool_cx(turn_id) };
        self.shells.spawn(async move { ShellEnd { turn_id, told: run_user_command(command, cx).await } });
    }

    /// Kills the person's commands. Each still ends and is told.
    pub(crate) fn stop_shells(&mut self) {
        self.shells_cancel.cancel();
        self.shells_cancel = tokio_util::sync::CancellationToken::new();
    }

    /// What the model is told of a command that ended.
    pub(crate) fn shell_message(&self, end: ShellEnd) -> Result<ResponseItem, RecordError> {
        let part = (MESSAGE_KIND, ContentPart::input_text(end.told));
        self.client_message(end.turn_id, Role::User, &[part])
    }
}

/// How a turn of commands goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing stops it.
    On,
    /// It was stopped.
    Stopped,
}

/// Runs a turn that is a person's command, and those started meanwhile.
pub(crate) async fn run_shell_turn(
    session: &mut Session,
    mailbox: &mut Mailbox,
    turn_id: TurnId,
    command: String,
) -> Result<Event, RecordError> {
    let started = Moment::now();
    begin::begin_bare(session, turn_id, started).await?;
    session.start_shell(turn_id, command);
    let mut way = Way::On;
    while !session.shells.is_empty() {
        tokio::select! {
            biased;
            op = mailbox.during_turn() => {
                if during(session, mailbox, turn_id, op).await == Way::Stopped {
                    way = Way::Stopped;
                }
            }
            Some(progress) = session.progress.1.recv() => report_progress(session, turn_id, progress).await?,
            Some(ended) = session.shells.join_next() => shell_ended(session, turn_id, ended).await?,
        }
    }
    let end = match way {
        Way::On => TurnEnd::Completed { last_agent_message: None },
        Way::Stopped => TurnEnd::Aborted,
    };
    session.end_turn(&Ending { turn_id, started, first_output: None }, &end)
}

/// A person's command ended: its reports come first, then what the model is told.
pub(crate) async fn shell_ended(
    session: &mut Session,
    turn_id: TurnId,
    ended: Result<ShellEnd, JoinError>,
) -> Result<(), RecordError> {
    while let Ok(progress) = session.progress.1.try_recv() {
        report_progress(session, turn_id, progress).await?;
    }
    match ended {
        Ok(end) => {
            let item = session.shell_message(end)?;
            session.record_history(turn_id, item)
        }
        Err(error) => {
            tracing::error!(%error, "a person's command ended without an outcome");
            Ok(())
        }
    }
}

/// An operation that comes while such a turn runs.
pub(crate) async fn during(session: &mut Session, mailbox: &mut Mailbox, turn_id: TurnId, op: Op) -> Way {
    match op {
        Op::Interrupt => {
            session.stop_shells();
            return Way::Stopped;
        }
        Op::Shutdown => {
            mailbox.put_first(op);
            session.stop_shells();
            return Way::Stopped;
        }
        Op::RunShell { command } => session.start_shell(turn_id, command),
        Op::Configure(change) => configure::configure(session, *change).await,
        op @ (Op::UserTurn { .. } | Op::Steer { .. } | Op::Compact | Op::Review { .. }) => mailbox.defer(op),
        op => aside::answer(session, op).await,
    }
    Way::On
}

/// What a person's command reports.
pub(crate) async fn report_progress(
    session: &mut Session,
    turn_id: TurnId,
    progress: ToolProgress,
) -> Result<(), RecordError> {
    match progress {
        ToolProgress::ItemStarted(item) => {
            session.items_started.insert(item.id().clone(), (turn_id, Moment::now()));
            session.emitter.emit(Event::ItemStarted { turn_id, item }).await;
        }
        ToolProgress::ItemCompleted(item) => completed(session, turn_id, item).await?,
        ToolProgress::OutputDelta { item_id, delta } => {
            session.emitter.emit(Event::CommandOutputDelta { item_id, delta }).await;
        }
        ToolProgress::Warning(message) => session.emitter.emit(Event::Warning { message }).await,
        ToolProgress::PlanUpdated { .. } => {}
    }
    Ok(())
}

/// An item keeps the turn it began in.
async fn completed(session: &mut Session, turn_id: TurnId, item: TurnItem) -> Result<(), RecordError> {
    let turn_id = session.items_started.get(item.id()).map_or(turn_id, |(turn_id, _)| *turn_id);
    session.record_item(turn_id, &item)?;
    session.emitter.emit(Event::ItemCompleted { turn_id, item }).await;
    Ok(())
}
