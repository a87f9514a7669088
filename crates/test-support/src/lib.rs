//! Dev-only harness: homes, repositories, a scripted server, the binary under test.

mod codex;
mod command;
mod error;
mod output;
mod rollout;
mod wait;

pub use codex::{SIM_KEY, TestCodex, TestCodexBuilder};
pub use command::{CodexCommand, RunningCodex, Signal};
pub use error::TestError;
pub use output::CommandOutput;
pub use rollout::Rollout;
pub use wait::wait_until;
