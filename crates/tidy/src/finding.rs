//! One broken rule at one place. Knows nothing of the rules themselves.

use std::fmt;

/// A broken house rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path from the repository root, with `/` between parts.
    pub file: String,
    /// Line counted from 1; 0 speaks of the whole file.
    pub line: usize,
    /// The rule and the way out, one sentence.
    pub rule: String,
}

impl Finding {
    /// A finding on one line, counted from 1.
    pub fn at(file: &str, line: usize, rule: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, rule: rule.into() }
    }

    /// A finding about a whole file.
    pub fn on(file: &str, rule: impl Into<String>) -> Self {
        Self::at(file, 0, rule)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.rule),
            line => write!(f, "{}:{line}: {}", self.file, self.rule),
        }
    }
}
