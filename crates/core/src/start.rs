//! What a front end asks for when it opens a thread. Values only.

use std::ffi::OsString;
use std::sync::Arc;

use codex_auth::{Env, ExternalLogin};
use codex_config::Config;
use codex_protocol::{ApprovalPolicy, ThreadId};
use codex_responses::Tape;
use codex_rollout::ThreadRef;

use crate::thread::emitter::Deltas;

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
    /// A sign-in of the program around this one, used in place of a stored login.
    pub login: Option<ExternalLogin>,
    /// The process environment.
    pub env: Vec<(OsString, OsString)>,
    /// Records requests and stream events.
    pub tape: Option<Arc<dyn Tape>>,
    /// Whether pieces of items in progress are shown.
    pub deltas: Deltas,
}

impl StartThread {
    /// The variables that are text, as credentials and providers look them up.
    pub(crate) fn auth_env(&self) -> Env {
        Env::of(self.env.iter().filter_map(|(key, value)| Some((key.to_str()?, value.to_str()?))))
    }
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
