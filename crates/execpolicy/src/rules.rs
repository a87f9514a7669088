//! The rules themselves and how a command is matched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{Decision, HostName};

/// All rules that hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecPolicy {
    pub(crate) prefixes: Vec<PrefixRule>,
    pub(crate) networks: Vec<NetworkRule>,
    pub(crate) executables: BTreeMap<String, Vec<PathBuf>>,
}

/// `prefix_rule`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixRule {
    /// What each of the first words may be.
    pub pattern: Vec<Vec<String>>,
    /// What it says.
    pub decision: Decision,
    /// Why, in the words of who wrote it.
    pub justification: Option<String>,
    /// `FILE:LINE` where it is written.
    pub place: String,
}

/// `network_rule`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRule {
    /// The host.
    pub host: HostName,
    /// How it is reached.
    pub protocol: NetworkProtocol,
    /// What it says.
    pub decision: Decision,
    /// Why.
    pub justification: Option<String>,
}

/// How a host is reached through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetworkProtocol {
    /// Plain HTTP.
    Http,
    /// HTTPS by `CONNECT`.
    Https,
    /// TCP by SOCKS5.
    Socks5Tcp,
    /// UDP by SOCKS5.
    Socks5Udp,
}

impl NetworkProtocol {
    /// The word of a `.rules` file.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            "socks5_tcp" => Some(Self::Socks5Tcp),
            "socks5_udp" => Some(Self::Socks5Udp),
            _ => None,
        }
    }

    /// The word of a `.rules` file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5Tcp => "socks5_tcp",
            Self::Socks5Udp => "socks5_udp",
        }
    }
}

/// Whether an absolute program path may match by its file name (`host_executable`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostExecutables {
    /// Listed paths match by name.
    Resolve,
    /// Only the word as written matches.
    Literal,
}

/// A rule that matches a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMatch<'a> {
    /// The rule.
    pub rule: &'a PrefixRule,
    /// The words of the command that it matched, as the rule names them.
    pub prefix: Vec<String>,
    /// The path that stood for the program's name.
    pub resolved_program: Option<PathBuf>,
}

impl ExecPolicy {
    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty() && self.networks.is_empty()
    }

    /// Whether a rule about commands says more than "allow".
    pub fn limits(&self) -> bool {
        self.prefixes.iter().any(|rule| rule.decision > Decision::Allow)
    }

    /// The rules about commands.
    pub fn prefix_rules(&self) -> &[PrefixRule] {
        &self.prefixes
    }

    /// The rules about hosts.
    pub fn network_rules(&self) -> &[NetworkRule] {
        &self.networks
    }

    /// Adds a rule for commands that begin like this; `file` is where it is written.
    pub fn add_prefix(&mut self, prefix: &[String], decision: Decision, file: &Path) {
        self.prefixes.push(PrefixRule {
            pattern: prefix.iter().map(|word| vec![word.clone()]).collect(),
            decision,
            justification: None,
            place: file.display().to_string(),
        });
    }

    /// Adds a rule.
    pub fn add_rule(&mut self, rule: PrefixRule) {
        self.prefixes.push(rule);
    }

    /// The rules that restrict: those that allow something are left out.
    pub fn without_leave(&self) -> Self {
        let mut policy = self.clone();
        policy.prefixes.retain(|rule| rule.decision != Decision::Allow);
        policy.networks.retain(|rule| rule.decision != Decision::Allow);
        policy
    }

    /// Adds a rule for a host.
    pub fn add_network(&mut self, host: HostName, protocol: NetworkProtocol, decision: Decision) {
        self.networks.push(NetworkRule { host, protocol, decision, justification: None });
    }

    /// Adds the rules of `other` behind the own ones.
    pub fn extend(&mut self, other: Self) {
        self.prefixes.extend(other.prefixes);
        self.networks.extend(other.networks);
        for (name, paths) in other.executables {
            self.executables.entry(name).or_default().extend(paths);
        }
    }

    /// Every rule that matches the argument vector.
    pub fn matches(&self, argv: &[String], executables: HostExecutables) -> Vec<RuleMatch<'_>> {
        let direct = self.prefixes.iter().filter(|rule| rule.matches(argv));
        let mut found: Vec<_> = direct
            .map(|rule| RuleMatch {
                rule,
                prefix: argv[..rule.pattern.len()].to_vec(),
                resolved_program: None,
            })
            .collect();
        if found.is_empty()
            && executables == HostExecutables::Resolve
            && let Some((name, path)) = self.by_name(argv)
        {
            let mut named = argv.to_vec();
            named[0] = name;
            let matching = self.prefixes.iter().filter(|rule| rule.matches(&named));
            found.extend(matching.map(|rule| RuleMatch {
                rule,
                prefix: named[..rule.pattern.len()].to_vec(),
                resolved_program: Some(path.clone()),
            }));
        }
        found
    }

    /// What the rules say about one command: the strictest of all that match.
    pub fn decide(&self, argv: &[String], executables: HostExecutables) -> Option<Decision> {
        self.matches(argv, executables).iter().map(|found| found.rule.decision).max()
    }

    /// What the rules say about a host: the strictest of all that match.
    pub fn decide_host(&self, host: &HostName, protocol: NetworkProtocol) -> Option<Decision> {
        let matching = self.networks.iter().filter(|rule| rule.host == *host && rule.protocol == protocol);
        matching.map(|rule| rule.decision).max()
    }

    /// The name an absolute program path may go by. A name without listed paths goes for any path of that name only
    /// when `host_executable` lists it; without a list nothing is resolved.
    fn by_name(&self, argv: &[String]) -> Option<(String, PathBuf)> {
        let path = Path::new(argv.first()?);
        let name = path.is_absolute().then(|| path.file_name()?.to_str())??;
        let listed = self.executables.get(name)?;
        listed.iter().any(|known| known == path).then(|| (name.to_owned(), path.to_owned()))
    }
}

impl PrefixRule {
    /// Whether the first words of the command are those of the pattern.
    pub(crate) fn matches(&self, argv: &[String]) -> bool {
        argv.len() >= self.pattern.len()
            && self.pattern.iter().zip(argv).all(|(alternatives, word)| alternatives.contains(word))
    }
}
