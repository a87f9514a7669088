//! What `codex replay` says at the end, and whether it was a success. Pure: a report in, words and a verdict out.

use codex_sim::{ReplayMode, ReplayReport};

/// How the played turns ended, compared with the recorded ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turns {
    /// Each as recorded.
    AsRecorded,
    /// The replay stopped at a turn that ended otherwise.
    StoppedAt {
        /// From 1.
        turn: usize,
        /// Recorded turns.
        of: usize,
    },
}

/// Which differences are shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Differences {
    Shown,
    Counted,
}

/// Whether the replay is a success.
pub(crate) fn succeeded(report: &ReplayReport, turns: Turns, mode: ReplayMode) -> bool {
    let complete = turns == Turns::AsRecorded && report.refused.is_empty();
    match mode {
        ReplayMode::Strict => complete && report.is_clean(),
        ReplayMode::Lenient => complete,
    }
}

/// The closing words.
pub(crate) fn summary(report: &ReplayReport, turns: Turns, differences: Differences) -> String {
    let mut out = String::new();
    let differed = report.differences.len();
    if differences == Differences::Shown {
        for difference in &report.differences {
            let place = format!("request {} (turn {})", difference.request, difference.turn);
            out.push_str(&format!("{place} differs from the recording:\n{}\n", difference.diff.trim_end()));
        }
    }
    for refused in &report.refused {
        out.push_str(&format!("{refused}\n"));
    }
    if let Turns::StoppedAt { turn, of } = turns {
        let why =
            if report.refused.is_empty() { "it did not end as recorded" } else { "the recording ends there" };
        out.push_str(&format!("stopped at turn {turn} of {of}: {why}\n"));
    }
    let served = format!("{} of {} recorded requests replayed", report.served, report.recorded);
    let same = match differed {
        0 => "none differed".to_owned(),
        1 => "1 differed".to_owned(),
        many => format!("{many} differed"),
    };
    out.push_str(&format!("replay: {served}, {same}\n"));
    if differed > 0 && differences == Differences::Counted {
        out.push_str("hint: --diff shows what differed, --strict stops at the first difference\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use codex_sim::Difference;
    use pretty_assertions::assert_eq;

    use super::*;

    fn report(served: usize, differences: usize) -> ReplayReport {
        let difference = |at: usize| Difference { request: at as u64, turn: 1, diff: format!("-a\n+{at}\n") };
        ReplayReport {
            recorded: 3,
            served,
            differences: (1..=differences).map(difference).collect(),
            refused: Vec::new(),
        }
    }

    #[test]
    fn a_clean_replay_is_one_line() {
        let clean = report(3, 0);
        assert_eq!(
            summary(&clean, Turns::AsRecorded, Differences::Counted),
            "replay: 3 of 3 recorded requests replayed, none differed\n"
        );
        assert!(succeeded(&clean, Turns::AsRecorded, ReplayMode::Strict));
    }

    #[test]
    fn differences_are_counted_or_shown_and_fail_only_a_strict_replay() {
        let other = report(3, 2);
        assert_eq!(
            summary(&other, Turns::AsRecorded, Differences::Counted),
            "replay: 3 of 3 recorded requests replayed, 2 differed\n\
             hint: --diff shows what differed, --strict stops at the first difference\n"
        );
        assert_eq!(
            summary(&other, Turns::AsRecorded, Differences::Shown),
            "request 1 (turn 1) differs from the recording:\n-a\n+1\n\
             request 2 (turn 1) differs from the recording:\n-a\n+2\n\
             replay: 3 of 3 recorded requests replayed, 2 differed\n"
        );
        assert!(succeeded(&other, Turns::AsRecorded, ReplayMode::Lenient));
        assert!(!succeeded(&other, Turns::AsRecorded, ReplayMode::Strict));
    }

    #[test]
    fn a_replay_that_stopped_early_or_asked_for_more_fails_in_every_mode() {
        let stopped = Turns::StoppedAt { turn: 1, of: 2 };
        assert!(!succeeded(&report(1, 0), stopped, ReplayMode::Lenient));
        assert!(
            summary(&report(1, 0), stopped, Differences::Counted).starts_with("stopped at turn 1 of 2: ")
        );
        let more = ReplayReport { refused: vec!["no further request".to_owned()], ..report(3, 0) };
        assert!(!succeeded(&more, Turns::AsRecorded, ReplayMode::Lenient));
        assert!(summary(&more, Turns::AsRecorded, Differences::Counted).starts_with("no further request\n"));
    }

    #[test]
    fn a_strict_replay_that_asked_for_less_fails() {
        assert!(!succeeded(&report(2, 0), Turns::AsRecorded, ReplayMode::Strict));
        assert!(succeeded(&report(2, 0), Turns::AsRecorded, ReplayMode::Lenient));
    }
}
