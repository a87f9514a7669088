//! Asking a person before something runs: who is asked when, and what was answered for the whole session.
//! Invariant: without an answer nothing runs; a question whose asker is gone is answered `Cancel`.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use codex_protocol::{Approval, ApprovalId, ApprovalRequest, CallId, Decision, Losses, NetworkProtocol};
use tokio::sync::oneshot;

use crate::ToolCx;
use crate::approval_key::Key;

/// A question on its way to a person, or to a reviewer in their place.
#[derive(Debug)]
pub struct Question {
    /// The question.
    pub approval: Approval,
    /// Where the answer goes. Dropping it answers [`Decision::Cancel`].
    pub answer: oneshot::Sender<Answer>,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A person's, or a reviewer's consent.
    Decided(Decision),
    /// A reviewer refused; this is what the model is told.
    Refused(String),
}

/// Refused questions that can still be allowed; older ones are forgotten.
const REFUSED_MAX: usize = 32;

/// What a person approved for the whole session, and what passes once although a reviewer refused it.
#[derive(Debug, Default)]
pub(crate) struct Approved {
    keys: Mutex<HashSet<Key>>,
    refused: Mutex<Refused>,
}

/// What a reviewer refused.
#[derive(Debug, Default)]
struct Refused {
    known: VecDeque<(ApprovalId, Deed)>,
    /// Those that a person lets pass, each once.
    passes: Vec<Deed>,
}

/// What was asked about, exactly: with what would be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deed {
    key: Key,
    losses: Option<Box<Losses>>,
}

impl Approved {
    /// Whether a host was approved for the session.
    pub(crate) fn has_host(&self, host: &str, protocol: NetworkProtocol) -> bool {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.contains(&Key::Host(host.to_owned(), protocol))
    }

    fn refused(&self) -> MutexGuard<'_, Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets what was refused under this id pass once; whether it is known.
    pub(crate) fn let_pass(&self, id: &ApprovalId) -> bool {
        let mut refused = self.refused();
        let Some(at) = refused.known.iter().position(|(known, _)| known == id) else { return false };
        let deed = refused.known.remove(at).map(|(_, deed)| deed);
        refused.passes.extend(deed);
        true
    }

    /// Uses up a leave for exactly this.
    fn takes_pass(&self, deed: &Deed) -> bool {
        let mut refused = self.refused();
        let at = refused.passes.iter().position(|pass| pass == deed);
        at.map(|at| refused.passes.swap_remove(at)).is_some()
    }

    fn remember_refused(&self, id: ApprovalId, deed: Deed) {
        let mut refused = self.refused();
        if refused.known.len() == REFUSED_MAX {
            refused.known.pop_front();
        }
        refused.known.push_back((id, deed));
    }
}

impl ToolCx {
    /// Asks a person, unless the same was approved for the session. Interrupting the turn answers `Cancel`.
    pub(crate) async fn ask(
        &self,
        call_id: &CallId,
        request: ApprovalRequest,
        reason: Option<String>,
    ) -> Decision {
        match self.ask_about(call_id, request, reason, None).await {
            Answer::Decided(decision) => decision,
            Answer::Refused(_) => Decision::Decline,
        }
    }

    /// The same, with what would be lost, if anything would, and with a reviewer's words.
    pub(crate) async fn ask_about(
        &self,
        call_id: &CallId,
        request: ApprovalRequest,
        reason: Option<String>,
        losses: Option<Box<Losses>>,
    ) -> Answer {
        let key = Key::of(&request, &self.turn.policy);
        let approved = &self.thread.approved().keys;
        // What would be lost differs from time to time: it is asked about each time.
        let counts_once = losses.is_some();
        if !counts_once && approved.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return Answer::Decided(Decision::ApproveForSession);
        }
        let deed = Deed { key, losses: losses.clone() };
        if self.thread.approved().takes_pass(&deed) {
            return Answer::Decided(Decision::Approve);
        }
        let (asked, id) = (request.clone(), ApprovalId::new_v7());
        let approval = Approval { id: id.clone(), call_id: call_id.clone(), request, reason, losses };
        let (answer, answered) = oneshot::channel();
        if self.asks.send(Question { approval, answer }).await.is_err() {
            return Answer::Decided(Decision::Cancel);
        }
        let answer = tokio::select! {
            answer = answered => answer.unwrap_or(Answer::Decided(Decision::Cancel)),
            () = self.cancel.cancelled() => Answer::Decided(Decision::Cancel),
        };
        if let Answer::Decided(Decision::Approve | Decision::ApproveForSession | Decision::ApproveWithRule) =
            answer
            && !deed.key.is_still(&Key::of(&asked, &self.turn.policy))
        {
            // Whoever answered saw something else than what would happen now.
            return Answer::Refused(
                "the files it names changed while it was asked about, so the answer does not hold; look at them and \
                 ask again"
                    .to_owned(),
            );
        }
        match &answer {
            Answer::Decided(Decision::ApproveForSession) if !counts_once => {
                approved.lock().unwrap_or_else(PoisonError::into_inner).insert(deed.key);
            }
            Answer::Refused(_) => self.thread.approved().remember_refused(id, deed),
            Answer::Decided(_) => {}
        }
        answer
    }
}
