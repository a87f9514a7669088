//! The running turn as the status row tells it: what it is at, what it has used, how fast words come.

use std::time::Duration;

/// A turn that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    /// When it began.
    pub(crate) since: Duration,
    /// What it is at, in the model's words; `None` shows "Working".
    pub(crate) heading: Option<String>,
    /// A retry that is waited for.
    pub(crate) retry: Option<Retry>,
    /// What the person asked of it.
    pub(crate) stop: Stop,
    /// Tokens of its requests so far, without what the server had in its cache.
    pub(crate) tokens: u64,
    pace: Pace,
}

/// The next attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Retry {
    /// When it is due.
    pub(crate) at: Duration,
    /// Which one it is.
    pub(crate) which: String,
    pub(crate) reason: String,
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
        Self { since: now, heading: None, retry: None, stop: Stop::No, tokens: 0, pace: Pace::default() }
    }

    /// The word of the status row.
    pub(crate) fn word(&self, now: Duration) -> String {
        match (self.stop, &self.retry, &self.heading) {
            (Stop::AndWait | Stop::AndGoOn, _, _) => "Stopping".to_owned(),
            (Stop::No, Some(retry), _) => retry.word(now),
            (Stop::No, None, Some(heading)) => heading.clone(),
            (Stop::No, None, None) => "Working".to_owned(),
        }
    }

    /// So many bytes of text came; none when something else did.
    pub(crate) fn came(&mut self, now: Duration, bytes: usize) {
        self.retry = None;
        if bytes > 0 {
            self.pace.came(now, bytes);
        }
    }

    /// About how many tokens a second come, while they do.
    pub(crate) fn rate(&self, now: Duration) -> Option<u64> {
        self.pace.rate(now)
    }
}

impl Retry {
    fn word(&self, now: Duration) -> String {
        let left = self.at.saturating_sub(now).as_secs_f64().ceil();
        let when = if left > 0.0 { format!("in {left}s") } else { "now".to_owned() };
        format!("Trying again {when} ({}): {}", self.which, self.reason)
    }
}

/// Text without a longer pause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pace {
    begun: Option<Duration>,
    last: Duration,
    bytes: u64,
}

impl Pace {
    /// A longer pause ends a stretch.
    const PAUSE_MAX: Duration = Duration::from_secs(2);
    /// A shorter stretch says nothing.
    const STRETCH_MIN: Duration = Duration::from_secs(1);
    /// Bytes of text to a token, as it is in most languages and in code.
    const BYTES_OF_TOKEN: u64 = 4;

    fn came(&mut self, now: Duration, bytes: usize) {
        let goes_on = self.begun.is_some() && now.saturating_sub(self.last) <= Self::PAUSE_MAX;
        if !goes_on {
            *self = Self { begun: Some(now), last: now, bytes: 0 };
        }
        self.last = now;
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    fn rate(&self, now: Duration) -> Option<u64> {
        let stretch = self.last.saturating_sub(self.begun?);
        let alive = now.saturating_sub(self.last) <= Self::PAUSE_MAX && stretch >= Self::STRETCH_MIN;
        let millis = u64::try_from(stretch.as_millis()).ok().filter(|_| alive)?;
        (self.bytes / Self::BYTES_OF_TOKEN).saturating_mul(1000).checked_div(millis).filter(|rate| *rate > 0)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_rate_is_that_of_the_present_stretch() {
        let at = Duration::from_millis;
        let mut turn = Turn::new(at(0));
        turn.came(at(1_000), 40);
        assert_eq!(turn.rate(at(1_000)), None, "too short to tell");
        turn.came(at(2_000), 400);
        turn.came(at(3_000), 360);
        assert_eq!(turn.rate(at(3_000)), Some(100));
        assert_eq!(turn.rate(at(5_001)), None, "nothing comes any more");
        turn.came(at(9_000), 4);
        turn.came(at(10_000), 76);
        assert_eq!(turn.rate(at(10_500)), Some(20), "a pause begins anew");
    }

    #[test]
    fn a_retry_counts_down() {
        let at = Duration::from_millis;
        let mut turn = Turn::new(at(0));
        turn.retry = Some(Retry { at: at(2_400), which: "2 of 5".to_owned(), reason: "cut".to_owned() });
        let words = [0, 1_000, 2_399, 2_400].map(|now| turn.word(at(now)));
        let expected =
            ["in 3s", "in 2s", "in 1s", "now"].map(|when| format!("Trying again {when} (2 of 5): cut"));
        assert_eq!(words, expected);
        turn.came(at(2_500), 1);
        assert_eq!(turn.word(at(2_500)), "Working");
    }
}
