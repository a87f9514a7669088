//! From a configuration's network tables to the proxy's settings. Pure.
//! Invariant: a table that cannot be understood opens nothing.

use std::sync::Arc;

use codex_config::{Config, NetworkMode, NetworkTable};
use codex_network_proxy::{HostPattern, Listing, Mode, PatternError, ProxySettings};
use codex_protocol::SandboxPolicy;

/// A network table that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// A pattern of hosts.
    #[error("`domains`: {0}")]
    Pattern(#[from] PatternError),
    /// An address to listen on.
    #[error("`{key}`: `{value}` is no address of this machine with a port, such as `http://127.0.0.1:3128`")]
    Address {
        /// The key.
        key: &'static str,
        /// What it says.
        value: String,
    },
}

/// What limits the network of commands under a policy, also of those that are granted one later; `None` when nothing does.
///
/// # Errors
/// When the policy's network table cannot be understood.
pub fn proxy_settings(
    config: &Config,
    policy: &SandboxPolicy,
) -> Result<Option<Arc<ProxySettings>>, NetworkError> {
    let network = &config.network_proxy;
    if !network.enabled || policy.is_unlimited() {
        return Ok(None);
    }
    let profile = match policy {
        SandboxPolicy::Profile(named) => Some(named.id.as_str()),
        SandboxPolicy::DangerFullAccess | SandboxPolicy::ReadOnly | SandboxPolicy::WorkspaceWrite { .. } => {
            None
        }
    };
    settings(&network.table(profile)).map(Arc::new).map(Some)
}

/// As [`proxy_settings`], with settings that let nothing through in place of an error.
pub(crate) fn proxy_settings_or_none_at_all(
    config: &Config,
    policy: &SandboxPolicy,
) -> Option<Arc<ProxySettings>> {
    proxy_settings(config, policy).unwrap_or_else(|error| {
        tracing::warn!(%error, "the network table cannot be used");
        let deny = HostPattern::parse("*").into_iter().collect();
        let domains = Listing { allow: Vec::new(), deny };
        Some(Arc::new(ProxySettings { domains, ..ProxySettings::default() }))
    })
}

fn settings(table: &NetworkTable) -> Result<ProxySettings, NetworkError> {
    let defaults = ProxySettings::default();
    let mut domains = Listing::default();
    for (pattern, allowed) in &table.domains {
        let list = if *allowed { &mut domains.allow } else { &mut domains.deny };
        list.push(HostPattern::parse(pattern)?);
    }
    let port = |key, url: &Option<String>| url.as_deref().map(|url| listen_port(key, url)).transpose();
    Ok(ProxySettings {
        mode: match table.mode {
            Some(NetworkMode::Limited) => Mode::Limited,
            Some(NetworkMode::Full) | None => Mode::Full,
        },
        socks5: table.enable_socks5.unwrap_or(defaults.socks5),
        socks5_udp: table.enable_socks5_udp.unwrap_or(defaults.socks5_udp),
        local_addresses: table.allow_local_binding.unwrap_or(defaults.local_addresses),
        all_unix_sockets: table.all_unix_sockets.unwrap_or(defaults.all_unix_sockets),
        http_port: port("proxy_url", &table.proxy_url)?,
        socks_port: port("socks_url", &table.socks_url)?,
        domains,
    })
}

/// The port of an address of this machine: the proxy listens on `127.0.0.1` of the command's own network and nowhere else.
fn listen_port(key: &'static str, url: &str) -> Result<u16, NetworkError> {
    let wrong = || NetworkError::Address { key, value: url.to_owned() };
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = authority.rsplit_once(':').ok_or_else(wrong)?;
    let local = matches!(host, "127.0.0.1" | "localhost" | "[::1]" | "0.0.0.0");
    // Ports below are for the root user, which a command in its own network is not.
    let port = port.parse().ok().filter(|port| local && *port >= 1024);
    port.ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_table_becomes_settings() {
        let table = NetworkTable {
            mode: Some(NetworkMode::Limited),
            enable_socks5: Some(false),
            allow_local_binding: Some(true),
            proxy_url: Some("http://127.0.0.1:3128/".to_owned()),
            domains: [("good.com".to_owned(), true), ("*.bad.com".to_owned(), false)].into(),
            ..NetworkTable::default()
        };
        let pattern = |text| HostPattern::parse(text).unwrap();
        let expected = ProxySettings {
            mode: Mode::Limited,
            socks5: false,
            local_addresses: true,
            http_port: Some(3128),
            domains: Listing { allow: vec![pattern("good.com")], deny: vec![pattern("*.bad.com")] },
            ..ProxySettings::default()
        };
        assert_eq!(settings(&table), Ok(expected));
        assert_eq!(settings(&NetworkTable::default()), Ok(ProxySettings::default()));
    }

    #[test]
    fn what_cannot_be_understood_is_an_error() {
        for (pattern, url) in
            [("http://a.com", None), ("a.com", Some("http://10.0.0.1:80")), ("a.com", Some("3128"))]
        {
            let table = NetworkTable {
                domains: [(pattern.to_owned(), true)].into(),
                proxy_url: url.map(str::to_owned),
                ..NetworkTable::default()
            };
            assert!(settings(&table).is_err(), "{table:?}");
        }
    }
}
