//! Asking a person before something runs: who is asked when, and what was answered for the whole session.
//! Invariant: without an answer nothing runs; a question whose asker is gone is answered `Cancel`.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use codex_protocol::{
    AdditionalPermissions, Approval, ApprovalId, ApprovalRequest, AskedSandbox, CallId, Decision, Losses,
    NetworkProtocol,
};
use tokio::sync::oneshot;

use crate::ToolCx;

/// A question on its way to a person.
#[derive(Debug)]
pub struct Question {
    /// The question.
    pub approval: Approval,
    /// Where the answer goes. Dropping it answers [`Decision::Cancel`].
    pub answer: oneshot::Sender<Decision>,
}

/// What a person approved for the whole session: the parsed command with its folder and sandbox, or the files.
#[derive(Debug, Default)]
pub(crate) struct Approved {
    keys: Mutex<HashSet<Key>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Command(Vec<String>, PathBuf, AskedSandbox),
    Files(Vec<PathBuf>),
    Host(String, NetworkProtocol),
    Permissions(AdditionalPermissions),
}

impl Key {
    fn of(request: &ApprovalRequest) -> Self {
        match request {
            ApprovalRequest::Command { command, cwd, sandbox, rule: _ } => {
                Self::Command(command.clone(), cwd.clone(), *sandbox)
            }
            ApprovalRequest::Permissions { permissions, cwd: _ } => Self::Permissions(permissions.clone()),
            ApprovalRequest::Patch { changes } => Self::Files(changes.keys().cloned().collect()),
            ApprovalRequest::Network { host, protocol, port: _, command: _ } => {
                Self::Host(host.clone(), *protocol)
            }
        }
    }
}

impl Approved {
    /// Whether a host was approved for the session.
    pub(crate) fn has_host(&self, host: &str, protocol: NetworkProtocol) -> bool {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.contains(&Key::Host(host.to_owned(), protocol))
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
        self.ask_about(call_id, request, reason, None).await
    }

    /// The same, with what would be lost, if anything would.
    pub(crate) async fn ask_about(
        &self,
        call_id: &CallId,
        request: ApprovalRequest,
        reason: Option<String>,
        losses: Option<Box<Losses>>,
    ) -> Decision {
        let key = Key::of(&request);
        let approved = &self.thread.approved().keys;
        // What would be lost differs from time to time: it is asked about each time.
        let counts_once = losses.is_some();
        if !counts_once && approved.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return Decision::ApproveForSession;
        }
        let approval =
            Approval { id: ApprovalId::new_v7(), call_id: call_id.clone(), request, reason, losses };
        let (answer, answered) = oneshot::channel();
        if self.asks.send(Question { approval, answer }).await.is_err() {
            return Decision::Cancel;
        }
        let decision = tokio::select! {
            decision = answered => decision.unwrap_or(Decision::Cancel),
            () = self.cancel.cancelled() => Decision::Cancel,
        };
        if decision == Decision::ApproveForSession && !counts_once {
            approved.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(script: &str, cwd: &str, sandbox: AskedSandbox) -> Key {
        let command = ["/bin/sh", "-lc", script].map(str::to_owned).to_vec();
        Key::of(&ApprovalRequest::Command { command, cwd: cwd.into(), sandbox, rule: None })
    }

    // threat 30
    #[test]
    fn an_answer_for_the_session_holds_for_nothing_but_the_same() {
        let approved = key("make", "/a", AskedSandbox::Left);
        assert_eq!(approved, key("make", "/a", AskedSandbox::Left));
        for other in [
            key("make", "/b", AskedSandbox::Left),
            key("make", "/a", AskedSandbox::Kept),
            key("make ", "/a", AskedSandbox::Left),
            key("PATH=. make", "/a", AskedSandbox::Left),
            key("export PATH=.; make", "/a", AskedSandbox::Left),
        ] {
            assert_ne!(approved, other);
        }
    }
}
