//! The variables that send programs to the proxy (`safety.md §8`).

use rand::Rng as _;

use crate::ProxySettings;

/// Ports below are for services with a name, ports above are given out by kernels.
const PORTS: std::ops::Range<u16> = 10_000..32_000;

/// Where a command finds the proxy: ports on `127.0.0.1` of its own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyPorts {
    /// HTTP.
    pub http: u16,
    /// SOCKS5, unless it is switched off.
    pub socks: Option<u16>,
}

impl ProxyPorts {
    /// The ports the settings name, else random ones. Nobody else can hold them: the network is the command's own.
    pub fn pick(settings: &ProxySettings) -> Self {
        let mut random = rand::rng();
        let http = settings.http_port.unwrap_or_else(|| random.random_range(PORTS));
        let free = |port: u16| if port == http { port.wrapping_add(1).max(1024) } else { port };
        let socks = settings.socks_port.unwrap_or_else(|| random.random_range(PORTS));
        Self { http, socks: settings.socks5.then(|| free(socks)) }
    }
}

/// Names whose value is the HTTP proxy's address.
const HTTP: [&str; 21] = [
    "BUNDLE_HTTPS_PROXY",
    "BUNDLE_HTTP_PROXY",
    "DOCKER_HTTPS_PROXY",
    "DOCKER_HTTP_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NPM_CONFIG_HTTPS_PROXY",
    "NPM_CONFIG_HTTP_PROXY",
    "NPM_CONFIG_PROXY",
    "PIP_PROXY",
    "WSS_PROXY",
    "WS_PROXY",
    "YARN_HTTPS_PROXY",
    "YARN_HTTP_PROXY",
    "http_proxy",
    "https_proxy",
    "npm_config_http_proxy",
    "npm_config_https_proxy",
    "npm_config_proxy",
    "ws_proxy",
    "wss_proxy",
];

/// Names whose value is the SOCKS5 proxy's address, or the HTTP proxy's where there is none.
const SOCKS: [&str; 4] = ["ALL_PROXY", "FTP_PROXY", "all_proxy", "ftp_proxy"];

/// Names that would exempt hosts: every host goes through the proxy.
const EXEMPT: [&str; 5] =
    ["BUNDLE_NO_PROXY", "NO_PROXY", "NPM_CONFIG_NOPROXY", "no_proxy", "npm_config_noproxy"];

/// The variables of a command behind the proxy. They replace what it would have had.
pub fn variables(ports: ProxyPorts, settings: &ProxySettings) -> Vec<(&'static str, String)> {
    let http = format!("http://127.0.0.1:{}", ports.http);
    let socks = ports.socks.map_or_else(|| http.clone(), |port| format!("socks5h://127.0.0.1:{port}"));
    let mut all: Vec<(&str, String)> = HTTP.iter().map(|name| (*name, http.clone())).collect();
    all.extend(SOCKS.iter().map(|name| (*name, socks.clone())));
    all.extend(EXEMPT.iter().map(|name| (*name, String::new())));
    let local = if settings.local_addresses { "1" } else { "0" };
    all.extend([
        ("CODEX_NETWORK_ALLOW_LOCAL_BINDING", local.to_owned()),
        ("CODEX_NETWORK_PROXY_ACTIVE", "1".to_owned()),
        ("ELECTRON_GET_USE_PROXY", "true".to_owned()),
        ("NODE_USE_ENV_PROXY", "1".to_owned()),
    ]);
    all
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn programs_are_sent_to_the_proxy_and_to_nothing_else() {
        let settings = ProxySettings::default();
        let ports = ProxyPorts { http: 4000, socks: Some(4001) };
        let all = variables(ports, &settings);
        let value =
            |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        assert_eq!(value("HTTPS_PROXY"), Some("http://127.0.0.1:4000"));
        assert_eq!(value("http_proxy"), Some("http://127.0.0.1:4000"));
        assert_eq!(value("ALL_PROXY"), Some("socks5h://127.0.0.1:4001"));
        assert_eq!(value("NO_PROXY"), Some(""));
        assert_eq!(value("CODEX_NETWORK_PROXY_ACTIVE"), Some("1"));
        assert_eq!(value("CODEX_NETWORK_ALLOW_LOCAL_BINDING"), Some("0"));
        let mut names: Vec<_> = all.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all.len());
        let without = variables(ProxyPorts { http: 4000, socks: None }, &settings);
        assert!(without.iter().all(|(_, value)| !value.contains("socks")));
    }

    #[test]
    fn picked_ports_differ() {
        let settings =
            ProxySettings { http_port: Some(3128), socks_port: Some(3128), ..ProxySettings::default() };
        assert_eq!(ProxyPorts::pick(&settings), ProxyPorts { http: 3128, socks: Some(3129) });
        let off = ProxySettings { socks5: false, ..settings };
        assert_eq!(ProxyPorts::pick(&off).socks, None);
    }
}
