//! Token counts of a response, a turn or a thread.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Tokens, as the server reports them and as files hold them (`rollouts.md §4`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenUsage {
    /// Tokens of the request.
    pub input_tokens: u64,
    /// Of these, read from the server's cache.
    pub cached_input_tokens: u64,
    /// Of these, written to the server's cache.
    pub cache_write_input_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: u64,
    /// Of these, reasoning.
    pub reasoning_output_tokens: u64,
    /// Input plus output.
    pub total_tokens: u64,
}

impl TokenUsage {
    /// Input not served from the cache, plus output: what `tokens used` shows (`exec.md §4`).
    pub fn billed(&self) -> u64 {
        self.input_tokens.saturating_sub(self.cached_input_tokens).saturating_add(self.output_tokens)
    }
}

impl AddAssign for TokenUsage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.cached_input_tokens = self.cached_input_tokens.saturating_add(other.cached_input_tokens);
        self.cache_write_input_tokens =
            self.cache_write_input_tokens.saturating_add(other.cache_write_input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.reasoning_output_tokens =
            self.reasoning_output_tokens.saturating_add(other.reasoning_output_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
    }
}
