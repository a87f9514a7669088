//! Wall-clock readings in the units files and headers want.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One reading of the system clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(Duration);

impl Moment {
    /// Now.
    pub(crate) fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// Unix milliseconds.
    pub(crate) fn unix_ms(self) -> i64 {
        i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX)
    }

    /// Unix seconds.
    pub(crate) fn unix_s(self) -> i64 {
        i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX)
    }

    /// Unix seconds with fraction.
    pub(crate) fn unix_f64(self) -> f64 {
        self.0.as_secs_f64()
    }

    /// Milliseconds from `earlier` to this moment; 0 when the clock went back.
    pub(crate) fn ms_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0).as_millis()).unwrap_or(u64::MAX)
    }
}
