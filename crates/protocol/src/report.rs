//! What a person can ask a thread about itself: where its tokens go, and which commands still run.

use std::path::PathBuf;
use std::time::Duration;

use crate::{ItemId, TokenUsage};

/// Where the tokens of the next request go. Parts are estimates: bytes divided by four.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextReport {
    /// Base and developer instructions.
    pub instructions: u64,
    /// Tool descriptions.
    pub tools: u64,
    /// AGENTS.md files.
    pub agents_md: u64,
    /// Other context: environment, permissions, modes.
    pub environment: u64,
    /// What the person said.
    pub user_messages: u64,
    /// What the model said.
    pub agent_messages: u64,
    /// The model's thoughts, as they are sent back.
    pub reasoning: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool output.
    pub tool_output: u64,
    /// Summaries of earlier windows.
    pub summaries: u64,
    /// What the server counted for the last response.
    pub counted: Option<TokenUsage>,
    /// Tokens the model can use.
    pub context_window: Option<u64>,
    /// Tokens at which the history is summarised.
    pub compact_at: Option<u64>,
}

impl ContextReport {
    /// All parts together.
    pub fn estimated_total(&self) -> u64 {
        [
            self.instructions,
            self.tools,
            self.agents_md,
            self.environment,
            self.user_messages,
            self.agent_messages,
            self.reasoning,
            self.tool_calls,
            self.tool_output,
            self.summaries,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

/// A command that outlived the call that started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackgroundTerminal {
    /// Names it for `Op::StopTerminals`.
    pub process_id: String,
    /// The item it is shown as.
    pub item_id: ItemId,
    /// The command as the model wrote it.
    pub command: String,
    /// Where it runs.
    pub cwd: PathBuf,
    /// How long it has been running.
    pub running_for: Duration,
    /// The end of its output.
    pub recent_output: String,
}
