//! A credential's text, kept away from logs: it has no `Display`, and its `Debug` hides it.
//! Invariant: `expose` is called where a header is rendered and nowhere else.

use std::fmt;

use codex_secrets::KnownSecrets;

/// Shorter texts are hidden whole: their ends would give too much away.
const MASKED_WHOLE_CHARS: usize = 20;

/// A token or key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text without surrounding white space.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        match text.trim() {
            trimmed if trimmed.len() == text.len() => Self(text),
            trimmed => Self(trimmed.to_owned()),
        }
    }

    /// From now on nothing this process writes holds the text: `[secret:NAME]` stands in its place. For every credential
    /// as soon as it is there, whether or not it is used.
    #[must_use]
    pub fn known_as(self, name: &str) -> Self {
        KnownSecrets::of_process().learn(name, &self.0);
        self
    }

    /// The text itself, for the header that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Enough of both ends to tell one's keys apart, and no more.
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        if count < MASKED_WHOLE_CHARS {
            return "***".to_owned();
        }
        let head: String = self.0.chars().take(3).collect();
        let tail: String = self.0.chars().skip(count - 4).collect();
        format!("{head}***{tail}")
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use codex_secrets::KnownSecrets;
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use crate::{ChatGptTokens, Secret};

    #[test]
    fn tokens_are_known_as_soon_as_they_are_there() {
        let masked = |text: &str| KnownSecrets::of_process().mask(text).into_owned();
        let first = json!({ "id_token": "idt-4f9A0bC1", "access_token": "act-4f9A0bC1", "refresh_token": "rft-4f9A0bC1" });
        let tokens = ChatGptTokens::from_answer(&first, None).unwrap();
        assert_eq!(masked("rft-4f9A0bC1 act-9X8y7Z6w"), "[secret:auth_json] act-9X8y7Z6w");
        // A renewed one.
        ChatGptTokens::from_answer(&json!({ "access_token": "act-9X8y7Z6w" }), Some(&tokens)).unwrap();
        assert_eq!(masked("act-9X8y7Z6w act-4f9A0bC1"), "[secret:auth_json] [secret:auth_json]");
        let lent = Secret::new("lnt-4f9A0bC1").known_as("lent token");
        assert_eq!(masked(lent.expose()), "[secret:lent_token]");
    }
}
