//! What the two sides agree about compression (RFC 7692 §7.1): one offer, and a strict reading of the answer.
//! Invariant: what is not understood to the letter is refused, never guessed.

/// The offer this client makes: the server may name a smaller window for what is sent to it.
pub const DEFLATE_OFFER: &str = "permessage-deflate; client_max_window_bits";
const NAME: &str = "permessage-deflate";

/// An agreed compression, seen from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    /// The peer begins every message anew.
    pub forget_received: bool,
    /// Whether messages of this side may be compressed. They are compressed each for itself, in the largest window.
    pub compress: bool,
}

/// The answer names an extension or a parameter that was not offered or makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server chose the extension `{0}`, which was not offered")]
pub struct InvalidExtension(pub String);

impl Deflate {
    /// What a server's `sec-websocket-extensions` values mean for a client that sent [`DEFLATE_OFFER`].
    ///
    /// # Errors
    /// When the answer is not one to that offer: the connection must not be used.
    pub fn of_answer<'a>(
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<Self>, InvalidExtension> {
        let mut chosen = None;
        for extension in values.into_iter().flat_map(|value| value.split(',')).map(str::trim) {
            let invalid = || InvalidExtension(extension.chars().take(200).collect());
            if extension.is_empty() {
                continue;
            }
            let mut parts = extension.split(';').map(str::trim);
            if parts.next() != Some(NAME) || chosen.is_some() {
                return Err(invalid());
            }
            chosen = Some(Self::of_parameters(parts).ok_or_else(invalid)?);
        }
        Ok(chosen)
    }

    fn of_parameters<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut agreed = Self { forget_received: false, compress: true };
        let mut seen: Vec<&str> = Vec::new();
        for parameter in parameters {
            let (name, value) = match parameter.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
                None => (parameter, None),
            };
            if seen.contains(&name) {
                return None;
            }
            seen.push(name);
            match (name, value) {
                ("server_no_context_takeover", None) => agreed.forget_received = true,
                // Messages are compressed each for itself anyway.
                ("client_no_context_takeover", None) => {}
                // What is received is read with the largest window, which holds every smaller one.
                ("server_max_window_bits", Some(bits)) => drop(window_bits(bits)?),
                // The compressor has one window: where that is too large, nothing is compressed.
                ("client_max_window_bits", Some(bits)) => agreed.compress = window_bits(bits)? == 15,
                _ => return None,
            }
        }
        Some(agreed)
    }
}

fn window_bits(text: &str) -> Option<u8> {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|bits| plain && (8..=15).contains(bits))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::Deflate;

    const PLAIN: Deflate = Deflate { forget_received: false, compress: true };

    #[test]
    fn answers_to_the_offer_are_read() {
        let check = |answer: &str, expected: Option<Deflate>| {
            assert_eq!(Deflate::of_answer([answer]), Ok(expected), "{answer}");
        };
        check("", None);
        check("permessage-deflate", Some(PLAIN));
        check("permessage-deflate; client_no_context_takeover", Some(PLAIN));
        let forgetful = Deflate { forget_received: true, ..PLAIN };
        check("permessage-deflate;server_no_context_takeover ; server_max_window_bits=8", Some(forgetful));
        check("permessage-deflate; client_max_window_bits=\"15\"", Some(PLAIN));
        check("permessage-deflate; client_max_window_bits=10", Some(Deflate { compress: false, ..PLAIN }));
        assert_eq!(Deflate::of_answer([]), Ok(None));
    }

    #[test]
    fn anything_else_is_refused() {
        for answer in [
            "x-webkit-deflate-frame",
            "permessage-deflate, permessage-deflate",
            "permessage-deflate; other",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=08",
            "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        ] {
            assert!(Deflate::of_answer([answer]).is_err(), "{answer}");
        }
    }
}
