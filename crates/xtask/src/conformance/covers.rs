//! Finds `// covers:` comments and the tests they stand above. Knows text, not the list of statements.

/// One claim that a test proves a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    /// The statement named, such as `exec 12`.
    pub(crate) statement: String,
    pub(crate) file: String,
    /// Line of the comment, from 1.
    pub(crate) line: usize,
    /// The test function, or why there is none.
    pub(crate) test: Result<String, Misplaced>,
}

/// Why a comment proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// No function follows directly.
    NoFunction,
    /// The function carries no test attribute.
    NotATest,
}

/// Every claim in one source file. An entry without a stem takes that of the entry before it:
/// `covers: exec 1, 2` is `exec 1` and `exec 2`.
pub(crate) fn scan(file: &str, text: &str) -> Vec<Cover> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut covers = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(entries) = line.strip_prefix("// covers:") else { continue };
        let test = test_below(&lines, at);
        let mut stem = "";
        for entry in entries.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let statement = match entry.split_once(' ') {
                Some((named, rest)) => {
                    stem = named;
                    format!("{named} {}", rest.trim())
                }
                None => format!("{stem} {entry}").trim().to_owned(),
            };
            covers.push(Cover { statement, file: file.to_owned(), line: at + 1, test: test.clone() });
        }
    }
    covers
}

/// The test function whose comments and attributes include line `at`.
fn test_below(lines: &[&str], at: usize) -> Result<String, Misplaced> {
    let head = |line: &&str| line.starts_with("//") || line.starts_with("#[");
    let above = lines[..at].iter().rev().take_while(|line| head(line));
    let below = lines[at..].iter().take_while(|line| head(line));
    let is_test = |line: &str| {
        let name = line.trim_start_matches("#[").split(['(', ']']).next().unwrap_or_default();
        line.starts_with("#[") && (name == "test" || name.ends_with("::test") || name == "rstest")
    };
    let tested = above.chain(below.clone()).any(|line| is_test(line));
    let function = lines.get(at + below.count()).and_then(|line| function_name(line));
    match function {
        None => Err(Misplaced::NoFunction),
        Some(_) if !tested => Err(Misplaced::NotATest),
        Some(name) => Ok(name.to_owned()),
    }
}

fn function_name(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let plain = before.split_whitespace().all(|word| ["async", "pub", "unsafe", "const"].contains(&word));
    let name = rest.split(['(', '<']).next()?.trim();
    (plain && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn claims(text: &str) -> Vec<(String, Result<String, Misplaced>)> {
        scan("a.rs", text).into_iter().map(|cover| (cover.statement, cover.test)).collect()
    }

    #[test]
    fn comment_between_attribute_and_function_counts() {
        let text = "#[test]\n// covers: exec 12, rollouts 20\nfn a_test() {\n";
        let test = Ok("a_test".to_owned());
        assert_eq!(claims(text), [("exec 12".to_owned(), test.clone()), ("rollouts 20".to_owned(), test)]);
    }

    #[test]
    fn comment_above_attributes_and_comments_counts() {
        let text = "    // covers: tools T13\n    // Why this test is.\n    #[tokio::test(flavor = \"x\")]\n    async fn b() {}\n";
        assert_eq!(claims(text), [("tools T13".to_owned(), Ok("b".to_owned()))]);
    }

    #[test]
    fn stem_is_carried_along_one_line_only() {
        let text = "#[test]\n// covers: apply_patch one, two,\n// covers: safety S8, S9\nfn c() {}\n";
        let statements: Vec<String> = claims(text).into_iter().map(|(statement, _)| statement).collect();
        assert_eq!(statements, ["apply_patch one", "apply_patch two", "safety S8", "safety S9"]);
    }

    #[test]
    fn comment_above_anything_but_a_test_proves_nothing() {
        let cases = [
            ("// covers: exec 1\nfn helper() {}\n", Misplaced::NotATest),
            ("// covers: exec 1\n#[cfg(test)]\nmod tests {\n", Misplaced::NoFunction),
            ("#[test]\n// covers: exec 1\n\nfn far() {}\n", Misplaced::NoFunction),
            ("// covers: exec 1", Misplaced::NoFunction),
        ];
        for (text, misplaced) in cases {
            assert_eq!(claims(text), [("exec 1".to_owned(), Err(misplaced))], "{text}");
        }
    }
}
