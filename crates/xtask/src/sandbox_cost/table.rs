//! Times of starts as a Markdown table. Pure: knows neither processes nor the sandbox.

use std::fmt::Write as _;
use std::time::Duration;

/// One start of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Until the program had been loaded.
    pub(super) until_started: Duration,
    /// Until its end was known.
    pub(super) until_ended: Duration,
}

/// All starts of one way.
pub(super) enum Outcome {
    Took(Vec<Start>),
    /// This system cannot start commands in this way, and why.
    Unavailable(String),
}

/// A line of the table.
pub(super) struct Row<'a> {
    pub(super) name: &'a str,
    pub(super) outcome: Outcome,
}

/// The table; what a way costs is counted over the first row.
pub(super) fn render(rows: &[Row]) -> String {
    let mut out = String::from(
        "| start of `true` | until started: least | median | p90 | until ended: least | median | p90 | over the first row |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let ended = |row: &Row| least_median_and_p90(&row.outcome, |start| start.until_ended);
    let base = rows.first().and_then(ended).map(|[_, median, _]| median);
    for row in rows {
        let started = least_median_and_p90(&row.outcome, |start| start.until_started);
        let over = ended(row).zip(base).map(|([_, median, _], base)| (median - base) * 1000.0);
        let cells = [started, ended(row)].into_iter().flat_map(|times| match times {
            Some(times) => times.map(Some),
            None => [None; 3],
        });
        let cells: Vec<String> =
            cells.map(|cell| cell.map_or_else(|| "-".to_owned(), in_milliseconds)).collect();
        let over = over.map_or_else(|| "-".to_owned(), |ms| format!("{ms:+.2} ms"));
        let _ = writeln!(out, "| {} | {} | {over} |", row.name, cells.join(" | "));
    }
    for row in rows {
        if let Outcome::Unavailable(reason) = &row.outcome {
            let _ = writeln!(out, "\n{}: not available here: {reason}", row.name);
        }
    }
    out
}

/// A time as text.
pub(super) fn milliseconds(time: Duration) -> String {
    in_milliseconds(time.as_secs_f64())
}

fn in_milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1000.0)
}

/// In seconds; nothing when there were no starts. The least says most on a machine with other work.
fn least_median_and_p90(outcome: &Outcome, time: fn(&Start) -> Duration) -> Option<[f64; 3]> {
    let Outcome::Took(starts) = outcome else { return None };
    let mut times: Vec<Duration> = starts.iter().map(time).collect();
    times.sort();
    let at = |index: usize| times.get(index).map(Duration::as_secs_f64);
    Some([at(0)?, at(times.len() / 2)?, at(times.len() * 9 / 10)?])
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn took(millis: impl IntoIterator<Item = u64>) -> Outcome {
        let start = |ms| Start {
            until_started: Duration::from_millis(ms),
            until_ended: Duration::from_millis(ms * 2),
        };
        Outcome::Took(millis.into_iter().map(start).collect())
    }

    #[test]
    fn every_way_stands_over_the_first_and_what_is_missing_says_why() {
        let rows = [
            Row { name: "plain", outcome: took([3, 1, 2]) },
            Row { name: "boxed", outcome: took((1..=10).rev()) },
            Row { name: "none", outcome: Outcome::Unavailable("no kernel".to_owned()) },
        ];
        let expected = "\
| start of `true` | until started: least | median | p90 | until ended: least | median | p90 | over the first row |
|---|---|---|---|---|---|---|---|
| plain | 1.00 ms | 2.00 ms | 3.00 ms | 2.00 ms | 4.00 ms | 6.00 ms | +0.00 ms |
| boxed | 1.00 ms | 6.00 ms | 10.00 ms | 2.00 ms | 12.00 ms | 20.00 ms | +8.00 ms |
| none | - | - | - | - | - | - | - |

none: not available here: no kernel
";
        assert_eq!(render(&rows), expected);
    }
}
