//! What a person or a profile says about the network. Values only.

use codex_execpolicy::HostName;

use crate::HostPattern;

/// What may be done with a host that is allowed (`mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Only what can be seen to change nothing there: GET, HEAD and OPTIONS over plain HTTP.
    Limited,
    /// Anything.
    #[default]
    Full,
}

/// `[permissions.NAME.network]` (`safety.md §4`), as far as it is about hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// `mode`
    pub mode: Mode,
    /// `enable_socks5`
    pub socks5: bool,
    /// `enable_socks5_udp`
    pub socks5_udp: bool,
    /// `allow_local_binding`: hosts of this machine and of private networks may be reached when they are allowed.
    pub local_addresses: bool,
    /// `dangerously_allow_all_unix_sockets`
    pub all_unix_sockets: bool,
    /// Port of `proxy_url`, else one is picked.
    pub http_port: Option<u16>,
    /// Port of `socks_url`, else one is picked.
    pub socks_port: Option<u16>,
    /// `domains`
    pub domains: Listing,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self {
            mode: Mode::Full,
            socks5: true,
            socks5_udp: false,
            local_addresses: false,
            all_unix_sockets: false,
            http_port: None,
            socks_port: None,
            domains: Listing::default(),
        }
    }
}

/// Hosts that are allowed and hosts that are not; the latter win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// `"host" = "allow"`
    pub allow: Vec<HostPattern>,
    /// `"host" = "deny"`
    pub deny: Vec<HostPattern>,
}

impl Listing {
    pub(crate) fn allows(&self, host: &HostName) -> bool {
        self.allow.iter().any(|pattern| pattern.matches(host))
    }

    pub(crate) fn denies(&self, host: &HostName) -> bool {
        self.deny.iter().any(|pattern| pattern.matches(host))
    }

    /// Whether an entry allows this host and no other.
    pub(crate) fn allows_by_name(&self, host: &HostName) -> bool {
        self.allow.iter().any(|pattern| pattern.names(host))
    }
}
