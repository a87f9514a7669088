//! Patterns of host names (`domains`): `example.com` is that host, `*.example.com` what lies below it, `**.example.com`
//! both, `*` every host. Invariant: a pattern is compared in the form hosts are compared in, so neither letters of another
//! script nor capitals nor a dot at the end make two names of one.

use std::net::IpAddr;

use codex_execpolicy::HostName;

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(Shape);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Any,
    Address(IpAddr),
    Name {
        /// Labels in front that the pattern does not name: none, one or more, any number.
        leading: Leading,
        /// The labels it names, `None` for one of any name.
        labels: Vec<Option<String>>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leading {
    None,
    Some,
    Any,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is no pattern of hosts: {reason}; write a host (`example.com`), `*.example.com` for what lies below it, \
     `**.example.com` for both, or `*`", text.escape_default()
)]
pub struct PatternError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl HostPattern {
    /// Reads a pattern: no scheme, no port, no path.
    ///
    /// # Errors
    /// When it is not one of the forms above.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let wrong = |reason: String| PatternError { text: text.chars().take(80).collect(), reason };
        if text == "*" {
            return Ok(Self(Shape::Any));
        }
        let (leading, rest) = match (text.strip_prefix("**."), text.strip_prefix("*.")) {
            (Some(rest), _) => (Leading::Any, rest),
            (_, Some(rest)) => (Leading::Some, rest),
            (None, None) => (Leading::None, text),
        };
        // A label stands in for each `*`, so that the rest is checked as one name.
        const STAND_IN: &str = "x";
        let written: Vec<&str> = rest.strip_suffix('.').unwrap_or(rest).split('.').collect();
        let checked: Vec<&str> =
            written.iter().map(|label| if *label == "*" { STAND_IN } else { *label }).collect();
        let ascii = ascii(&checked.join(".")).ok_or_else(|| wrong("it is no host name".to_owned()))?;
        match HostName::parse(&ascii).map_err(|error| wrong(error.reason.to_owned()))? {
            HostName::Address(address) if leading == Leading::None && !written.contains(&"*") => {
                Ok(Self(Shape::Address(address)))
            }
            HostName::Address(_) => Err(wrong("an address has nothing below it".to_owned())),
            HostName::Name(name) => {
                let labels = name.split('.').zip(written);
                let labels = labels.map(|(label, written)| (written != "*").then(|| label.to_owned()));
                Ok(Self(Shape::Name { leading, labels: labels.collect() }))
            }
        }
    }

    /// Whether a host fits.
    pub fn matches(&self, host: &HostName) -> bool {
        match (&self.0, host) {
            (Shape::Any, _) => true,
            (Shape::Address(wanted), HostName::Address(address)) => wanted == address,
            (Shape::Name { leading, labels }, HostName::Name(name)) => {
                let mut theirs = name.rsplit('.');
                let fits = labels.iter().rev().all(|label| match (label, theirs.next()) {
                    (Some(label), Some(their)) => label == their,
                    (None, their) => their.is_some(),
                    (Some(_), None) => false,
                });
                let more = theirs.next().is_some();
                fits && match leading {
                    Leading::None => !more,
                    Leading::Some => more,
                    Leading::Any => true,
                }
            }
            _ => false,
        }
    }

    /// Whether it names this very host and no other.
    pub(crate) fn names(&self, host: &HostName) -> bool {
        let exact = match &self.0 {
            Shape::Any => false,
            Shape::Address(_) => true,
            Shape::Name { leading, labels } => {
                *leading == Leading::None && labels.iter().all(Option::is_some)
            }
        };
        exact && self.matches(host)
    }

    /// Whether it is this address.
    pub(crate) fn is_address(&self, address: IpAddr) -> bool {
        self.0 == Shape::Address(address.to_canonical())
    }
}

/// The form names have in the DNS: `bücher.example` is `xn--bcher-kva.example`.
fn ascii(name: &str) -> Option<String> {
    if name.is_ascii() {
        return Some(name.to_owned());
    }
    idna::domain_to_ascii(name).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, host: &str) -> bool {
        HostPattern::parse(pattern).unwrap().matches(&HostName::parse(host).unwrap())
    }

    // threat 21
    #[test]
    fn hosts_fit_by_their_labels() {
        for (pattern, host) in [
            ("example.com", "example.com"),
            ("Example.COM.", "EXAMPLE.com."),
            ("*.example.com", "a.example.com"),
            ("*.example.com", "a.b.example.com"),
            ("**.example.com", "example.com"),
            ("**.example.com", "a.b.example.com"),
            ("*", "anything.example"),
            ("*", "8.8.8.8"),
            ("a.*.com", "a.b.com"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER.example", "xn--bcher-kva.example"),
            ("*.bu\u{308}cher.example", "www.xn--bcher-kva.example"),
            ("10.0.0.1", "::ffff:10.0.0.1"),
            ("[::1]", "0:0::1"),
        ] {
            assert!(matches(pattern, host), "{pattern} {host}");
        }
        for (pattern, host) in [
            ("good.com", "good.com.evil"),
            ("good.com", "evilgood.com"),
            ("good.com", "a.good.com"),
            ("*.good.com", "good.com"),
            ("*.good.com", "evilgood.com"),
            ("**.good.com", "evilgood.com"),
            ("**.good.com", "good.com.evil"),
            ("a.*.com", "a.com"),
            ("a.*.com", "a.b.c.com"),
            ("10.0.0.1", "10.0.0.2"),
        ] {
            assert!(!matches(pattern, host), "{pattern} {host}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_an_error_that_says_so() {
        for text in [
            "",
            ".",
            "*.",
            "**",
            "ex*.com",
            "*com",
            "a.**.com",
            "http://a.com",
            "a.com/x",
            "a.com:80",
            "user@a.com",
            "*.10.0.0.1",
            "10.*.0.1",
            "127.1",
            "0x7f.1",
            "a b.com",
            "a\0.com",
            "a..com",
            "\u{202e}a.com/",
        ] {
            let error =
                HostPattern::parse(text).map(|pattern| format!("{text:?} passes: {pattern:?}")).unwrap_err();
            assert!(error.to_string().contains("is no pattern of hosts"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_a_host_is_a_pattern_of_itself(text in "\\PC{0,24}", other in "[a-z.*]{0,12}") {
            for text in [&text, &other] {
                if let Ok(host) = HostName::parse(text) {
                    let pattern = HostPattern::parse(text).unwrap();
                    prop_assert!(pattern.matches(&host) && pattern.names(&host));
                }
                let _ = HostPattern::parse(text);
            }
        }

        #[test]
        fn a_suffix_counts_only_at_a_dot(head in "[a-z]{1,5}", name in "[a-z]{1,6}\\.[a-z]{2,4}") {
            let glued = format!("{head}{name}");
            for pattern in [name.clone(), format!("*.{name}"), format!("**.{name}")] {
                prop_assert!(!matches(&pattern, &glued), "{} {}", pattern, glued);
            }
            let below = matches(&format!("**.{name}"), &format!("{head}.{name}"));
            prop_assert!(below);
        }
    }
}
