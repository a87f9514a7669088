//! What holds restricted commands on this system, in a person's words. Knows no thread: it is the same for all of them.

use codex_sandbox::check_support;

/// The answer of [`held_by`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBy {
    /// The mechanisms, in a line.
    pub mechanisms: String,
    /// What they do not hold, one sentence each.
    pub limits: Vec<String>,
}

/// Tries what the system enforces; takes some milliseconds and a few processes that end at once.
pub async fn held_by() -> HeldBy {
    let support = check_support().await;
    let limits = support.rung.limits().iter().map(|limit| (*limit).to_owned()).collect();
    HeldBy { mechanisms: support.summary(), limits }
}
