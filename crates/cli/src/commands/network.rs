//! The network of `codex sandbox`: the proxy of the configuration, with nobody to ask. A blocked request fails and the
//! command goes on, unlike in a thread.

use std::sync::Arc;

use codex_execpolicy::ExecPolicy;
use codex_network_proxy::{
    Known, Listeners, NetworkProxy, Notice, ProxySettings, Reason, Resolver, Verdict, judge,
};
use codex_sandbox::{CommandSpec, OpenDoors, SpawnError};
use codex_tools::limit_network;
use tokio::sync::mpsc;

use crate::error::CliError;
use crate::settings::Settings;

/// What a proxy may have to say before it waits.
const NOTICES_MAX: usize = 32;

/// What a command's network is limited by.
pub(super) struct Limited {
    settings: Arc<ProxySettings>,
    rules: ExecPolicy,
}

/// Puts the command behind the proxy, where the configuration has one.
pub(super) fn limited(spec: &mut CommandSpec, settings: &Settings) -> Result<Option<Limited>, CliError> {
    let config = &settings.config;
    let proxy = codex_core::proxy_settings(config, &config.sandbox_policy())
        .map_err(|error| CliError::Start(error.into()))?;
    let Some(settings) = limit_network(spec, proxy.as_ref()) else { return Ok(None) };
    let rules = codex_core::exec_policy(config)?;
    Ok(Some(Limited { settings, rules }))
}

impl Limited {
    /// Serves a command. Dropping the proxy ends it.
    pub(super) fn serve(self, doors: OpenDoors) -> Result<NetworkProxy, CliError> {
        let listeners = Listeners { http: doors.http, socks: doors.socks, datagrams: doors.datagrams };
        let (notices, heard) = mpsc::channel(NOTICES_MAX);
        let settings = Arc::clone(&self.settings);
        let proxy = NetworkProxy::serve(listeners, settings, Resolver::system(), notices)
            .map_err(|source| SpawnError::System { step: "opening the network proxy", source })?;
        // It ends with the proxy, whose end closes the queue.
        drop(tokio::spawn(self.answer(heard)));
        Ok(proxy)
    }

    async fn answer(self, mut heard: mpsc::Receiver<Notice>) {
        while let Some(notice) = heard.recv().await {
            let Notice::Asked { access, answer } = notice else { continue };
            let rule = self.rules.decide_host(&access.host, access.protocol);
            let known = Known { rule, consented: false, may_ask: false };
            let decided = match judge(&access, &self.settings, known) {
                Verdict::Allow => Ok(()),
                Verdict::Ask => Err(Reason::NotAllowed),
                Verdict::Deny(reason) => Err(reason),
            };
            // A connection that is gone wants no answer.
            let _ = answer.send(decided);
        }
    }
}
