//! Text that is looked for: without regard to case, unless it was typed with capitals.

use std::ops::Range;

/// What is looked for; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needle {
    chars: Vec<char>,
    fold: bool,
}

impl Needle {
    /// None for nothing but blanks.
    pub(crate) fn new(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let fold = !typed.chars().any(char::is_uppercase);
        (!typed.is_empty()).then(|| Self { chars: typed.chars().collect(), fold })
    }

    /// Where it is in a text, first to last, without overlaps.
    pub(crate) fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(range) = self.next(text, at) {
            at = range.end;
            found.push(range);
        }
        found
    }

    /// Whether every word of it is somewhere in the text: a quick look before a careful one.
    pub(crate) fn words_in(&self, text: &str) -> bool {
        let mut words = self.chars.split(|c| c.is_whitespace()).filter(|word| !word.is_empty());
        words.all(|word| Self { chars: word.to_vec(), fold: self.fold }.next(text, 0).is_some())
    }

    fn next(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let first = *self.chars.first()?;
        let rest = text.get(from..)?;
        let begins = |c: char| self.same(c, first);
        rest.match_indices(begins).map(|(at, _)| from + at).find_map(|at| {
            let end = self.end_of_match(text.get(at..)?)?;
            Some(at..at + end)
        })
    }

    fn end_of_match(&self, text: &str) -> Option<usize> {
        let mut chars = text.char_indices();
        let mut end = 0;
        for wanted in &self.chars {
            let (at, c) = chars.next()?;
            if !self.same(c, *wanted) {
                return None;
            }
            end = at + c.len_utf8();
        }
        Some(end)
    }

    fn same(&self, c: char, wanted: char) -> bool {
        if c == wanted {
            return true;
        }
        if !self.fold {
            return false;
        }
        if c.is_ascii() {
            c.to_ascii_lowercase() == wanted
        } else {
            c.to_lowercase().eq(std::iter::once(wanted))
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn case_counts_when_it_was_typed() {
        let found = |needle: &str, text: &str| Needle::new(needle).unwrap().ranges(text);
        assert_eq!(found("kiwi", "Kiwi kiwiKIWI"), [0..4, 5..9, 9..13]);
        assert_eq!(found("Kiwi", "Kiwi kiwi"), std::iter::once(0..4).collect::<Vec<_>>());
        assert_eq!(found("äß日", "xÄß日"), std::iter::once(1..8).collect::<Vec<_>>());
        assert_eq!(Needle::new("  "), None);
        assert!(
            Needle::new("b a").unwrap().words_in("a **b**") && !Needle::new("b c").unwrap().words_in("ab")
        );
    }
}
