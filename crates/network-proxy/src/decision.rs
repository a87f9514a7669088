//! The decision: who may be reached. Pure; the same question always has the same answer.
//! Invariants: what is denied stays denied whoever allows it; nothing is asked about that may not be had.

use std::fmt;
use std::net::IpAddr;

use codex_execpolicy::{Decision, HostName, NetworkProtocol};

use crate::address::is_public;
use crate::{Mode, ProxySettings};

/// What a command wants to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The host as the command named it.
    pub host: HostName,
    /// The port.
    pub port: u16,
    /// How.
    pub protocol: NetworkProtocol,
    /// What for, as far as can be seen.
    pub intent: Intent,
}

/// What can be seen of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// It only reads (GET, HEAD, OPTIONS).
    Read,
    /// It may change something.
    Change,
    /// A tunnel: anything.
    Unseen,
}

/// What is known about an access besides the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What the `network_rule`s say.
    pub rule: Option<Decision>,
    /// A person has agreed to it before.
    pub consented: bool,
    /// A person can be asked.
    pub may_ask: bool,
}

/// The decision about a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be looked up; its addresses are judged next ([`judge_addresses`]).
    Allow,
    /// A person is asked.
    Ask,
    /// It may not be reached.
    Deny(Reason),
}

/// Why something was blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing allows the host.
    NotAllowed,
    /// The settings or a rule forbid it.
    Denied,
    /// It is this machine or in a private network.
    Local,
    /// The mode does not let this be done.
    Method,
    /// A person was asked and said no.
    Declined,
}

impl Reason {
    /// The word in answers and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::Denied => "denied",
            Self::Local => "not_allowed_local",
            Self::Method => "method_not_allowed",
            Self::Declined => "declined",
        }
    }

    /// Which part of the policy it was, as in the answer's `x-proxy-error`.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::NotAllowed | Self::Local | Self::Declined => "blocked-by-allowlist",
            Self::Denied => "blocked-by-denylist",
            Self::Method => "blocked-by-method-policy",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAllowed => "the host is not on the allowlist of this sandbox",
            Self::Denied => "the host is explicitly denied, and no approval can change that",
            Self::Local => "the sandbox keeps commands from local and private addresses",
            Self::Method => "the network is in limited mode, which lets only plain HTTP reads through",
            Self::Declined => "the user declined it",
        })
    }
}

/// Judges a host before it is looked up, so that the name of a host nobody allowed never leaves this machine.
pub fn judge(access: &Access, settings: &ProxySettings, known: Known) -> Verdict {
    if settings.domains.denies(&access.host) || known.rule == Some(Decision::Forbidden) {
        return Verdict::Deny(Reason::Denied);
    }
    if is_local_by_name(&access.host) && !local_permitted(access, settings) {
        return Verdict::Deny(Reason::Local);
    }
    if settings.mode == Mode::Limited && access.intent != Intent::Read {
        return Verdict::Deny(Reason::Method);
    }
    let listed = settings.domains.allows(&access.host) || known.rule == Some(Decision::Allow);
    let asked_about = known.rule == Some(Decision::Prompt);
    match (known.consented || (listed && !asked_about), known.may_ask) {
        (true, _) => Verdict::Allow,
        (false, true) => Verdict::Ask,
        (false, false) => Verdict::Deny(Reason::NotAllowed),
    }
}

/// Judges the addresses a host turned out to have. One that is not public spoils the rest: the next look-up could put it
/// first.
pub fn judge_addresses(access: &Access, settings: &ProxySettings, addresses: &[IpAddr]) -> Option<Reason> {
    let denied = |address: &IpAddr| settings.domains.deny.iter().any(|pattern| pattern.is_address(*address));
    if addresses.iter().any(denied) {
        return Some(Reason::Denied);
    }
    let local = addresses.iter().any(|address| !is_public(*address));
    (local && !local_permitted(access, settings)).then_some(Reason::Local)
}

fn is_local_by_name(host: &HostName) -> bool {
    match host {
        HostName::Address(address) => !is_public(*address),
        HostName::Name(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// Local addresses are had by the setting, or by naming the very address or `localhost`. A name of the DNS is no such
/// name: who it belongs to decides what it leads to.
fn local_permitted(access: &Access, settings: &ProxySettings) -> bool {
    settings.local_addresses
        || (is_local_by_name(&access.host) && settings.domains.allows_by_name(&access.host))
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
