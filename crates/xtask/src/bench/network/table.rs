//! The figures as a Markdown table, with what we promise. Pure.

use std::fmt::Write as _;

use super::case::NetworkFigures;

/// What ours must keep.
#[derive(Clone, Copy)]
enum Promise {
    None,
    AtMost(f64),
    AtLeast(f64),
}

struct Row {
    what: &'static str,
    value: fn(&NetworkFigures) -> f64,
    unit: &'static str,
    promise: Promise,
}

const fn row(
    what: &'static str,
    value: fn(&NetworkFigures) -> f64,
    unit: &'static str,
    promise: Promise,
) -> Row {
    Row { what, value, unit, promise }
}

const ROWS: [Row; 11] = [
    row("Enter to the request's arrival, warm WebSocket", |f| f.request_ms, "ms", Promise::AtMost(5.0)),
    row(
        "bytes of a WebSocket request on a 2 MB history, of those over HTTP",
        |f| f.increment_percent,
        "%",
        Promise::AtMost(2.0),
    ),
    row("10 retries of a 10 MB body, CPU", |f| f.retries.cpu, "ms", Promise::None),
    row("... of a bare loop writing the same bytes", |f| f.retries.floor, "ms", Promise::None),
    row("... over the bare loop", |f| f.retries.cpu - f.retries.floor, "ms", Promise::AtMost(5.0)),
    row(
        "long stream over SSE, for each CPU second",
        |f| f.sse.mb_per_s,
        "MB",
        Promise::AtLeast(STREAM_MB_PER_S_MIN),
    ),
    row("long stream over SSE, peak memory", |f| f.sse.peak_mib, "MiB", Promise::None),
    row(
        "long stream over SSE, over a tenth of it",
        |f| f.sse.growth_mib,
        "MiB",
        Promise::AtMost(GROWTH_MIB_MAX),
    ),
    row(
        "long stream over WebSocket, for each CPU second",
        |f| f.websocket.mb_per_s,
        "MB",
        Promise::AtLeast(STREAM_MB_PER_S_MIN),
    ),
    row("long stream over WebSocket, peak memory", |f| f.websocket.peak_mib, "MiB", Promise::None),
    row(
        "long stream over WebSocket, over a tenth of it",
        |f| f.websocket.growth_mib,
        "MiB",
        Promise::AtMost(GROWTH_MIB_MAX),
    ),
];
/// What an allocator may keep of a run that does the same work more often.
pub(super) const GROWTH_MIB_MAX: f64 = 4.0;
/// What one core reads.
pub(super) const STREAM_MB_PER_S_MIN: f64 = 300.0;

/// The table; the official column is empty when it was not measured.
pub(crate) fn table(ours: &NetworkFigures, official: Option<&NetworkFigures>) -> String {
    let mut out = "| connection | ours | official | promised | kept |\n|---|---:|---:|---:|---|\n".to_owned();
    for row in ROWS {
        let show = |value: f64| format!("{value:.1} {}", row.unit);
        let value = (row.value)(ours);
        let beside = official.map_or_else(|| "–".to_owned(), |figures| show((row.value)(figures)));
        let (promised, kept) = match row.promise {
            Promise::None => (String::new(), None),
            Promise::AtMost(limit) => (format!("≤ {}", show(limit)), Some(value <= limit)),
            Promise::AtLeast(limit) => (format!("≥ {}", show(limit)), Some(value >= limit)),
        };
        let kept = kept.map_or("", |kept| if kept { "yes" } else { "no" });
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {} | {} | {beside} | {promised} | {kept} |", row.what, show(value));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_have_a_direction() {
        let mut ours =
            NetworkFigures { request_ms: 6.0, increment_percent: 1.0, ..NetworkFigures::default() };
        ours.sse.mb_per_s = 299.0;
        ours.websocket.mb_per_s = 301.0;
        let text = table(&ours, None);
        for line in [
            "warm WebSocket | 6.0 ms | – | ≤ 5.0 ms | no |",
            "over HTTP | 1.0 % | – | ≤ 2.0 % | yes |",
            "over SSE, for each CPU second | 299.0 MB | – | ≥ 300.0 MB | no |",
            "over WebSocket, for each CPU second | 301.0 MB | – | ≥ 300.0 MB | yes |",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
