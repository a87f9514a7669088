//! The list of statements, one a line: id, scope, text, separated by tabs. Knows nothing of tests.

use std::collections::HashSet;

/// Whether a statement must be proved now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A test must prove it.
    Now,
    /// Belongs to a part that does not exist yet; says which.
    Later(String),
}

/// One promise about behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// As it stands in `// covers:` comments, such as `exec 12` or `tools T13`.
    pub(crate) id: String,
    pub(crate) scope: Scope,
    pub(crate) text: String,
}

impl Statement {
    /// The part of the id before the number: `exec` of `exec 12`.
    pub(crate) fn stem(&self) -> &str {
        self.id.split(' ').next().unwrap_or_default()
    }
}

/// A list that cannot be read, by its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParseError {
    line: usize,
    problem: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for ParseError {}

/// Reads the list; comments start with `#`.
pub(crate) fn parse(text: &str) -> Result<Vec<Statement>, ParseError> {
    let mut seen = HashSet::new();
    let mut statements = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let error = |problem: &str| ParseError { line: at + 1, problem: problem.to_owned() };
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, scope, text] = fields[..] else {
            return Err(error("needs id, scope and text, tab-separated"));
        };
        if id.split(' ').count() != 2 {
            return Err(error("an id is a stem, one blank and a number or name"));
        }
        if !seen.insert(id) {
            return Err(error("this id stands twice"));
        }
        let scope = match scope.strip_prefix("later: ") {
            Some(why) => Scope::Later(why.to_owned()),
            None if scope == "now" => Scope::Now,
            None => return Err(error("scope is `now` or `later: why`")),
        };
        statements.push(Statement { id: id.to_owned(), scope, text: text.to_owned() });
    }
    Ok(statements)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_become_statements() {
        let list = "# comment\nexec 1\tnow\tFirst line\n\ntools T3\tlater: MCP\tSecond\n";
        let expected = vec![
            Statement { id: "exec 1".into(), scope: Scope::Now, text: "First line".into() },
            Statement { id: "tools T3".into(), scope: Scope::Later("MCP".into()), text: "Second".into() },
        ];
        assert_eq!(parse(list), Ok(expected));
    }

    #[test]
    fn bad_lines_are_named() {
        let problems = [
            ("exec 1\tnow", "needs id, scope and text, tab-separated"),
            ("exec\tnow\tx", "an id is a stem, one blank and a number or name"),
            ("exec 1\tsoon\tx", "scope is `now` or `later: why`"),
        ];
        for (line, problem) in problems {
            let error = ParseError { line: 2, problem: problem.into() };
            assert_eq!(parse(&format!("# x\n{line}\n")), Err(error));
        }
        let twice = parse("exec 1\tnow\tx\nexec 1\tnow\ty\n");
        assert_eq!(twice, Err(ParseError { line: 2, problem: "this id stands twice".into() }));
    }

    #[test]
    fn the_list_of_this_repository_is_readable() {
        let list = include_str!("../../../../docs/conformance/statements.tsv");
        let statements = parse(list).expect("readable");
        assert!(statements.iter().filter(|statement| statement.scope == Scope::Now).count() > 200);
    }
}
