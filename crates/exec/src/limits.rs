//! Rate limits in words, for the end of a run. Pure; says nothing while there is plenty left.

use codex_protocol::{RateLimitSnapshot, RateLimitWindow};

/// Less than this of a window used is not worth a line.
const TOLD_PERCENT_MIN: f64 = 75.0;

/// One line for each window that is nearly used up, and for credits that are.
pub(crate) fn lines(buckets: &[RateLimitSnapshot]) -> Vec<String> {
    buckets.iter().flat_map(bucket).collect()
}

fn bucket(snapshot: &RateLimitSnapshot) -> Vec<String> {
    let name = snapshot.limit_name.clone().unwrap_or_else(|| snapshot.limit_id.replace('_', " "));
    let windows = [&snapshot.primary, &snapshot.secondary].into_iter().flatten();
    let mut told: Vec<String> = windows
        .filter(|window| window.used_percent >= TOLD_PERCENT_MIN)
        .map(|window| format!("{name}: {:.0} % of the {} limit used", window.used_percent, span(window)))
        .collect();
    let credits = snapshot.credits.as_ref().filter(|credits| credits.has_credits && !credits.unlimited);
    if let (false, Some(balance)) = (told.is_empty(), credits.and_then(|credits| credits.balance.as_ref())) {
        told.push(format!("{name}: {balance} credits left"));
    }
    told
}

fn span(window: &RateLimitWindow) -> String {
    match window.window_minutes {
        None => "usage".to_owned(),
        Some(minutes) if minutes >= 1440 && minutes % 1440 == 0 => format!("{}-day", minutes / 1440),
        Some(minutes) if minutes >= 60 && minutes % 60 == 0 => format!("{}-hour", minutes / 60),
        Some(minutes) => format!("{minutes}-minute"),
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::{RateLimitCredits, RateLimitSnapshot, RateLimitWindow};
    use pretty_assertions::assert_eq;

    use super::lines;

    fn window(used_percent: f64, window_minutes: Option<u64>) -> Option<RateLimitWindow> {
        Some(RateLimitWindow { used_percent, window_minutes, resets_at: None })
    }

    #[test]
    fn only_what_is_nearly_used_up_is_told() {
        let credits =
            Some(RateLimitCredits { has_credits: true, unlimited: false, balance: Some("7".to_owned()) });
        let quiet = RateLimitSnapshot {
            primary: window(74.9, Some(300)),
            credits: credits.clone(),
            ..RateLimitSnapshot::default()
        };
        assert_eq!(lines(&[quiet]), Vec::<String>::new());
        let full = RateLimitSnapshot {
            limit_id: "codex_other".to_owned(),
            primary: window(80.4, Some(300)),
            secondary: window(100.0, Some(10_080)),
            credits,
            ..RateLimitSnapshot::default()
        };
        let named = RateLimitSnapshot {
            limit_name: Some("Other".to_owned()),
            primary: window(75.0, None),
            ..RateLimitSnapshot::default()
        };
        assert_eq!(
            lines(&[full, named]),
            [
                "codex other: 80 % of the 5-hour limit used",
                "codex other: 100 % of the 7-day limit used",
                "codex other: 7 credits left",
                "Other: 75 % of the usage limit used",
            ]
        );
    }
}
