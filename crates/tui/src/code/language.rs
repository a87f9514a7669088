//! What the one lexer has to know of a language. Knows no text and no colour.

use super::table::LANGUAGES;

/// How lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Words, strings, numbers and comments.
    Code,
    Shell,
    Markup,
    Diff,
    Markdown,
}

/// What stands before a value and is its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    None,
    /// `"name": value`.
    Quoted,
    /// `name: value` anywhere.
    Colon,
    /// `name: value` at the start of a line.
    Yaml,
    /// `name = value` at the start of a line, and `[sections]`.
    Ini,
}

/// A kind of string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// A backslash takes the next character along.
    pub(super) escapes: bool,
    /// It may go on in the next line.
    pub(super) lines: bool,
}

/// What a word may hold besides letters, digits and underscores, and what its form says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// Further characters of words.
    pub(super) extra: &'static str,
    /// `CamelCase` names types, `UPPER_CASE` constants.
    pub(super) cased: bool,
    /// Upper and lower case are the same.
    pub(super) fold: bool,
}

/// One language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language {
    /// What fences call it, endings of files and names of files; in lower case, parted by blanks.
    pub(super) names: &'static str,
    pub(super) family: Family,
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    pub(super) quotes: &'static [Quote],
    /// Parted by blanks.
    pub(super) keywords: &'static str,
    pub(super) types: &'static str,
    pub(super) constants: &'static str,
    /// Characters that begin a variable, an attribute or a directive: `$`, `@`, `#`.
    pub(super) variables: &'static str,
    pub(super) attributes: &'static str,
    pub(super) keys: Keys,
    pub(super) words: Words,
}

/// A string on one line with escapes.
pub(super) const fn quote(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escapes: true, lines: false }
}

/// A string over many lines with escapes.
pub(super) const fn long_quote(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escapes: true, lines: true }
}

/// A string without escapes.
pub(super) const fn raw_quote(open: &'static str, close: &'static str) -> Quote {
    Quote { open, close, escapes: false, lines: true }
}

impl Language {
    /// The language of a fence, or of an ending of a file.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        let name = name.trim().to_ascii_lowercase();
        LANGUAGES.iter().find(|language| !name.is_empty() && language.names.split(' ').any(|own| own == name))
    }

    /// The language of a file, by its name.
    pub(super) fn of_path(path: &str) -> Option<&'static Self> {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        Self::named(ending).or_else(|| Self::named(file))
    }
}
