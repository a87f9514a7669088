//! The desk of a command's network proxy: it answers for hosts by settings, rules and what a person said, asks where it
//! may, and ends a command that was blocked (`safety.md §8`).
//! Invariants: questions are put one at a time; the call hears of what was blocked before its command is gone.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use codex_execpolicy::{HostName, NetworkProtocol as Protocol};
use codex_network_proxy::{
    Access, Known, Listeners, NetworkProxy, Notice, ProxyPorts, ProxySettings, Reason, Resolver, Verdict,
    judge, variables,
};
use codex_protocol::{
    ApprovalPolicy, ApprovalRequest, CallId, CommandExecutionItem, Decision, NetworkProtocol,
};
use codex_sandbox::{CommandSpec, LocalSockets, Process, ProxyDoors, SpawnError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::{ToolCx, ToolProgress};

/// What a proxy may have to say before it waits for the desk.
const NOTICES_MAX: usize = 32;
/// Requests that may wait for a person; further ones are blocked.
const WAITING_MAX: usize = 64;

/// Puts a command behind the proxy where something limits the network that its permissions give it. `None`: it stays as it
/// was.
pub fn limit_network(
    spec: &mut CommandSpec,
    settings: Option<&Arc<ProxySettings>>,
) -> Option<Arc<ProxySettings>> {
    let limited = spec.permissions.files().is_some() && spec.permissions.network_enabled();
    let settings = settings.filter(|_| limited)?;
    let ports = ProxyPorts::pick(settings);
    spec.proxy = Some(ProxyDoors {
        http: ports.http,
        socks: ports.socks,
        datagrams: settings.socks5 && settings.socks5_udp,
        local_sockets: match settings.all_unix_sockets {
            true => LocalSockets::All,
            false => LocalSockets::Pairs,
        },
    });
    for (name, value) in variables(ports, settings) {
        spec.env.retain(|(known, _)| known != name);
        spec.env.push((name.into(), value.into()));
    }
    Some(Arc::clone(settings))
}

/// What became of a command's wishes, as its calls see it.
#[derive(Debug)]
pub(crate) struct NetworkState {
    blocked: OnceLock<String>,
    asking: watch::Sender<bool>,
}

impl Default for NetworkState {
    fn default() -> Self {
        Self { blocked: OnceLock::new(), asking: watch::Sender::new(false) }
    }
}

impl NetworkState {
    /// Why the command was ended.
    pub(crate) fn blocked(&self) -> Option<&str> {
        self.blocked.get().map(String::as_str)
    }

    /// Waits this long from `started`, and anew after each question that a person is thinking about then: a call does not
    /// come back with a command that only waits for them.
    pub(crate) async fn wait_apart_from_questions(&self, started: Instant, wait: Duration) {
        let mut asking = self.asking.subscribe();
        let mut end = started + wait;
        loop {
            tokio::time::sleep_until(end).await;
            if !*asking.borrow_and_update() {
                return;
            }
            // The sender is our own, so this cannot fail.
            let _ = asking.wait_for(|asking| !asking).await;
            end = Instant::now() + wait;
        }
    }

    fn block(&self, access: &Access, reason: Reason) {
        // The first is the one the command failed by.
        let _ = self.blocked.set(format!("Network access to \"{}\" was blocked: {reason}.", access.host));
    }
}

/// A proxy at work with its desk.
#[derive(Debug)]
pub(crate) struct Proxied {
    proxy: NetworkProxy,
    desk: JoinHandle<()>,
}

impl Proxied {
    /// Ends the proxy, and waits until the desk has heard all there was.
    pub(crate) async fn close(self) {
        self.proxy.close().await;
        let _ = self.desk.await;
    }
}

type Answer = oneshot::Sender<Result<(), Reason>>;
type Asking = Pin<Box<dyn Future<Output = Decision> + Send>>;
type Key = (HostName, Protocol);

/// The desk of one command.
pub(crate) struct Desk {
    settings: Arc<ProxySettings>,
    call_id: CallId,
    argv: Vec<String>,
    process: Arc<Process>,
    state: Arc<NetworkState>,
    cx: ToolCx,
    /// What a person said about this command.
    granted: HashSet<Key>,
    declined: HashSet<Key>,
    waiting: VecDeque<(Access, Answer)>,
}

impl Desk {
    pub(crate) fn new(
        settings: Arc<ProxySettings>,
        item: &CommandExecutionItem,
        process: Arc<Process>,
        state: Arc<NetworkState>,
        cx: ToolCx,
    ) -> Self {
        Self {
            settings,
            call_id: CallId::new(item.id.as_str()),
            argv: item.command.clone(),
            process,
            state,
            cx,
            granted: HashSet::new(),
            declined: HashSet::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Opens proxy and desk. A failure has killed the command.
    pub(crate) fn open(self) -> Result<Proxied, SpawnError> {
        let failed = |source: io::Error| {
            self.process.kill_group();
            SpawnError::System { step: "opening the network proxy", source }
        };
        let doors = self.process.take_doors().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        let listeners = Listeners { http: doors.http, socks: doors.socks, datagrams: doors.datagrams };
        let (notices, heard) = mpsc::channel(NOTICES_MAX);
        let settings = Arc::clone(&self.settings);
        let proxy = NetworkProxy::serve(listeners, settings, Resolver::system(), notices).map_err(&failed)?;
        Ok(Proxied { proxy, desk: tokio::spawn(self.run(heard)) })
    }

    async fn run(mut self, mut heard: mpsc::Receiver<Notice>) {
        let mut asking: Option<(Access, Asking)> = None;
        loop {
            if asking.is_none() {
                asking = self.next_question();
                self.state.asking.send_replace(asking.is_some());
            }
            tokio::select! {
                notice = heard.recv() => match notice {
                    Some(notice) => self.hear(notice),
                    None => break,
                },
                decision = answered(&mut asking) => {
                    if let Some((access, _)) = asking.take() {
                        self.settle(&access, decision).await;
                    }
                }
            }
        }
        self.state.asking.send_replace(false);
    }

    fn hear(&mut self, notice: Notice) {
        match notice {
            Notice::Asked { access, answer } => match self.judge(&access) {
                Verdict::Allow => reply(answer, Ok(())),
                Verdict::Deny(reason) => reply(answer, Err(reason)),
                Verdict::Ask if self.waiting.len() < WAITING_MAX => self.waiting.push_back((access, answer)),
                Verdict::Ask => reply(answer, Err(Reason::NotAllowed)),
            },
            Notice::Opened { .. } => {}
            Notice::Blocked { access, reason } => self.state.block(&access, reason),
            Notice::Told => self.process.kill_group(),
        }
    }

    fn judge(&self, access: &Access) -> Verdict {
        let key = (access.host.clone(), access.protocol);
        if self.declined.contains(&key) {
            return Verdict::Deny(Reason::Declined);
        }
        let rule = self.cx.thread.rules().decide_host(&access.host, access.protocol);
        let for_session =
            self.cx.thread.approved().has_host(&access.host.to_string(), shown(access.protocol));
        let may_ask = match self.cx.turn.approval {
            ApprovalPolicy::Never => false,
            ApprovalPolicy::Granular(flags) => flags.sandbox_approval,
            ApprovalPolicy::Untrusted | ApprovalPolicy::OnFailure | ApprovalPolicy::OnRequest => true,
        };
        let known = Known { rule, consented: for_session || self.granted.contains(&key), may_ask };
        judge(access, &self.settings, known)
    }

    /// Answers what an earlier answer settled, and puts the next question.
    fn next_question(&mut self) -> Option<(Access, Asking)> {
        while let Some((access, answer)) = self.waiting.pop_front() {
            match self.judge(&access) {
                Verdict::Allow => reply(answer, Ok(())),
                Verdict::Deny(reason) => reply(answer, Err(reason)),
                // Nobody waits for the answer any more.
                Verdict::Ask if answer.is_closed() => {}
                Verdict::Ask => {
                    let question = self.question(&access);
                    self.waiting.push_front((access.clone(), answer));
                    return Some((access, question));
                }
            }
        }
        None
    }

    fn question(&self, access: &Access) -> Asking {
        let request = ApprovalRequest::Network {
            host: access.host.to_string(),
            port: access.port,
            protocol: shown(access.protocol),
            command: self.argv.clone(),
        };
        let (cx, call_id) = (self.cx.clone(), self.call_id.clone());
        Box::pin(async move { cx.ask(&call_id, request, None).await })
    }

    /// Keeps what a person said; the requests that wait are answered by it.
    async fn settle(&mut self, access: &Access, decision: Decision) {
        let key = (access.host.clone(), access.protocol);
        match decision {
            Decision::Approve | Decision::ApproveForSession => self.granted.insert(key),
            Decision::ApproveWithRule => {
                if let Err(error) = self.cx.thread.rules().allow_host(&access.host, access.protocol) {
                    // It was consented to; only the lasting part failed.
                    self.cx.report(ToolProgress::Warning(error.to_string())).await;
                }
                self.granted.insert(key)
            }
            Decision::Grant(_) | Decision::Decline | Decision::Cancel => self.declined.insert(key),
        };
    }
}

/// The answer to the open question; never without one.
async fn answered(asking: &mut Option<(Access, Asking)>) -> Decision {
    match asking {
        Some((_, question)) => question.await,
        None => std::future::pending().await,
    }
}

fn reply(answer: Answer, decided: Result<(), Reason>) {
    // A connection that is gone wants no answer.
    let _ = answer.send(decided);
}

fn shown(protocol: Protocol) -> NetworkProtocol {
    match protocol {
        Protocol::Http => NetworkProtocol::Http,
        Protocol::Https => NetworkProtocol::Https,
        Protocol::Socks5Tcp => NetworkProtocol::Socks5Tcp,
        Protocol::Socks5Udp => NetworkProtocol::Socks5Udp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_time_a_person_takes_is_not_the_commands() {
        const WAIT: Duration = Duration::from_secs(10);
        let state = Arc::new(NetworkState::default());
        let begin = Instant::now();
        state.wait_apart_from_questions(begin, WAIT).await;
        assert_eq!(begin.elapsed(), WAIT);
        state.asking.send_replace(true);
        let begin = Instant::now();
        let person = async {
            tokio::time::sleep(Duration::from_secs(300)).await;
            state.asking.send_replace(false);
        };
        tokio::join!(state.wait_apart_from_questions(begin, WAIT), person);
        assert_eq!(begin.elapsed(), Duration::from_secs(310));
    }
}
