//! One pass over a text for all spellings of all secrets. Invariants: what is found does not overlap, and of several at
//! one place the longest counts; the automaton's size depends on how many secrets there are, not on their length.

use std::cmp::Reverse;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use crate::forms;

/// Of a longer spelling only the beginning is in the automaton; the rest is compared.
const PATTERN_BYTES_MAX: usize = 16;

/// The shortest piece of a secret that is looked for where a text was cut: shorter ones are what all keys of a service
/// begin with.
const PIECE_BYTES_MIN: usize = 12;

/// What stands in a text in the place of what was left out.
const ELLIPSIS: &[u8] = "…".as_bytes();

/// A spelling of a secret, or of a line of it.
struct Spelling {
    /// The place of the secret in the list.
    secret: usize,
    text: Box<[u8]>,
    pattern: Pattern,
}

/// Which part of a spelling is in the automaton, and how much of it has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pattern {
    /// The beginning; all of it.
    Whole,
    /// The beginning; a half of it, or less where a text ends.
    Head,
    /// The end; a half of it, or less where a text begins.
    Tail,
}

/// The spellings of some secrets.
pub(crate) struct Matcher {
    automaton: Option<AhoCorasick>,
    /// The spellings of each pattern.
    spellings: Vec<Vec<Spelling>>,
}

/// A place in a text, and the secret that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) secret: usize,
}

impl Matcher {
    /// Finds whole secrets, in any of these spellings of each.
    pub(crate) fn whole<'a>(forms: impl Iterator<Item = &'a [String]>) -> Self {
        Self::of(forms.enumerate().flat_map(|(secret, forms)| wholes(secret, forms)))
    }

    /// Finds whole secrets, and what a cut left of their values.
    pub(crate) fn torn<'a>(known: impl Iterator<Item = (&'a str, &'a [String])>) -> Self {
        let both = |(secret, (value, forms))| wholes(secret, forms).chain(pieces(secret, value));
        Self::of(known.enumerate().flat_map(both))
    }

    fn of(known: impl Iterator<Item = Spelling>) -> Self {
        let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        let mut spellings: Vec<Vec<Spelling>> = Vec::new();
        for spelling in known {
            let pattern = spelling.pattern();
            let place = *places.entry(pattern.to_vec()).or_insert_with(|| {
                patterns.push(pattern.to_vec());
                spellings.push(Vec::new());
                patterns.len() - 1
            });
            if let Some(same) = spellings.get_mut(place) {
                same.push(spelling);
            }
        }
        // More than 2^31 states would be the only reason to fail.
        let automaton = AhoCorasick::new(&patterns).ok().filter(|_| !patterns.is_empty());
        Self { automaton, spellings }
    }

    /// Whether anything may be found; the quick test.
    pub(crate) fn may_be_in(&self, text: &[u8]) -> bool {
        self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(text))
    }

    /// Everything that is found, in order, without overlaps.
    pub(crate) fn find_all(&self, text: &[u8]) -> Vec<Found> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let hits = automaton.find_overlapping_iter(text);
        let mut found: Vec<Found> = hits
            .flat_map(|hit| {
                let spellings = self.spellings.get(hit.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
                spellings.iter().filter_map(move |spelling| spelling.found(text, hit.start(), hit.end()))
            })
            .collect();
        found.sort_by_key(|found| (found.start, Reverse(found.end)));
        let mut done = 0;
        found.retain(|found| {
            let is_free = found.start >= done;
            done = if is_free { found.end } else { done };
            is_free
        });
        found
    }
}

impl Spelling {
    fn pattern(&self) -> &[u8] {
        let text = &self.text;
        match self.pattern {
            Pattern::Whole => &text[..text.len().min(PATTERN_BYTES_MAX)],
            Pattern::Head => &text[..text.len().min(PIECE_BYTES_MIN)],
            Pattern::Tail => &text[text.len().saturating_sub(PIECE_BYTES_MIN)..],
        }
    }

    /// What stands where the pattern was found.
    fn found(&self, text: &[u8], start: usize, end: usize) -> Option<Found> {
        let (start, end) = match self.pattern {
            Pattern::Whole | Pattern::Head => (start, start + common_start(&text[start..], &self.text)),
            Pattern::Tail => (end - common_end(&text[..end], &self.text), end),
        };
        let (size, half) = (end - start, self.text.len() / 2);
        let counts = match self.pattern {
            Pattern::Whole => size == self.text.len(),
            Pattern::Head => size >= half || is_cut_after(&text[end..]),
            Pattern::Tail => size >= half || is_cut_before(&text[..start]),
        };
        counts.then_some(Found { start, end, secret: self.secret })
    }
}

fn is_cut_after(rest: &[u8]) -> bool {
    rest.first().is_none_or(|byte| matches!(byte, b'\n' | b'\r')) || rest.starts_with(ELLIPSIS)
}

fn is_cut_before(before: &[u8]) -> bool {
    before.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r')) || before.ends_with(ELLIPSIS)
}

fn wholes(secret: usize, forms: &[String]) -> impl Iterator<Item = Spelling> {
    forms.iter().map(move |form| Spelling { secret, text: form.as_bytes().into(), pattern: Pattern::Whole })
}

fn pieces(secret: usize, value: &str) -> impl Iterator<Item = Spelling> {
    forms::parts(value).into_iter().flat_map(move |part| {
        [Pattern::Head, Pattern::Tail].map(|pattern| Spelling {
            secret,
            text: part.as_bytes().into(),
            pattern,
        })
    })
}

fn common_start(text: &[u8], expected: &[u8]) -> usize {
    text.iter().zip(expected).take_while(|(one, other)| one == other).count()
}

fn common_end(text: &[u8], expected: &[u8]) -> usize {
    text.iter().rev().zip(expected.iter().rev()).take_while(|(one, other)| one == other).count()
}
