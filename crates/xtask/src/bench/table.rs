//! Figures from runs, and the Markdown tables. Pure: knows neither processes nor files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::case::{Case, Index};
use super::measure::Used;

/// Several runs of one case as one row of figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) wall_min_s: f64,
    pub(crate) wall_median_s: f64,
    pub(crate) cpu_median_s: f64,
    /// The largest of all runs.
    pub(crate) peak_mib: f64,
}

impl Summary {
    /// Nothing when there were no runs.
    pub(crate) fn of(runs: &[Used]) -> Option<Self> {
        let walls = sorted(runs.iter().map(|run| run.wall_s));
        let cpus = sorted(runs.iter().map(|run| run.cpu_s));
        Some(Self {
            wall_min_s: *walls.first()?,
            wall_median_s: walls[walls.len() / 2],
            cpu_median_s: cpus[cpus.len() / 2],
            peak_mib: runs.iter().map(|run| run.peak_mib).fold(0.0, f64::max),
        })
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Everything measured of one binary.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) cases: BTreeMap<Case, Summary>,
    pub(crate) binary_bytes: u64,
}

/// One figure we promise.
struct Target {
    what: &'static str,
    value: fn(&Figures) -> Option<f64>,
    unit: Unit,
    limit: Limit,
}

/// In the unit's base: seconds, MiB or bytes.
#[derive(Clone, Copy)]
enum Limit {
    Below(f64),
    /// A tenth of what the official binary takes here; of the recorded figure when it is not measured beside ours.
    TenthOf {
        recorded: f64,
    },
}

impl Limit {
    fn value(self, official: Option<f64>) -> f64 {
        match self {
            Self::Below(limit) => limit,
            Self::TenthOf { recorded } => official.unwrap_or(recorded) / 10.0,
        }
    }

    fn words(self, official: Option<f64>) -> &'static str {
        match (self, official) {
            (Self::Below(_), _) => "",
            (Self::TenthOf { .. }, Some(_)) => " (a tenth)",
            (Self::TenthOf { .. }, None) => " (a tenth of 0.169.0 as recorded)",
        }
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Seconds,
    Mib,
    Megabytes,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Seconds if value.abs() < 1.0 => format!("{:.1} ms", value * 1000.0),
            Self::Seconds => format!("{value:.2} s"),
            Self::Mib => format!("{value:.1} MiB"),
            Self::Megabytes => format!("{:.1} MB", value / 1e6),
        }
    }
}

fn of(figures: &Figures, case: Case, value: fn(&Summary) -> f64) -> Option<f64> {
    figures.cases.get(&case).map(value)
}

fn first_seen(megabytes: u64) -> Case {
    Case::Resume { megabytes, index: Index::Removed }
}

fn over_fresh_turn(figures: &Figures, megabytes: u64) -> Option<f64> {
    let fresh = of(figures, Case::OneTurn, |turn| turn.wall_median_s)?;
    Some(of(figures, first_seen(megabytes), |resumed| resumed.wall_median_s)? - fresh)
}

const TARGETS: [Target; 11] = [
    Target {
        what: "`--version`, wall",
        value: |f| of(f, Case::Version, |s| s.wall_median_s),
        unit: Unit::Seconds,
        limit: Limit::Below(0.004),
    },
    Target {
        what: "one turn, wall",
        value: |f| of(f, Case::OneTurn, |s| s.wall_median_s),
        unit: Unit::Seconds,
        limit: Limit::TenthOf { recorded: 0.45 },
    },
    Target {
        what: "one turn, CPU",
        value: |f| of(f, Case::OneTurn, |s| s.cpu_median_s),
        unit: Unit::Seconds,
        limit: Limit::TenthOf { recorded: 0.39 },
    },
    Target {
        what: "one turn, peak memory",
        value: |f| of(f, Case::OneTurn, |s| s.peak_mib),
        unit: Unit::Mib,
        limit: Limit::Below(25.0),
    },
    Target {
        what: "50 tool calls of `true`, wall",
        value: |f| of(f, Case::ToolCalls, |s| s.wall_median_s),
        unit: Unit::Seconds,
        limit: Limit::Below(0.7),
    },
    Target {
        what: "50,000 text deltas, CPU",
        value: |f| of(f, Case::Deltas, |s| s.cpu_median_s),
        unit: Unit::Seconds,
        limit: Limit::Below(0.2),
    },
    Target {
        what: "resume of 100 MB, wall over a fresh turn",
        value: |f| over_fresh_turn(f, 100),
        unit: Unit::Seconds,
        limit: Limit::Below(0.06),
    },
    Target {
        what: "resume of 100 MB, peak memory",
        value: |f| of(f, first_seen(100), |s| s.peak_mib),
        unit: Unit::Mib,
        limit: Limit::Below(40.0),
    },
    Target {
        what: "resume of 1 GB, wall over a fresh turn",
        value: |f| over_fresh_turn(f, 1000),
        unit: Unit::Seconds,
        limit: Limit::Below(0.06),
    },
    Target {
        what: "resume of 1 GB, peak memory",
        value: |f| of(f, first_seen(1000), |s| s.peak_mib),
        unit: Unit::Mib,
        limit: Limit::Below(40.0),
    },
    Target {
        what: "binary",
        value: |f| (f.binary_bytes > 0).then_some(f.binary_bytes as f64),
        unit: Unit::Megabytes,
        limit: Limit::Below(20e6),
    },
];

/// The promised figures: ours, the official binary's, how many times less ours is, and the target.
pub(crate) fn promised(ours: &Figures, official: &Figures) -> String {
    let mut out = String::from("| what | ours | official | ratio | target |\n|---|---|---|---|---|\n");
    for target in &TARGETS {
        let (mine, theirs) = ((target.value)(ours), (target.value)(official));
        let show = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| target.unit.show(value));
        let ratio = match (mine, theirs) {
            (Some(mine), Some(theirs)) if mine > 0.0 => format!("{:.1}x", theirs / mine),
            _ => "-".to_owned(),
        };
        let limit = target.limit.value(theirs);
        let verdict = match mine {
            None => "",
            Some(mine) if mine < limit => ", met",
            Some(_) => ", **missed**",
        };
        let (words, below) = (target.limit.words(theirs), target.unit.show(limit));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {ratio} | < {below}{words}{verdict} |",
            target.what,
            show(mine),
            show(theirs)
        );
    }
    out
}

/// Every case with all its figures.
pub(crate) fn all(sides: &[(&str, &Figures)]) -> String {
    let mut out = String::from(
        "| case | binary | wall min | wall median | CPU median | peak memory |\n|---|---|---|---|---|---|\n",
    );
    let mut rows: Vec<(Case, &str, Summary)> = Vec::new();
    for (name, figures) in sides {
        rows.extend(figures.cases.iter().map(|(case, summary)| (*case, *name, *summary)));
    }
    rows.sort_by_key(|(case, ..)| *case);
    for (case, name, summary) in rows {
        let seconds = |value| Unit::Seconds.show(value);
        let _ = writeln!(
            out,
            "| {} | {name} | {} | {} | {} | {} |",
            case.name(),
            seconds(summary.wall_min_s),
            seconds(summary.wall_median_s),
            seconds(summary.cpu_median_s),
            Unit::Mib.show(summary.peak_mib)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn used(wall_s: f64, cpu_s: f64, peak_mib: f64) -> Used {
        Used { wall_s, user_s: cpu_s, cpu_s, peak_mib, exit_code: 0 }
    }

    fn figures(rows: &[(Case, f64)]) -> Figures {
        let summary = |wall: f64| Summary::of(&[used(wall, wall / 2.0, 30.0)]).expect("one run");
        let cases = rows.iter().map(|(case, wall)| (*case, summary(*wall))).collect();
        Figures { cases, binary_bytes: 8_000_000 }
    }

    #[test]
    fn runs_fold_into_min_median_and_peak() {
        let runs = [used(3.0, 0.3, 10.0), used(1.0, 0.1, 12.0), used(2.0, 0.2, 11.0)];
        let expected = Summary { wall_min_s: 1.0, wall_median_s: 2.0, cpu_median_s: 0.2, peak_mib: 12.0 };
        assert_eq!(Summary::of(&runs), Some(expected));
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn rows_show_ratio_and_verdict() {
        let ours = figures(&[(Case::OneTurn, 0.03), (first_seen(100), 0.05)]);
        let official = figures(&[(Case::OneTurn, 0.45), (first_seen(100), 3.3)]);
        let table = promised(&ours, &official);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[3], "| one turn, wall | 30.0 ms | 450.0 ms | 15.0x | < 45.0 ms (a tenth), met |");
        assert_eq!(
            lines[5],
            "| one turn, peak memory | 30.0 MiB | 30.0 MiB | 1.0x | < 25.0 MiB, **missed** |"
        );
        assert_eq!(
            lines[8],
            "| resume of 100 MB, wall over a fresh turn | 20.0 ms | 2.85 s | 142.5x | < 60.0 ms, met |"
        );
        assert_eq!(lines[12], "| binary | 8.0 MB | 8.0 MB | 1.0x | < 20.0 MB, met |");
    }

    #[test]
    fn cases_that_were_not_run_stay_open() {
        let table = promised(&figures(&[]), &Figures::default());
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[2], "| `--version`, wall | - | - | - | < 4.0 ms |");
        assert_eq!(lines[4], "| one turn, CPU | - | - | - | < 39.0 ms (a tenth of 0.169.0 as recorded) |");
    }

    #[test]
    fn all_figures_put_both_binaries_under_each_case() {
        let ours = figures(&[(Case::OneTurn, 0.03), (Case::Version, 0.002)]);
        let official = figures(&[(Case::OneTurn, 0.45)]);
        let table = all(&[("ours", &ours), ("official", &official)]);
        let names: Vec<String> = table
            .lines()
            .skip(2)
            .map(|line| line.split(" | ").take(2).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(names, ["| version ours", "| one turn ours", "| one turn official"]);
    }
}
