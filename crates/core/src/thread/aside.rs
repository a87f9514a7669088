//! Operations that are no turn: names, reports, changed settings. They are answered at once, also while a turn runs.
//! Invariant: each is answered by exactly one event; a refusal changes nothing.

use codex_protocol::{Event, Op};
use codex_rollout::ThreadStore;

use super::session::Session;
use crate::context::report;

/// Names the thread.
pub(crate) async fn rename(session: &mut Session, name: String) {
    let name = name.trim().to_owned();
    if session.recorder.path().is_none() {
        return refused(session, "A thread that is not saved cannot be named.".to_owned()).await;
    }
    let store = ThreadStore::new(&session.config.codex_home);
    match store.set_name(session.thread_id, &name) {
        Ok(()) => {
            session.name = Some(name.clone());
            session.emitter.emit(Event::Renamed { name }).await;
        }
        Err(error) => refused(session, format!("The thread was not named: {error}")).await,
    }
}

/// Says where the tokens go.
pub(crate) async fn report_context(session: &Session) {
    session.emitter.emit(Event::ContextReported(Box::new(report::report(session)))).await;
}

/// Says that an operation cannot be done now.
pub(crate) async fn refuse(session: &Session, op: &Op) {
    let what = match op {
        Op::Configure(_) => "changing settings",
        Op::RunShell { .. } => "running a command",
        Op::Rewind { .. } => "going back",
        Op::ListTerminals | Op::StopTerminals { .. } => "looking after background terminals",
        _ => "this",
    };
    refused(session, format!("Not available yet: {what}.")).await;
}

/// An operation that could not be done.
pub(crate) async fn refused(session: &Session, message: String) {
    session.emitter.emit(Event::Refused { message }).await;
}
