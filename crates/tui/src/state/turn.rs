//! The running turn as the status row tells it.

use std::time::Duration;

/// A turn that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    /// When it began.
    pub(crate) since: Duration,
    /// What it is at, in the model's words; `None` shows "Working".
    pub(crate) heading: Option<String>,
    /// A retry that is waited for.
    pub(crate) retry: Option<String>,
    /// What the person asked of it.
    pub(crate) stop: Stop,
}

/// Whether a turn is asked to stop, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    No,
    /// What waits goes back to the composer.
    AndWait,
    /// What waits is sent at once.
    AndGoOn,
}

impl Turn {
    /// A turn that begins now.
    pub(crate) fn new(now: Duration) -> Self {
        Self { since: now, heading: None, retry: None, stop: Stop::No }
    }

    /// The word of the status row.
    pub(crate) fn word(&self) -> &str {
        match (self.stop, &self.retry, &self.heading) {
            (Stop::AndWait | Stop::AndGoOn, _, _) => "Stopping",
            (Stop::No, Some(retry), _) => retry,
            (Stop::No, None, Some(heading)) => heading,
            (Stop::No, None, None) => "Working",
        }
    }
}
