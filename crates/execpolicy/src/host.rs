//! Names of hosts as rules compare them. Invariant: two spellings of one host are equal, and what is no host name is
//! an error, so that a comparer and a resolver cannot disagree (threats 20, 21).

use std::fmt;
use std::net::IpAddr;

/// Longest name the DNS knows.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// A host: a lower-case DNS name without a trailing dot, or an address in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostName {
    /// A DNS name.
    Name(String),
    /// An address.
    Address(IpAddr),
}

/// Why a text is no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no host name: {reason}", text.escape_default())]
pub struct HostError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl HostName {
    /// Reads a host as it stands in a rule, a request line or a proxy request: no port, no user, no scheme. Brackets
    /// around an IPv6 address are taken off.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let wrong = |reason| HostError { text: text.chars().take(80).collect(), reason };
        let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
        if let Some(inner) = bare {
            let address =
                inner.parse().map_err(|_| wrong("what stands in brackets must be an IPv6 address"))?;
            return Ok(Self::Address(normal(IpAddr::V6(address))));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(normal(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if name.is_empty() {
            return Err(wrong("it is empty"));
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(wrong("it is longer than 253 bytes"));
        }
        let mut labels = name.split('.');
        if !labels.all(is_label) {
            return Err(wrong("its parts may hold only letters, digits, `-` and `_`"));
        }
        // Resolvers read `127.1`, `0x7f000001` and `2130706433` as addresses.
        let last = name.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|b| b.is_ascii_digit()) || last.strip_prefix("0x").is_some_and(is_hexadecimal) {
            return Err(wrong("it is an address in a form that is not accepted"));
        }
        Ok(Self::Name(name))
    }
}

fn is_label(label: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    !label.is_empty()
        && label.len() <= LABEL_BYTES_MAX
        && label.bytes().all(known)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `::ffff:127.0.0.1` is `127.0.0.1`.
fn normal(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::HostName;

    // threat 20
    #[test]
    fn tricks_are_no_host_names() {
        let tricks = [
            "",
            ".",
            "a..b",
            "evil\0.good.com",
            "good.com/evil",
            "user@good.com",
            "good.com:80",
            "good com",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "1.2.3.4.5",
            "[::1",
            "[evil]",
            "fe80::1%eth0",
            "b\u{fc}cher.example",
            "*.good.com",
            "-a.com",
            "a-.com",
            "good.com\r\nHost: evil",
            "good.com#",
        ];
        for trick in tricks {
            assert!(HostName::parse(trick).is_err(), "{trick:?} passes");
        }
        assert!(HostName::parse(&"a.".repeat(200)).is_err());
    }

    #[test]
    fn spellings_of_one_host_are_equal() {
        let same = [
            ("Good.COM.", "good.com"),
            ("[::1]", "::1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("0:0:0:0:0:0:0:1", "::1"),
        ];
        for (one, other) in same {
            assert_eq!(HostName::parse(one), HostName::parse(other));
        }
        assert_ne!(HostName::parse("good.com.evil"), HostName::parse("good.com"));
    }

    proptest! {
        #[test]
        fn what_passes_is_stable(text in "\\PC{0,30}") {
            if let Ok(host) = HostName::parse(&text) {
                prop_assert_eq!(HostName::parse(&host.to_string()), Ok(host));
            }
        }
    }
}
