//! Where a request wants to go, read from its request line. Invariant: a text that two readers could take for two hosts
//! is an error (threats 20, 21).

use codex_execpolicy::HostName;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) host: HostName,
    pub(crate) port: u16,
}

/// The target of a plain HTTP request in absolute form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Absolute {
    pub(crate) authority: Authority,
    /// What is asked of the host: path and query.
    pub(crate) path: String,
}

/// Port of plain HTTP.
pub(crate) const HTTP_PORT: u16 = 80;

impl Authority {
    /// Reads `host:port`. Without a port it has `default`; `None` makes it an error. An IPv6 address stands in brackets.
    pub(crate) fn parse(text: &str, default: Option<u16>) -> Result<Self, &'static str> {
        let colon = match text.rfind(']') {
            Some(bracket) => text[bracket..].find(':').map(|at| bracket + at),
            None => text.rfind(':'),
        };
        let (host, port) = match colon {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        if host.contains(':') && !host.starts_with('[') {
            return Err("an IPv6 address must stand in brackets");
        }
        let port = match (port, default) {
            (Some(port), _) => parse_port(port)?,
            (None, Some(port)) => port,
            (None, None) => return Err("the port is missing"),
        };
        let host = HostName::parse(host).map_err(|error| error.reason)?;
        Ok(Self { host, port })
    }
}

impl std::fmt::Display for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.host {
            HostName::Address(address) => std::net::SocketAddr::new(*address, self.port).fmt(f),
            HostName::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

fn parse_port(text: &str) -> Result<u16, &'static str> {
    let digits = !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err("the port must be a number from 1 to 65535"),
    }
}

impl Absolute {
    /// Reads `http://host[:port][/path]`.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const SCHEME: &str = "http://";
        let rest = match text.get(..SCHEME.len()) {
            Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => &text[SCHEME.len()..],
            _ => return Err("a proxy request must name an absolute http:// address, or use CONNECT"),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = Authority::parse(authority, Some(HTTP_PORT))?;
        if path.contains('#') || path.starts_with('\\') {
            return Err("the address holds a character that has no place there");
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { authority, path })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn authority(host: &str, port: u16) -> Authority {
        Authority { host: HostName::parse(host).unwrap(), port }
    }

    #[test]
    fn hosts_and_ports_are_told_apart() {
        assert_eq!(Authority::parse("Good.com.:443", None), Ok(authority("good.com", 443)));
        assert_eq!(Authority::parse("[::1]:80", None), Ok(authority("::1", 80)));
        assert_eq!(Authority::parse("[::1]", Some(80)), Ok(authority("::1", 80)));
        assert_eq!(Authority::parse("good.com", Some(80)), Ok(authority("good.com", 80)));
        let absolute =
            |text: &str| Absolute::parse(text).map(|found| (found.authority.to_string(), found.path));
        assert_eq!(absolute("HTTP://Good.com?q=1"), Ok(("good.com:80".to_owned(), "/?q=1".to_owned())));
        assert_eq!(absolute("http://[::1]:8080/a?b"), Ok(("[::1]:8080".to_owned(), "/a?b".to_owned())));
    }

    // threat 20, threat 21
    #[test]
    fn tricks_with_authorities_are_refused() {
        for text in [
            "good.com",
            "good.com:",
            "good.com:0",
            "good.com:65536",
            "good.com:+80",
            "good.com:080808",
            "good.com: 80",
            "user@good.com:80",
            "good.com:80@evil.com:80",
            "good.com:80:81",
            "::1:80",
            "[::1]80",
            "[::1",
            "[good.com]:80",
            "[fe80::1%eth0]:80",
            "good.com\0.evil.com:80",
            "good.com%00.evil.com:80",
            "127.1:80",
            "0177.0.0.1:80",
            "2130706433:80",
            "0x7f000001:80",
            "b\u{fc}cher.example:80",
            "good.com/..:80",
            "good.com\\@evil:80",
            ":80",
            "",
        ] {
            assert!(Authority::parse(text, None).is_err(), "{text:?}");
        }
        for text in [
            "/path",
            "good.com/path",
            "https://good.com/",
            "ftp://good.com/",
            "http:/good.com/",
            "http:good.com",
            "http://",
            "http:///path",
            "http://user@good.com/",
            "http://good.com@evil.com/",
            "http://good.com:80@evil/",
            "http://good.com#@evil.com/",
            "http://good.com\\@evil.com/",
            "http://good.com/a#b",
            "http://good.com:/",
        ] {
            assert!(Absolute::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_says_one_thing(text in "\\PC{0,40}", tail in "[a-z0-9.:@/\\[\\]%-]{0,30}") {
            for text in [text, tail] {
                if let Ok(found) = Authority::parse(&text, Some(80)) {
                    prop_assert_eq!(Authority::parse(&found.to_string(), None), Ok(found));
                }
                if let Ok(found) = Absolute::parse(&format!("http://{text}")) {
                    let again = format!("http://{}{}", found.authority, found.path);
                    prop_assert_eq!(Absolute::parse(&again), Ok(found));
                }
            }
        }
    }
}
