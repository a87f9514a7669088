//! Operations that are no turn: names, reports, changed settings. They are answered at once, also while a turn runs.
//! Invariant: each is answered by exactly one event; a refusal changes nothing.

use codex_protocol::{ApprovalId, Event, Op};
use codex_rollout::ThreadStore;
use codex_secrets::KnownSecrets;

use super::session::Session;
use crate::context::report;

/// Answers an operation that neither begins nor touches a turn.
pub(crate) async fn answer(session: &mut Session, op: Op) {
    match op {
        Op::Rename { name } => rename(session, name).await,
        Op::ReportContext => report_context(session).await,
        Op::LiftRefusal { id } => lift_refusal(session, id).await,
        Op::ListTerminals => terminals(session).await,
        Op::StopTerminals { process_id } => stop_terminals(session, process_id).await,
        Op::Rewind { .. } => {
            refused(session, "A turn is running. Stop it first, then go back.".to_owned()).await;
        }
        // Nothing waits for these, or they are not for this place.
        _ => {}
    }
}

async fn lift_refusal(session: &Session, id: ApprovalId) {
    match session.tools.let_pass(&id) {
        true => session.emitter.emit(Event::RefusalLifted { id }).await,
        false => {
            refused(session, "What was refused is not known any more; it is asked about anew.".to_owned())
                .await
        }
    }
}

async fn terminals(session: &Session) {
    session.emitter.emit(Event::Terminals(session.tools.terminals())).await;
}

/// Their ends are reported like any other's: the queue has room for them until the caller goes on.
async fn stop_terminals(session: &Session, process_id: Option<String>) {
    session.tools.stop_terminals(process_id.as_deref()).await;
    terminals(session).await;
}

/// Names the thread.
async fn rename(session: &mut Session, name: String) {
    let name = name.trim().to_owned();
    if session.recorder.path().is_none() {
        return refused(session, "A thread that is not saved cannot be named.".to_owned()).await;
    }
    let store = ThreadStore::new(&session.config.codex_home).masking(KnownSecrets::of_process());
    match store.set_name(session.thread_id, &name) {
        Ok(()) => {
            session.name = Some(name.clone());
            session.emitter.emit(Event::Renamed { name }).await;
        }
        Err(error) => refused(session, format!("The thread was not named: {error}")).await,
    }
}

/// Says where the tokens go.
async fn report_context(session: &Session) {
    session.emitter.emit(Event::ContextReported(Box::new(report::report(session)))).await;
}

/// An operation that could not be done.
pub(crate) async fn refused(session: &Session, message: String) {
    session.emitter.emit(Event::Refused { message }).await;
}
