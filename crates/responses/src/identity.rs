//! Who is asking: the client's names and the `user-agent` made of them (`responses-wire.md §1.1`).

use codex_auth::Env;

use crate::host_os::HostOs;
use crate::terminal::terminal_token;

/// The program that sends requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// `originator`, such as `codex_exec`.
    pub originator: String,
    /// Version of this program.
    pub version: String,
    /// The front end's name.
    pub client_name: String,
    /// The front end's version.
    pub client_version: String,
    /// `x-codex-beta-features`: comma-joined keys.
    pub beta_features: String,
}

impl ClientIdentity {
    /// A front end that is this program itself.
    pub fn new(originator: impl Into<String>, version: impl Into<String>) -> Self {
        let (originator, version) = (originator.into(), version.into());
        Self {
            client_name: originator.clone(),
            client_version: version.clone(),
            originator,
            version,
            beta_features: "remote_compaction_v2".to_owned(),
        }
    }

    /// `{originator}/{version} ({OS} {OS version}; {arch}) {terminal} ({client}; {client version})`
    pub fn user_agent(&self, env: &Env) -> String {
        format!("{} ({}; {})", self.short_user_agent(env), self.client_name, self.client_version)
    }

    /// The same without the front end, as requests that are about no thread carry it.
    pub fn short_user_agent(&self, env: &Env) -> String {
        let HostOs { name, version, arch, .. } = HostOs::detect();
        let terminal = terminal_token(env);
        format!("{}/{} ({name} {version}; {arch}) {terminal}", self.originator, self.version)
    }
}
