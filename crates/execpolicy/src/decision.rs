//! What a rule says. Invariant: the order is strictness.

use serde::Serialize;

/// What a rule says about a command or a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Runs unasked.
    Allow,
    /// A person is asked.
    Prompt,
    /// Never runs.
    Forbidden,
}

impl Decision {
    /// The word of a `.rules` file. `deny` is the word of network rules.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "allow" => Some(Self::Allow),
            "prompt" => Some(Self::Prompt),
            "forbidden" | "deny" => Some(Self::Forbidden),
            _ => None,
        }
    }
}
