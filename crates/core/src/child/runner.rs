//! A child thread at work: one turn after another, each for a turn of its parent. Its owner gives it tasks, hears its
//! events and may stop it. Invariant: a child that is stopped has ended its turn on disk and killed its commands
//! before its owner goes on; dropping it kills its commands.

use std::future::Future;
use std::pin::Pin;

use codex_protocol::{Event, Op, TurnId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::lineage::AskingTurn;
use crate::error::RecordError;
use crate::thread::actor;
use crate::thread::session::Session;
use crate::turn::input::TurnEnd;
use crate::turn::run::{Mailbox, Task, run_turn};

/// A child thread between its turns.
pub(crate) struct Child {
    /// Boxed: a session holds its reviewer, which is a child.
    session: Box<Session>,
    mailbox: Mailbox,
    ops: mpsc::Sender<Op>,
    events: mpsc::Receiver<Event>,
}

type Turn<'a> = Pin<Box<dyn Future<Output = Result<TurnEnd, RecordError>> + Send + 'a>>;

impl Child {
    pub(crate) fn new(
        session: Session,
        mailbox: Mailbox,
        ops: mpsc::Sender<Op>,
        events: mpsc::Receiver<Event>,
    ) -> Self {
        Self { session: Box::new(session), mailbox, ops, events }
    }

    /// The thread itself, to be added to between turns.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Runs one turn for a turn of the parent. Cancelling stops it in order.
    pub(crate) async fn turn(
        &mut self,
        asked_by: AskingTurn,
        task: Task,
        heard: &mpsc::Sender<Event>,
        cancel: &CancellationToken,
    ) -> Result<TurnEnd, RecordError> {
        if let Some(lineage) = &mut self.session.lineage {
            lineage.asked_by = asked_by;
        }
        let mut stopped = false;
        // A turn may start children of its own, so its type must not hold itself.
        let mut turn: Turn<'_> =
            Box::pin(run_turn(&mut self.session, &mut self.mailbox, TurnId::new_v7(), task));
        let end = loop {
            tokio::select! {
                biased;
                () = cancel.cancelled(), if !stopped => {
                    stopped = true;
                    // The queue is empty: nobody else has this end of it.
                    let _ = self.ops.try_send(Op::Interrupt);
                }
                Some(event) = self.events.recv() => tell(heard, event).await,
                end = &mut turn => break end,
            }
        };
        drop(turn);
        while let Ok(event) = self.events.try_recv() {
            tell(heard, event).await;
        }
        self.mailbox.clear();
        end
    }

    /// Ends the thread: kills what still runs and closes its file.
    pub(crate) async fn close(self) {
        // Nobody listens any more, so nothing waits for room.
        drop(self.events);
        actor::shut_down(*self.session).await;
    }
}

/// An owner that no longer listens is no error.
async fn tell(heard: &mpsc::Sender<Event>, event: Event) {
    let _ = heard.send(event).await;
}
