//! Run times and large numbers as people read them.

use std::time::Duration;

/// `12ms`, `3.4s`, `2m 05s`.
pub(crate) fn shown(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1_000 => format!("{millis}ms"),
        1_000..60_000 => format!("{}.{}s", millis / 1_000, millis % 1_000 / 100),
        _ => format!("{}m {:02}s", millis / 60_000, millis / 1_000 % 60),
    }
}

/// `1,234,567`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let shown_ms = |ms| shown(Duration::from_millis(ms));
        assert_eq!(
            [shown_ms(0), shown_ms(999), shown_ms(1_250), shown_ms(125_000)],
            ["0ms", "999ms", "1.2s", "2m 05s"]
        );
        assert_eq!([0, 999, 1_060, 1_234_567].map(grouped), ["0", "999", "1,060", "1,234,567"]);
    }
}
