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

/// `999`, `1.2k`, `12k`, `3.4M`.
pub(crate) fn short(number: u64) -> String {
    let scaled = |unit: u64, letter: char| match number / unit {
        whole @ 0..10 => format!("{whole}.{}{letter}", number / (unit / 10) % 10),
        whole => format!("{whole}{letter}"),
    };
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => scaled(1_000, 'k'),
        _ => scaled(1_000_000, 'M'),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let shorts = [0, 999, 1_000, 1_999, 12_345, 999_999, 3_456_789].map(short);
        assert_eq!(shorts, ["0", "999", "1.0k", "1.9k", "12k", "999k", "3.4M"]);
        assert_eq!([7, 65, 7380].map(|s| elapsed(Duration::from_secs(s))), ["7s", "1m 05s", "2h 03m"]);
        assert_eq!([5, 8540, 61_000].map(|ms| took(Duration::from_millis(ms))), ["5ms", "8.5s", "1m 01s"]);
    }
}
