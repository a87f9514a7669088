//! The head of a `SKILL.md`: the part of YAML that people write there. Plain, quoted, folded and literal scalars;
//! nested maps become `outer.inner`; lists and the rest are passed over.
//! Pure; any text gives a head or a sentence about why not.

/// The entries of a head, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    entries: Vec<(String, String)>,
}

/// Why there is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontMatterError {
    /// The first line is not `---`.
    #[error("has no head; begin the file with a `---` line, `name:`, `description:` and `---`")]
    Missing,
    /// No second `---` line.
    #[error("its head is not closed; put a `---` line behind it")]
    Unclosed,
}

impl FrontMatter {
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn parse(text: &str) -> Result<Self, FrontMatterError> {
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        if lines.next().map(str::trim_end) != Some("---") {
            return Err(FrontMatterError::Missing);
        }
        let mut head = Vec::new();
        loop {
            match lines.next() {
                None => return Err(FrontMatterError::Unclosed),
                Some(line) if line.trim_end() == "---" => break,
                Some(line) => head.push(line),
            }
        }
        let mut front = Self::default();
        front.map(&head);
        Ok(front)
    }

    fn map(&mut self, lines: &[&str]) {
        // Open maps around the present line: indent and prefix.
        let mut outer: Vec<(usize, String)> = Vec::new();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            let indent = indent_of(line);
            let content = line.trim();
            if content.is_empty() || content.starts_with(['#', '-']) {
                continue;
            }
            let Some((key, value)) = split_key(content) else { continue };
            while outer.last().is_some_and(|(level, _)| *level >= indent) {
                outer.pop();
            }
            let prefix = outer.last().map_or(String::new(), |(_, prefix)| format!("{prefix}."));
            let name = format!("{prefix}{}", unquoted(key));
            let block = block_below(lines, at, indent);
            let value = value.trim();
            match value.chars().next() {
                Some(mark @ ('|' | '>')) => {
                    self.entries.push((name, block_scalar(block, mark)));
                    at += block.len();
                }
                None if block.iter().any(|line| split_key(line.trim()).is_some()) => {
                    outer.push((indent, name));
                }
                _ => {
                    let mut whole = without_comment(value).to_owned();
                    for more in block {
                        let more = more.trim();
                        whole.push(if more.is_empty() { '\n' } else { ' ' });
                        whole.push_str(without_comment(more));
                    }
                    self.entries.push((name, unquoted(whole.trim())));
                    at += block.len();
                }
            }
        }
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Lines below `at` that are deeper than `indent`, blank ones between them included.
fn block_below<'a, 'b>(lines: &'a [&'b str], at: usize, indent: usize) -> &'a [&'b str] {
    let rest = lines.get(at..).unwrap_or_default();
    let inside = |line: &&str| line.trim().is_empty() || indent_of(line) > indent;
    let end = rest.iter().position(|line| !inside(line)).unwrap_or(rest.len());
    let block = rest.get(..end).unwrap_or_default();
    let filled = block.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    block.get(..filled).unwrap_or_default()
}

/// `key: value` or `key:`; the colon needs a blank or the end behind it.
fn split_key(line: &str) -> Option<(&str, &str)> {
    let at = line.match_indices(':').map(|(at, _)| at).find(|at| {
        let after = line.get(at + 1..).unwrap_or_default();
        after.is_empty() || after.starts_with([' ', '\t'])
    })?;
    let key = line.get(..at)?.trim();
    (!key.is_empty() && !key.contains(char::is_whitespace)).then_some((key, line.get(at + 1..)?))
}

fn block_scalar(block: &[&str], mark: char) -> String {
    let filled = block.iter().filter(|line| !line.trim().is_empty());
    let indent = filled.map(|line| indent_of(line)).min().unwrap_or(0);
    let lines = block.iter().map(|line| line.get(indent..).unwrap_or_default().trim_end());
    let lines: Vec<&str> = lines.collect();
    if mark == '|' {
        return lines.join("\n");
    }
    let mut out = String::new();
    for line in lines {
        match (line.is_empty(), out.is_empty() || out.ends_with('\n')) {
            (true, _) => out.push('\n'),
            (false, true) => out.push_str(line),
            (false, false) => {
                out.push(' ');
                out.push_str(line);
            }
        }
    }
    out
}

/// A ` #` begins a comment outside quotes.
fn without_comment(text: &str) -> &str {
    if text.starts_with(['"', '\'']) {
        return text;
    }
    text.find(" #").map_or(text, |at| text.get(..at).unwrap_or(text)).trim_end()
}

fn unquoted(text: &str) -> String {
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return inner.replace("''", "'");
    }
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(other)) => out.push(other),
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn entries(head: &str) -> Vec<(String, String)> {
        FrontMatter::parse(&format!("---\n{head}\n---\n# Text\n")).unwrap().entries
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn scalars_of_all_kinds() {
        for (head, expected) in [
            ("name: deploy", vec![("name", "deploy")]),
            (
                "name: 'it''s'\ndescription: \"a: \\\"b\\\"\"",
                vec![("name", "it's"), ("description", "a: \"b\"")],
            ),
            ("description: see http://x/ # not this", vec![("description", "see http://x/")]),
            ("description: one\n  two\nname: n", vec![("description", "one two"), ("name", "n")]),
            (
                "description: >-\n  one\n  two\n\n  three\nname: n",
                vec![("description", "one two\nthree"), ("name", "n")],
            ),
            ("description: |\n  a\n    b\n", vec![("description", "a\n  b")]),
            (
                "metadata:\n  short-description: few words\n  other: x\nname: n",
                vec![("metadata.short-description", "few words"), ("metadata.other", "x"), ("name", "n")],
            ),
            ("tags:\n  - a\n  - b\nname: n", vec![("tags", "- a - b"), ("name", "n")]),
            ("# note\n\nname: n", vec![("name", "n")]),
        ] {
            assert_eq!(entries(head), owned(&expected), "{head:?}");
        }
    }

    // covers: agents A22
    #[test]
    fn a_head_is_needed_and_must_end() {
        assert_eq!(FrontMatter::parse("# Text"), Err(FrontMatterError::Missing));
        assert_eq!(FrontMatter::parse("---\nname: n\n"), Err(FrontMatterError::Unclosed));
        assert_eq!(FrontMatter::parse("\u{feff}---\r\nname: n\r\n---\r\n").unwrap().get("name"), Some("n"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(head in "[a-c:|>#'\" \\\\\n-]{0,80}") {
            let _ = FrontMatter::parse(&format!("---\n{head}\n---\n"));
        }
    }
}
