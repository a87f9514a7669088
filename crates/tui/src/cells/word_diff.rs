//! Which words of two lines differ. Knows no row and no style.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Lines of more words are compared by their beginning and end alone.
const WORDS_MAX: usize = 400;

/// Stretches of a line, in order.
pub(super) type Words = Vec<Range<usize>>;

/// The bytes of both lines that have no counterpart in the other; `None` when hardly anything is common.
pub(super) fn changed_words(old: &str, new: &str) -> Option<(Words, Words)> {
    let (left, right) = (words(old), words(new));
    if left.len() > WORDS_MAX || right.len() > WORDS_MAX {
        return middle(old, new);
    }
    let text = |line: &'_ str, words: &[Range<usize>]| -> Vec<String> {
        words.iter().map(|word| line[word.clone()].to_owned()).collect()
    };
    let ops = capture_diff_slices(Algorithm::Myers, &text(old, &left), &text(new, &right));
    let mut common = 0;
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for op in ops {
        if let DiffOp::Equal { old_index, len, .. } = op {
            let words = left.get(old_index..old_index + len).unwrap_or_default();
            common += words
                .iter()
                .filter(|word| !old[(*word).clone()].trim().is_empty())
                .map(Range::len)
                .sum::<usize>();
            continue;
        }
        join(&mut gone, &left, op.old_range(), old);
        join(&mut come, &right, op.new_range(), new);
    }
    let solid = |line: &str| line.chars().filter(|c| !c.is_whitespace()).map(char::len_utf8).sum::<usize>();
    (common * 3 >= solid(old).max(solid(new)) && common > 0).then_some((gone, come))
}

/// Adds words as one stretch; stretches with nothing but blanks between them become one.
fn join(all: &mut Vec<Range<usize>>, words: &[Range<usize>], range: Range<usize>, line: &str) {
    let Some(words) = words.get(range).filter(|words| !words.is_empty()) else { return };
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
    match all.last_mut() {
        Some(before) if line[before.end..first.start].trim().is_empty() => before.end = last.end,
        _ => all.push(first.start..last.end),
    }
}

/// Words (the parts of `snake_case` are words), runs of blanks, and every other character by itself.
fn words(line: &str) -> Vec<Range<usize>> {
    let kind = |c: char| match c {
        c if c.is_whitespace() => 0,
        c if c.is_alphanumeric() && c.len_utf8() < 3 => 1,
        _ => 2,
    };
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut before = 2;
    for (at, c) in line.char_indices() {
        let this = kind(c);
        match words.last_mut() {
            Some(word) if this == before && this != 2 => word.end = at + c.len_utf8(),
            _ => words.push(at..at + c.len_utf8()),
        }
        before = this;
    }
    words
}

/// What stands between the common beginning and the common end.
fn middle(old: &str, new: &str) -> Option<(Words, Words)> {
    let start: usize =
        old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let backwards = old_rest.chars().rev().zip(new_rest.chars().rev());
    let end: usize = backwards.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let found = (start + end) * 3 >= old.len().max(new.len());
    let one = |end: usize| std::iter::once(start..end).collect();
    found.then(|| (one(old.len() - end), one(new.len() - end)))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn marked(old: &str, new: &str) -> Option<(String, String)> {
        let mark = |line: &str, ranges: Vec<Range<usize>>| {
            let mut out = line.to_owned();
            for range in ranges.into_iter().rev() {
                out.insert(range.end, ']');
                out.insert(range.start, '[');
            }
            out
        };
        changed_words(old, new).map(|(gone, come)| (mark(old, gone), mark(new, come)))
    }

    #[test]
    fn words_that_differ_are_marked() {
        for (old, new, expected) in [
            ("    old_helper();", "    new_helper();", Some(("    [old]_helper();", "    [new]_helper();"))),
            (
                "let a = f(x, y);",
                "let b = f(x, z, y);",
                Some(("let [a] = f(x, y);", "let [b] = f(x, [z, ]y);")),
            ),
            ("f(one two)", "f(three four)", None),
            ("日本語です", "日中語です", Some(("日[本]語です", "日[中]語です"))),
            ("é", "è", None),
            ("", "x", None),
        ] {
            let expected = expected.map(|(old, new)| (old.to_owned(), new.to_owned()));
            assert_eq!(marked(old, new), expected, "{old:?}");
        }
    }

    #[test]
    fn very_long_lines_are_compared_by_their_ends() {
        let (old, new) = ("a ".repeat(3000), format!("{}b ", "a ".repeat(2999)));
        let (gone, come) = changed_words(&old, &new).unwrap();
        let one: Words = std::iter::once(5998..5999).collect();
        assert_eq!((&gone, &come), (&one, &one));
    }

    proptest! {
        #[test]
        fn marks_are_inside_of_the_lines(old in "(\\PC|[a-c ]){0,30}", new in "(\\PC|[a-c ]){0,30}") {
            if let Some((gone, come)) = changed_words(&old, &new) {
                for (line, ranges) in [(&old, gone), (&new, come)] {
                    let mut at = 0;
                    for range in ranges {
                        prop_assert!(range.start >= at && line.get(range.clone()).is_some());
                        at = range.end;
                    }
                }
            }
        }
    }
}
