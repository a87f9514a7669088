//! Opening a thread: its state, its task, and the handle a front end gets.

use codex_protocol::{Event, Op, ResponseItem, TurnId, UserInput, limits};
use tokio::sync::mpsc;

use crate::error::{RecordError, StartError};
use crate::open::{Opened, open};
use crate::start::{Persistence, StartThread};
use crate::thread::actor;
use crate::thread::emitter::{Deltas, Emitter};
use crate::thread::handle::ThreadHandle;
use crate::turn::begin;
use crate::turn::run::Mailbox;

/// Opens a thread and starts its task. Call inside a tokio runtime.
///
/// # Errors
/// When the thread cannot be found, read or written, or the config does not fit it.
pub fn start_thread(start: StartThread) -> Result<ThreadHandle, StartError> {
    let (events_in, events) = mpsc::channel(limits::EVENT_QUEUE_MAX);
    let emitter = Emitter::new(events_in, start.deltas);
    let opened = open(start, emitter)?;
    let (ops, ops_out) = mpsc::channel::<Op>(limits::OP_QUEUE_MAX);
    let info = opened.info.clone();
    let task = tokio::spawn(async move {
        let Opened { session, info, warnings } = opened;
        session.emitter.emit(Event::ThreadStarted(Box::new(info))).await;
        for message in warnings {
            session.emitter.emit(Event::Warning { message }).await;
        }
        Box::pin(actor::run(session, Mailbox::new(ops_out))).await;
    });
    Ok(ThreadHandle::new(info, ops, events, task))
}

/// The items a first turn with this prompt would send, without base instructions; nothing is sent or saved
/// (`codex debug prompt-input`).
///
/// # Errors
/// As [`start_thread`].
pub async fn prompt_input(
    mut start: StartThread,
    prompt: Option<String>,
) -> Result<Vec<ResponseItem>, StartError> {
    start.persistence = Persistence::Ephemeral;
    start.deltas = Deltas::Unwanted;
    let (events_in, mut events) = mpsc::channel(limits::EVENT_QUEUE_MAX);
    let mut opened = open(start, Emitter::new(events_in, Deltas::Unwanted))?;
    let input = prompt.map(UserInput::text).into_iter().collect();
    let begun = {
        let begin = begin::begin(&mut opened.session, TurnId::new_v7(), input);
        tokio::pin!(begin);
        loop {
            tokio::select! {
                begun = &mut begin => break begun,
                Some(_) = events.recv() => {}
            }
        }
    };
    match begun {
        Ok(()) => Ok(opened.session.history.items().to_vec()),
        Err(RecordError::Rollout(error)) => Err(error.into()),
        Err(RecordError::Encode(error)) => Err(error.into()),
    }
}
