//! The figures as a Markdown table, with what we promise. Pure.

use std::fmt::Write as _;

use super::case::ScreenFigures;

struct Row {
    what: &'static str,
    value: fn(&ScreenFigures) -> f64,
    unit: &'static str,
    digits: usize,
    /// What ours must stay at or below.
    limit: Option<f64>,
}

const fn row(what: &'static str, value: fn(&ScreenFigures) -> f64, unit: &'static str, digits: usize) -> Row {
    Row { what, value, unit, digits, limit: None }
}

impl Row {
    const fn at_most(self, limit: f64) -> Self {
        Self { limit: Some(limit), ..self }
    }
}

const ROWS: [Row; 17] = [
    row("first text after exec", |f| f.first_text_ms, "ms", 1).at_most(15.0),
    row("usable after exec", |f| f.usable_ms, "ms", 1).at_most(40.0),
    row("CPU of a start", |f| f.start_cpu_s, "s", 2),
    row("bytes of a start", |f| f.start_bytes / 1000.0, "KB", 1),
    row("peak memory of a start", |f| f.start_peak_mib, "MiB", 1).at_most(20.0),
    row("key to paint, p50", |f| f.key_p50_ms, "ms", 1).at_most(3.0),
    row("key to paint, p95", |f| f.key_p95_ms, "ms", 1).at_most(8.0),
    row("5 s idle, bytes", |f| f.rest_bytes, "", 0).at_most(0.0),
    row("5 s idle, CPU", |f| f.rest_cpu_s, "s", 2).at_most(0.0),
    row("2,000 deltas in 5 s, CPU", |f| f.stream_cpu_s, "s", 2).at_most(0.4),
    row("2,000 deltas in 5 s, bytes", |f| f.stream_bytes / 1000.0, "KB", 0).at_most(250.0),
    row("last delta to paint", |f| f.last_delta_ms, "ms", 1).at_most(50.0),
    row("10,000 items: newest turn after exec", |f| f.newest_turn_ms, "ms", 0).at_most(100.0),
    row("10,000 items: usable after exec", |f| f.long_usable_ms, "ms", 0).at_most(200.0),
    row("10,000 items: key to paint, p50", |f| f.long_key_p50_ms, "ms", 1).at_most(3.0),
    row("10,000 items: key to paint, p95", |f| f.long_key_p95_ms, "ms", 1).at_most(8.0),
    row("10,000 items: peak memory", |f| f.long_peak_mib, "MiB", 1).at_most(50.0),
];

/// The table; the official column is empty when it was not measured.
pub(crate) fn table(ours: &ScreenFigures, official: Option<&ScreenFigures>) -> String {
    let mut out =
        "| terminal UI, 120x40 | ours | official | promised | kept |\n|---|---:|---:|---:|---|\n".to_owned();
    for row in ROWS {
        let show = |value: f64| format!("{value:.*} {}", row.digits, row.unit).trim_end().to_owned();
        let value = (row.value)(ours);
        let beside = official.map_or_else(|| "–".to_owned(), |figures| show((row.value)(figures)));
        let promised = row.limit.map_or_else(String::new, |limit| format!("≤ {}", show(limit)));
        let kept = match row.limit {
            None => "",
            Some(limit) if value <= limit => "yes",
            Some(_) => "no",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {} | {} | {beside} | {promised} | {kept} |", row.what, show(value));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_promise_is_said() {
        let ours = ScreenFigures { first_text_ms: 16.0, ..ScreenFigures::default() };
        let text = table(&ours, Some(&ScreenFigures { first_text_ms: 75.0, ..ours.clone() }));
        assert!(text.contains("| first text after exec | 16.0 ms | 75.0 ms | ≤ 15.0 ms | no |"), "{text}");
        assert!(text.contains("| 5 s idle, bytes | 0 | 0 | ≤ 0 | yes |"), "{text}");
    }
}
