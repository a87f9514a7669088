//! Finding the lines a patch names in the lines a file has: exact first, then ever looser.
//! Pure; linear in the file for every pass, so no patch can make the search quadratic.

use std::borrow::Cow;

use crate::patch::ChunkEnd;

/// How much of a difference between two lines is overlooked.
#[derive(Debug, Clone, Copy)]
enum Pass {
    Exact,
    TrailingSpace,
    SurroundingSpace,
    Typography,
}

impl Pass {
    const ALL: [Self; 4] = [Self::Exact, Self::TrailingSpace, Self::SurroundingSpace, Self::Typography];

    fn key(self, line: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(line),
            Self::TrailingSpace => Cow::Borrowed(line.trim_end()),
            Self::SurroundingSpace => Cow::Borrowed(line.trim()),
            Self::Typography => fold(line.trim()),
        }
    }
}

/// The first place at or after `from` where `pattern` stands. Each pass looks at the whole rest of the file
/// before the next, looser one is tried.
pub(crate) fn find(lines: &[&str], pattern: &[&str], from: usize, end: ChunkEnd) -> Option<usize> {
    let rest = lines.get(from..)?;
    if pattern.len() > rest.len() {
        return None;
    }
    let rest_from = match end {
        ChunkEnd::Anywhere => 0,
        ChunkEnd::EndOfFile => rest.len() - pattern.len(),
    };
    let rest = rest.get(rest_from..)?;
    Pass::ALL.into_iter().find_map(|pass| {
        let pattern: Vec<_> = pattern.iter().map(|line| pass.key(line)).collect();
        first_match(rest.iter().map(|line| pass.key(line)), &pattern).map(|at| from + rest_from + at)
    })
}

/// Knuth-Morris-Pratt over whole lines.
fn first_match<'a>(lines: impl Iterator<Item = Cow<'a, str>>, pattern: &[Cow<'_, str>]) -> Option<usize> {
    if pattern.is_empty() {
        return Some(0);
    }
    let fallback = fallbacks(pattern);
    let mut matched = 0;
    for (index, line) in lines.enumerate() {
        while matched > 0 && pattern[matched] != line {
            matched = fallback[matched - 1];
        }
        if pattern[matched] == line {
            matched += 1;
        }
        if matched == pattern.len() {
            return Some(index + 1 - matched);
        }
    }
    None
}

/// For every prefix of the pattern, the length of its longest proper prefix that is also its suffix.
fn fallbacks(pattern: &[Cow<'_, str>]) -> Vec<usize> {
    let mut fallback = vec![0; pattern.len()];
    let mut matched = 0;
    for index in 1..pattern.len() {
        while matched > 0 && pattern[matched] != pattern[index] {
            matched = fallback[matched - 1];
        }
        if pattern[matched] == pattern[index] {
            matched += 1;
        }
        fallback[index] = matched;
    }
    fallback
}

/// Typographic dashes, quotes and spaces become their ASCII forms; nothing else changes.
fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let folded = text.chars().map(|c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    });
    Cow::Owned(folded.collect())
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
