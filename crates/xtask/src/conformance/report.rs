//! Statements joined with their tests, and what is wrong between them. Renders text; reads no files.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use super::covers::{Cover, Misplaced};
use super::statements::{Scope, Statement};

/// The joined lists.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    rows: Vec<(&'a Statement, Vec<&'a Cover>)>,
    problems: Vec<String>,
}

impl<'a> Report<'a> {
    /// Joins by statement id.
    pub(crate) fn new(statements: &'a [Statement], covers: &'a [Cover]) -> Self {
        let mut rows: Vec<_> = statements.iter().map(|statement| (statement, Vec::new())).collect();
        let index: HashMap<&str, usize> =
            statements.iter().enumerate().map(|(at, statement)| (statement.id.as_str(), at)).collect();
        let mut problems = Vec::new();
        for cover in covers {
            let place = format!("{}:{}", cover.file, cover.line);
            match (index.get(cover.statement.as_str()), &cover.test) {
                (None, _) => problems.push(format!("{place}: no statement is called `{}`", cover.statement)),
                (_, Err(Misplaced::NoFunction)) => {
                    problems.push(format!("{place}: `{}` stands above no function", cover.statement));
                }
                (_, Err(Misplaced::NotATest)) => {
                    problems.push(format!(
                        "{place}: `{}` stands above a function that is no test",
                        cover.statement
                    ));
                }
                (Some(&at), Ok(_)) => rows[at].1.push(cover),
            }
        }
        Self { rows, problems }
    }

    /// Every statement of the present scope is proved and every comment names one.
    pub(crate) fn is_complete(&self) -> bool {
        self.problems.is_empty() && self.uncovered().next().is_none()
    }

    /// Statements of the present scope without a test.
    fn uncovered(&self) -> impl Iterator<Item = &Statement> {
        let open =
            self.rows.iter().filter(|(statement, tests)| statement.scope == Scope::Now && tests.is_empty());
        open.map(|(statement, _)| *statement)
    }

    /// Every statement whose id starts with `prefix`, with its tests.
    pub(crate) fn listing(&self, prefix: &str) -> String {
        let mut out = String::new();
        for (statement, tests) in self.rows.iter().filter(|(statement, _)| statement.id.starts_with(prefix)) {
            let mark = match (&statement.scope, tests.is_empty()) {
                (_, false) => "ok   ",
                (Scope::Now, true) => "OPEN ",
                (Scope::Later(_), true) => "later",
            };
            let _ = writeln!(out, "{mark} {:<22} {}", statement.id, statement.text);
            for cover in tests {
                let name = cover.test.as_deref().unwrap_or_default();
                let _ = writeln!(out, "      {:<22} {} {name}", "", cover.file);
            }
            if let (Scope::Later(why), true) = (&statement.scope, tests.is_empty()) {
                let _ = writeln!(out, "      {:<22} comes with: {why}", "");
            }
        }
        out.push('\n');
        out
    }

    /// Counts per group, then what is missing or wrong.
    pub(crate) fn summary(&self) -> String {
        let mut groups: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
        for (statement, tests) in &self.rows {
            let (proved, wanted, later) = groups.entry(statement.stem()).or_default();
            match statement.scope {
                Scope::Now => {
                    *wanted += 1;
                    *proved += usize::from(!tests.is_empty());
                }
                Scope::Later(_) => *later += 1,
            }
        }
        let mut out = String::new();
        for (stem, (proved, wanted, later)) in &groups {
            let _ = writeln!(out, "{stem:<16} {proved:>3} of {wanted:>3} proved, {later} later");
        }
        let open: Vec<&Statement> = self.uncovered().collect();
        if !open.is_empty() {
            let _ = writeln!(out, "\n{} statements without a test:", open.len());
            for statement in open {
                let _ = writeln!(out, "  {:<22} {}", statement.id, statement.text);
            }
        }
        if !self.problems.is_empty() {
            let _ = writeln!(out, "\n{} covers comments prove nothing:", self.problems.len());
            for problem in &self.problems {
                let _ = writeln!(out, "  {problem}");
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::{covers::scan, statements::parse};
    use super::*;

    const LIST: &str = "exec 1\tnow\tFirst\nexec 2\tnow\tSecond\ntools T1\tlater: MCP\tThird\n";

    fn summary(source: &str) -> (bool, String) {
        let statements = parse(LIST).expect("a good list");
        let covers = scan("a.rs", source);
        let report = Report::new(&statements, &covers);
        (report.is_complete(), report.summary())
    }

    #[test]
    fn all_of_the_present_scope_proved_is_complete() {
        let (complete, text) = summary("#[test]\n// covers: exec 1, 2\nfn a() {}\n");
        let counts =
            "exec               2 of   2 proved, 0 later\ntools              0 of   0 proved, 1 later\n";
        assert_eq!((complete, text.as_str()), (true, counts));
    }

    #[test]
    fn open_statement_is_named() {
        let (complete, text) = summary("#[test]\n// covers: exec 1\nfn a() {}\n");
        assert!(!complete);
        assert!(text.contains("1 statements without a test:\n  exec 2                 Second\n"), "{text}");
    }

    #[test]
    fn unknown_statement_and_helper_are_named() {
        let source = "#[test]\n// covers: exec 1, 2, 99\nfn a() {}\n// covers: exec 1\nfn b() {}\n";
        let (complete, text) = summary(source);
        assert!(!complete);
        assert!(text.contains("a.rs:2: no statement is called `exec 99`"), "{text}");
        assert!(text.contains("a.rs:4: `exec 1` stands above a function that is no test"), "{text}");
    }

    #[test]
    fn listing_shows_tests_beside_statements() {
        let statements = parse(LIST).expect("a good list");
        let covers = scan("a.rs", "#[test]\n// covers: exec 1\nfn a() {}\n");
        let listing = Report::new(&statements, &covers).listing("");
        let lines: Vec<Vec<&str>> = listing.lines().map(|line| line.split_whitespace().collect()).collect();
        let expected: Vec<Vec<&str>> = vec![
            vec!["ok", "exec", "1", "First"],
            vec!["a.rs", "a"],
            vec!["OPEN", "exec", "2", "Second"],
            vec!["later", "tools", "T1", "Third"],
            vec!["comes", "with:", "MCP"],
            vec![],
        ];
        assert_eq!(lines, expected);
    }
}
