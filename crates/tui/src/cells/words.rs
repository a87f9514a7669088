//! Numbers and times in words.

use std::time::Duration;

/// `0s`, `59s`, `1m 05s`, `2h 03m`.
pub(crate) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// Run time of a command: `0.4s` where seconds would say nothing.
pub(crate) fn took(time: Duration) -> String {
    match time.as_millis() {
        0..1000 => format!("{}ms", time.as_millis()),
        1000..60_000 => format!("{}.{}s", time.as_secs(), time.subsec_millis() / 100),
        _ => elapsed(time),
    }
}

/// `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([7, 65, 7380].map(|s| elapsed(Duration::from_secs(s))), ["7s", "1m 05s", "2h 03m"]);
        assert_eq!([5, 8540, 61_000].map(|ms| took(Duration::from_millis(ms))), ["5ms", "8.5s", "1m 01s"]);
    }
}
