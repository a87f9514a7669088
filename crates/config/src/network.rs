//! What a configuration says about the network proxy: `features.network_proxy` and `[permissions.NAME.network]`
//! (`safety.md §4`). Owns the tables as written; what a pattern of hosts means is the proxy's matter.
//! Invariant: a profile that builds on others says what they all say, the later over the earlier.

use std::collections::BTreeMap;

use crate::features::Features;
use crate::keys::{Status, find};
use crate::tree::{Node, Table, Value};
use crate::view::View;
use crate::words::NetworkMode;

/// Profiles built on one another at most.
const CHAIN_MAX: usize = 32;

/// One network table; absent values leave the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkTable {
    /// `mode`
    pub mode: Option<NetworkMode>,
    /// `enable_socks5`
    pub enable_socks5: Option<bool>,
    /// `enable_socks5_udp`
    pub enable_socks5_udp: Option<bool>,
    /// `allow_local_binding`
    pub allow_local_binding: Option<bool>,
    /// `dangerously_allow_all_unix_sockets`
    pub all_unix_sockets: Option<bool>,
    /// `proxy_url`
    pub proxy_url: Option<String>,
    /// `socks_url`
    pub socks_url: Option<String>,
    /// `domains`: pattern of hosts to whether they are allowed.
    pub domains: BTreeMap<String, bool>,
}

impl NetworkTable {
    fn read(view: View<'_>) -> Self {
        let allowed = |(pattern, word): (String, String)| match word.as_str() {
            "allow" => Some((pattern, true)),
            // A word nobody knows must not open anything.
            _ => Some((pattern, false)),
        };
        Self {
            mode: view.str(&["mode"]).and_then(NetworkMode::from_word),
            enable_socks5: view.bool(&["enable_socks5"]),
            enable_socks5_udp: view.bool(&["enable_socks5_udp"]),
            allow_local_binding: view.bool(&["allow_local_binding"]),
            all_unix_sockets: view.bool(&["dangerously_allow_all_unix_sockets"]),
            proxy_url: view.string(&["proxy_url"]),
            socks_url: view.string(&["socks_url"]),
            domains: view
                .string_map(&["domains"])
                .unwrap_or_default()
                .into_iter()
                .filter_map(allowed)
                .collect(),
        }
    }

    /// This table with what `later` says over it.
    fn under(mut self, later: Self) -> Self {
        self.domains.extend(later.domains);
        Self {
            mode: later.mode.or(self.mode),
            enable_socks5: later.enable_socks5.or(self.enable_socks5),
            enable_socks5_udp: later.enable_socks5_udp.or(self.enable_socks5_udp),
            allow_local_binding: later.allow_local_binding.or(self.allow_local_binding),
            all_unix_sockets: later.all_unix_sockets.or(self.all_unix_sockets),
            proxy_url: later.proxy_url.or(self.proxy_url),
            socks_url: later.socks_url.or(self.socks_url),
            domains: self.domains,
        }
    }
}

/// The network proxy's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkProxyConfig {
    /// `features.network_proxy`: commands with a network reach it through the proxy only.
    pub enabled: bool,
    /// The table of `features.network_proxy`.
    base: NetworkTable,
    /// `[permissions.NAME.network]` by name, each with what it builds on.
    profiles: BTreeMap<String, NetworkTable>,
}

impl NetworkProxyConfig {
    pub(crate) fn read(view: View<'_>, features: &Features) -> Self {
        let table = |path: &[&str]| view.sub(path).map(NetworkTable::read).unwrap_or_default();
        let names = view.sub(&["permissions"]).map(|sub| sub.table.keys().cloned().collect::<Vec<_>>());
        let profile = |name: String| {
            let mut chain = vec![name.as_str()];
            while let Some(base) = chain.last().and_then(|name| view.str(&["permissions", name, "extends"]))
                && chain.len() < CHAIN_MAX
                && !chain.contains(&base)
            {
                chain.push(base);
            }
            let sum = chain.iter().rev().fold(NetworkTable::default(), |sum, name| {
                sum.under(table(&["permissions", name, "network"]))
            });
            (name, sum)
        };
        Self {
            enabled: features.enabled("network_proxy"),
            base: table(&["features", "network_proxy"]),
            profiles: names.unwrap_or_default().into_iter().map(profile).collect(),
        }
    }

    /// What holds under a permission profile; `None` names none.
    pub fn table(&self, profile: Option<&str>) -> NetworkTable {
        let own = profile.and_then(|name| self.profiles.get(name)).cloned().unwrap_or_default();
        self.base.clone().under(own)
    }
}

/// The keys of permission profiles that only the proxy reads, in a tree without one.
pub(crate) fn idle_keys(tree: &Table) -> Vec<String> {
    let mut idle = Vec::new();
    for (name, profile) in tree.get("permissions").and_then(members).into_iter().flatten() {
        let network = members(profile).and_then(|profile| profile.get("network")).and_then(members);
        for key in network.into_iter().flatten().map(|(key, _)| key).filter(|key| *key != "enabled") {
            // The others are listed as having no effect in any case.
            let row = find(&format!("permissions.*.network.{key}"));
            if row.is_some_and(|row| row.status == Status::Active) {
                idle.push(format!("permissions.{name}.network.{key}"));
            }
        }
    }
    idle
}

fn members(node: &Node) -> Option<&Table> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}
