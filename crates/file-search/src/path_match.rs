//! Which paths a query means, the best first. Pure over the index; work can be given up in the middle.

use std::cmp::Reverse;

use nucleo_matcher::chars::to_lower_case;
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};

use crate::index::{Index, Kind};

/// Paths that are handed out; nobody scrolls through more.
pub(crate) const MATCHES_MAX: usize = 64;
/// Paths between two looks at whether the work is still wanted.
const CHUNK: usize = 2_048;
/// Matches that are scored with all care; the rest is ranked by the first match of its letters, which is quick.
const CANDIDATES_MAX: usize = 512;
/// Without a query, paths among which the nearest are chosen; the index has the nearest first.
const NEAREST_MAX: usize = 1_024;
/// Added to the score when the letters are all in the last part of the path.
const NAME_BONUS: u32 = 24;

/// One path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Below the root, parted by `/`.
    pub path: String,
    /// What it leads to.
    pub kind: Kind,
    /// Characters of the path (counted from 0) that the query named.
    pub marked: Vec<u32>,
}

/// An answer; a later one for the same query knows more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What was asked.
    pub query: String,
    /// The best paths, the very best first.
    pub matches: Vec<Match>,
    /// How many paths match in all.
    pub total: usize,
    /// Whether the walk has ended: nothing more will be found.
    pub complete: bool,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    Partial,
}

/// The state of one query over a growing index.
pub(crate) struct Finder {
    matcher: Matcher,
    query: String,
    needle: Utf32String,
    /// Index entries looked at.
    seen: usize,
    /// Every match so far.
    hits: Vec<Hit>,
    /// Matches of the query before this one that are still to be looked at.
    again: Vec<u32>,
    /// For paths that are not ASCII.
    chars: Vec<char>,
}

#[derive(Debug, Clone, Copy)]
struct Hit {
    score: u32,
    bytes: u32,
    at: u32,
}

impl Finder {
    pub(crate) fn new() -> Self {
        Self {
            matcher: Matcher::new(Config::DEFAULT.match_paths()),
            query: String::new(),
            needle: Utf32String::default(),
            seen: 0,
            hits: Vec::new(),
            again: Vec::new(),
            chars: Vec::new(),
        }
    }

    pub(crate) fn query(&self) -> &str {
        &self.query
    }

    /// Another query. One that goes on from the present one only looks at the present matches again.
    pub(crate) fn ask(&mut self, query: String) {
        let narrower =
            !self.query.is_empty() && query.starts_with(&self.query) && !changes_case(&self.query, &query);
        let heeds_case = query.chars().any(char::is_uppercase);
        self.matcher.config.ignore_case = !heeds_case;
        let letters: String =
            if heeds_case { query.clone() } else { query.chars().map(to_lower_case).collect() };
        self.needle = letters.into();
        self.query = query;
        if narrower {
            self.again.extend(self.hits.drain(..).map(|hit| hit.at));
        } else {
            (self.seen, self.hits, self.again) = (0, Vec::new(), Vec::new());
        }
    }

    /// Looks at what was not looked at yet, until it is done or `go_on` says no.
    pub(crate) fn work(&mut self, index: &Index, go_on: impl Fn() -> bool) -> Progress {
        // Without letters the index itself is the answer.
        if self.query.is_empty() {
            self.seen = index.len();
        }
        while !self.again.is_empty() || self.seen < index.len() {
            if !go_on() {
                return Progress::Partial;
            }
            if self.again.is_empty() {
                let end = (self.seen + CHUNK).min(index.len());
                for at in self.seen..end {
                    self.look_at(index, u32::try_from(at).unwrap_or(u32::MAX));
                }
                self.seen = end;
            } else {
                let rest = self.again.len().saturating_sub(CHUNK);
                for at in self.again.split_off(rest) {
                    self.look_at(index, at);
                }
            }
        }
        Progress::Done
    }

    fn look_at(&mut self, index: &Index, at: u32) {
        let place = usize::try_from(at).unwrap_or(usize::MAX);
        let Some((path, _)) = index.get(place) else { return };
        let needle = self.needle.slice(..);
        let matcher = &mut self.matcher;
        let score = match matcher.fuzzy_match_greedy(Utf32Str::new(name(path), &mut self.chars), needle) {
            Some(score) => Some(u32::from(score) + NAME_BONUS),
            None => matcher.fuzzy_match_greedy(Utf32Str::new(path, &mut self.chars), needle).map(u32::from),
        };
        if let Some(score) = score {
            self.hits.push(Hit { score, bytes: u32::try_from(path.len()).unwrap_or(u32::MAX), at });
        }
    }

    /// The best of the matches so far.
    pub(crate) fn best(&mut self, index: &Index, complete: bool) -> Found {
        let (total, matches) = if self.query.is_empty() {
            (index.len(), nearest(index))
        } else {
            (self.hits.len(), self.best_hits(index))
        };
        Found { query: self.query.clone(), matches, total, complete }
    }

    fn best_hits(&mut self, index: &Index) -> Vec<Match> {
        let mut best = self.hits.clone();
        if best.len() > CANDIDATES_MAX {
            best.select_nth_unstable_by_key(CANDIDATES_MAX, |hit| (Reverse(hit.score), hit.bytes, hit.at));
            best.truncate(CANDIDATES_MAX);
        }
        let mut scored: Vec<(u32, Match)> =
            best.into_iter().filter_map(|hit| self.with_care(index, hit.at)).collect();
        scored.sort_unstable_by(|(one_score, one), (other_score, other)| {
            let rank = |score: u32, found: &Match| (Reverse(score), found.path.len());
            (rank(*one_score, one), &one.path).cmp(&(rank(*other_score, other), &other.path))
        });
        scored.truncate(MATCHES_MAX);
        scored.into_iter().map(|(_, found)| found).collect()
    }

    /// The best way the letters are in the path, in its last part if they are.
    fn with_care(&mut self, index: &Index, at: u32) -> Option<(u32, Match)> {
        let (path, kind) = index.get(usize::try_from(at).ok()?)?;
        let needle = self.needle.slice(..);
        let mut marked = Vec::new();
        let last = name(path);
        let in_name = self.matcher.fuzzy_indices(Utf32Str::new(last, &mut self.chars), needle, &mut marked);
        let score = if let Some(score) = in_name {
            let before = u32::try_from(self.characters(path) - self.characters(last)).ok()?;
            marked.iter_mut().for_each(|at| *at += before);
            u32::from(score) + NAME_BONUS
        } else {
            marked.clear();
            let whole = Utf32Str::new(path, &mut self.chars);
            u32::from(self.matcher.fuzzy_indices(whole, needle, &mut marked)?)
        };
        marked.sort_unstable();
        marked.dedup();
        Some((score, Match { path: path.to_owned(), kind, marked }))
    }

    /// Characters as the matcher counts them: with the marks that belong to a letter.
    fn characters(&mut self, text: &str) -> usize {
        Utf32Str::new(text, &mut self.chars).len()
    }
}

/// Without a query: what lies nearest to the root.
fn nearest(index: &Index) -> Vec<Match> {
    let mut near: Vec<(&str, Kind)> = (0..NEAREST_MAX).map_while(|at| index.get(at)).collect();
    near.sort_unstable_by_key(|(path, _)| (path.matches('/').count(), *path));
    near.truncate(MATCHES_MAX);
    let found = |(path, kind): (&str, Kind)| Match { path: path.to_owned(), kind, marked: Vec::new() };
    near.into_iter().map(found).collect()
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A capital letter makes the whole query heed case, which also finds less, but scores differently.
fn changes_case(before: &str, after: &str) -> bool {
    before.chars().any(char::is_uppercase) != after.chars().any(char::is_uppercase)
}
