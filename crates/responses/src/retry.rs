//! When to try again: the decision's type, the delays, and what `retry-after` says. Pure but for the jitter's dice.

use std::time::{Duration, SystemTime};

/// What to do about an error (`responses-wire.md §2.2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Trying again would not help: the turn ends.
    Final,
    /// Open the stream again, within `stream_max_retries`.
    Stream {
        /// The server's own wish; otherwise [`stream_backoff`].
        after: Option<Duration>,
    },
    /// Nobody answers at the address: wait [`network_backoff`] and try again without counting.
    Network,
}

const BACKOFF_FIRST: Duration = Duration::from_millis(200);
const NETWORK_FIRST: Duration = Duration::from_secs(5);
/// Longest wait between two looks for the network.
const NETWORK_WAIT_MAX: Duration = Duration::from_secs(300);
/// Longest wait between two attempts of one layer, where the server names none.
const BACKOFF_WAIT_MAX: Duration = Duration::from_secs(300);

/// The wait before attempt `n` of the stream, from 1: 200 ms, doubling, ±10 %.
pub fn stream_backoff(n: u64) -> Duration {
    backoff(n, rand::random::<f64>())
}

/// The wait before look `n` for the network, from 1: 5 s, doubling, at most five minutes.
pub fn network_backoff(n: u64) -> Duration {
    doubled(NETWORK_FIRST, n).min(NETWORK_WAIT_MAX)
}

/// The same for the request layer.
pub(crate) fn request_backoff(n: u64) -> Duration {
    stream_backoff(n)
}

/// `dice` is in `0..1`.
fn backoff(n: u64, dice: f64) -> Duration {
    doubled(BACKOFF_FIRST, n).min(BACKOFF_WAIT_MAX).mul_f64(0.9 + 0.2 * dice.clamp(0.0, 1.0))
}

fn doubled(first: Duration, n: u64) -> Duration {
    let exponent = u32::try_from(n.saturating_sub(1)).unwrap_or(u32::MAX).min(31);
    first.saturating_mul(1 << exponent)
}

/// A `retry-after` value: whole seconds or an HTTP date; a date in the past means now.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// The delay a message names, as in "try again in 1.5s", "28ms" or "2 seconds".
pub(crate) fn delay_in_message(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    let rest = lower.split_once("try again in ")?.1.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let number: f64 = rest[..end].trim_end_matches('.').parse().ok()?;
    let unit = rest[end..].trim_start();
    let seconds = if unit.starts_with("ms") || unit.starts_with("milli") {
        number / 1000.0
    } else if unit.starts_with('s') {
        number
    } else if unit.starts_with('m') {
        number * 60.0
    } else {
        return None;
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use pretty_assertions::assert_eq;

    use super::{backoff, delay_in_message, network_backoff, retry_after};

    #[test]
    fn delays_double_from_200_ms_within_a_tenth() {
        let middle = |n| backoff(n, 0.5).as_millis();
        assert_eq!([1, 2, 3, 4, 5].map(middle), [200, 400, 800, 1600, 3200]);
        assert_eq!((backoff(1, 0.0).as_millis(), backoff(1, 1.0).as_millis()), (180, 220));
        assert!(backoff(u64::MAX, 1.0) <= Duration::from_secs(330));
    }

    #[test]
    fn the_network_is_looked_for_ever_more_rarely() {
        let seconds = |n| network_backoff(n).as_secs();
        assert_eq!([1, 2, 3, 4, 99].map(seconds), [5, 10, 20, 40, 300]);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let check = |value: &str, expected: Option<u64>| {
            assert_eq!(retry_after(value, now), expected.map(Duration::from_secs), "{value:?}");
        };
        check("3", Some(3));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:49:40 GMT", Some(3));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(0));
        for no in ["", "1.5", "-1", "soon", "99999999999999999999999999"] {
            check(no, None);
        }
    }

    #[test]
    fn messages_may_name_a_delay() {
        let check = |message: &str, expected: Option<u64>| {
            assert_eq!(delay_in_message(message), expected.map(Duration::from_millis), "{message:?}");
        };
        check("Rate limit reached. Please try again in 1.5s. See the docs.", Some(1500));
        check("try again in 28ms", Some(28));
        check("Try again in 2 seconds.", Some(2000));
        check("try again in 1 minute", Some(60_000));
        for no in ["try again", "try again in a while", "try again in 5", "try again in ...s", ""] {
            check(no, None);
        }
    }
}
