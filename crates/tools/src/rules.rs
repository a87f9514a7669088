//! The rules of a thread: what was loaded, and what a person adds by answering.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use codex_execpolicy::{
    AmendError, Decision, ExecPolicy, HostName, NetworkProtocol, add_allow_rule, add_network_rule,
};

use crate::judgement::{Asked, Judgement, judge};

/// The rules that hold, shared by all who look at them.
#[derive(Debug, Clone)]
pub struct Rules {
    policy: Arc<RwLock<ExecPolicy>>,
    file: PathBuf,
}

impl Rules {
    /// Rules as loaded. `file` is where new ones are written: `CODEX_HOME/rules/default.rules`.
    pub fn new(policy: ExecPolicy, file: PathBuf) -> Self {
        Self { policy: Arc::new(RwLock::new(policy)), file }
    }

    /// The same without those that let something out of the sandbox, apart from the originals.
    pub fn without_leave(&self) -> Self {
        let policy = self.policy.read().unwrap_or_else(PoisonError::into_inner).without_leave();
        Self::new(policy, self.file.clone())
    }

    pub(crate) fn judge(&self, asked: &Asked<'_>) -> Judgement {
        judge(asked, &self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Allows what begins like this from now on, here and in later runs.
    pub(crate) fn allow(&self, prefix: &[String]) -> Result<(), AmendError> {
        let mut policy = self.policy.write().unwrap_or_else(PoisonError::into_inner);
        policy.add_prefix(prefix, Decision::Allow, &self.file);
        add_allow_rule(&self.file, prefix)
    }

    /// What the rules say about a host.
    pub(crate) fn decide_host(&self, host: &HostName, protocol: NetworkProtocol) -> Option<Decision> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).decide_host(host, protocol)
    }

    /// Allows a host from now on, here and in later runs.
    pub(crate) fn allow_host(&self, host: &HostName, protocol: NetworkProtocol) -> Result<(), AmendError> {
        let mut policy = self.policy.write().unwrap_or_else(PoisonError::into_inner);
        policy.add_network(host.clone(), protocol, Decision::Allow);
        add_network_rule(&self.file, host, protocol, Decision::Allow)
    }
}
