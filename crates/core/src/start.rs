//! Opening a thread: what a front end asks for, and the task it gets.

use std::ffi::OsString;
use std::sync::Arc;

use codex_config::Config;
use codex_protocol::{ApprovalPolicy, Event, Op, ResponseItem, ThreadId, TurnId, UserInput, limits};
use codex_responses::Tape;
use codex_rollout::ThreadRef;
use tokio::sync::mpsc;

use crate::error::{RecordError, StartError};
use crate::open::{Opened, open};
use crate::thread::actor;
use crate::thread::clock::Moment;
use crate::thread::emitter::{Deltas, Emitter};
use crate::thread::handle::ThreadHandle;
use crate::turn::begin;
use crate::turn::run::Mailbox;

/// What to open and for whom.
#[derive(Clone)]
pub struct StartThread {
    /// Settings.
    pub config: Arc<Config>,
    /// New, or from a saved thread.
    pub origin: ThreadOrigin,
    /// Whether the thread is saved.
    pub persistence: Persistence,
    /// Who asks.
    pub front_end: FrontEnd,
    /// `--thread-source`; `user` when absent.
    pub thread_source: Option<String>,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// The process environment.
    pub env: Vec<(OsString, OsString)>,
    /// Records requests and stream events.
    pub tape: Option<Arc<dyn Tape>>,
    /// Whether pieces of items in progress are shown.
    pub deltas: Deltas,
}

/// Where a thread comes from.
#[derive(Debug, Clone)]
pub enum ThreadOrigin {
    /// A new thread.
    New,
    /// Goes on with a saved thread.
    Resume(ThreadRef),
    /// A new thread that begins with a saved one's history.
    Fork(ThreadRef),
}

impl ThreadOrigin {
    /// Goes on with the thread of this id.
    pub fn resume(id: ThreadId) -> Self {
        Self::Resume(ThreadRef::Id(id))
    }

    /// Forks the thread of this id.
    pub fn fork(id: ThreadId) -> Self {
        Self::Fork(ThreadRef::Id(id))
    }
}

/// Whether a thread is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// To its rollout file.
    Saved,
    /// Nowhere: nothing of it remains.
    Ephemeral,
}

/// The program in front of the thread, as servers and files name it (`responses-wire.md §1.1`).
#[derive(Debug, Clone)]
pub struct FrontEnd {
    /// `codex_exec`, or what the environment overrides it with.
    pub originator: String,
    /// Last pair of the user agent.
    pub client_name: String,
    /// `session_meta.source`.
    pub source: String,
    /// `turn_trigger` of metadata and turn attribution.
    pub turn_trigger: Option<String>,
}

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
        actor::run(session, Mailbox::new(ops_out)).await;
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
        let begin = begin::begin(&mut opened.session, TurnId::new_v7(), Moment::now(), input);
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
