//! One pass over a line of code: stretches of text with what they are. What goes on in the next line (a comment, a
//! string) is kept, so that a block that grows is never read again.
//! Invariant: the stretches cover the line, in order; a line costs its length, whatever is in it.

use std::ops::Range;

use super::language::{Family, Keys, Language, Quote};
use super::{markup, shell};
use crate::look::CodeLook;

/// Longer lines (minified files, data) are not looked at.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// A stretch of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) look: CodeLook,
    pub(crate) bytes: Range<usize>,
}

/// What the end of a line was inside of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Inside {
    #[default]
    Nothing,
    Comment,
    /// A string of the language, by its place in the table.
    Quote(usize),
    /// `r##"`: closed by a quote and as many hashes.
    RawRust(usize),
    /// A here document, up to this word.
    Heredoc(String),
    /// A tag of markup; in a value with this quote.
    Tag(Option<u8>),
}

/// Reads the lines of one block or file, first to last.
#[derive(Debug, Clone)]
pub(crate) struct Highlighter {
    language: &'static Language,
    inside: Inside,
}

impl Highlighter {
    /// For a fence's word.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Language::named(name).map(|language| Self { language, inside: Inside::Nothing })
    }

    /// For a file.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Language::of_path(path).map(|language| Self { language, inside: Inside::Nothing })
    }

    /// The stretches of the next line, which has no line feed.
    pub(crate) fn line(&mut self, line: &str) -> Vec<Run> {
        let mut runs = Runs { line, runs: Vec::new() };
        if line.len() > LINE_BYTES_MAX {
            runs.push(CodeLook::Plain, line.len());
            return runs.runs;
        }
        match self.language.family {
            Family::Code => code(self.language, &mut self.inside, &mut runs),
            Family::Shell => shell::line(self.language, &mut self.inside, &mut runs),
            Family::Markup => markup::line(&mut self.inside, &mut runs),
            Family::Diff => markup::diff(&mut runs),
            Family::Markdown => markup::markdown(&mut self.inside, &mut runs),
        }
        runs.push(CodeLook::Plain, line.len());
        runs.runs
    }
}

/// The stretches so far.
pub(super) struct Runs<'a> {
    line: &'a str,
    runs: Vec<Run>,
}

impl<'a> Runs<'a> {
    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.line.get(self.at()..).unwrap_or_default()
    }

    /// The whole line.
    pub(super) fn whole(&self) -> &'a str {
        self.line
    }

    /// Bytes that were read.
    pub(super) fn at(&self) -> usize {
        self.runs.last().map_or(0, |run| run.bytes.end)
    }

    /// Everything up to `end` is of this look.
    pub(super) fn push(&mut self, look: CodeLook, end: usize) {
        let at = self.at();
        if end <= at {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.look == look => last.bytes.end = end,
            _ => self.runs.push(Run { look, bytes: at..end }),
        }
    }

    /// The next `bytes` are of this look.
    pub(super) fn take(&mut self, look: CodeLook, bytes: usize) {
        self.push(look, self.at() + bytes);
    }

    /// The next character is of this look.
    pub(super) fn take_char(&mut self, look: CodeLook) {
        self.take(look, self.rest().chars().next().map_or(0, char::len_utf8));
    }
}

/// Bytes at the start that are such characters.
pub(super) fn span(text: &str, matches: impl Fn(char) -> bool) -> usize {
    text.find(|c| !matches(c)).unwrap_or(text.len())
}

fn code(language: &Language, inside: &mut Inside, runs: &mut Runs<'_>) {
    match language.keys {
        Keys::Yaml if *inside == Inside::Nothing => yaml_key(runs),
        Keys::Ini if *inside == Inside::Nothing => ini_key(runs),
        _ => {}
    }
    while !runs.rest().is_empty() {
        match inside.clone() {
            Inside::Comment => to_comment_end(language, inside, runs),
            Inside::Quote(place) => match language.quotes.get(place) {
                Some(quote) => to_quote_end(language, *quote, inside, runs),
                None => *inside = Inside::Nothing,
            },
            Inside::RawRust(hashes) => to_raw_end(hashes, inside, runs),
            Inside::Nothing => token(language, inside, runs),
            Inside::Heredoc(_) | Inside::Tag(_) => *inside = Inside::Nothing,
        }
    }
    if let Inside::Quote(place) = inside
        && language.quotes.get(*place).is_none_or(|quote| !quote.lines)
    {
        *inside = Inside::Nothing;
    }
}

fn to_comment_end(language: &Language, inside: &mut Inside, runs: &mut Runs<'_>) {
    let close = language.block_comment.map_or("", |(_, close)| close);
    let rest = runs.rest();
    match rest.find(close) {
        Some(at) => {
            runs.take(CodeLook::Comment, at + close.len().max(1));
            *inside = Inside::Nothing;
        }
        None => runs.take(CodeLook::Comment, rest.len()),
    }
}

fn to_quote_end(language: &Language, quote: Quote, inside: &mut Inside, runs: &mut Runs<'_>) {
    let begin = runs.at();
    let Some(end) = close_of(runs.rest(), quote) else {
        runs.take(CodeLook::Text, runs.rest().len());
        return;
    };
    runs.take(CodeLook::Text, end);
    *inside = Inside::Nothing;
    let is_key = language.keys == Keys::Quoted && runs.rest().trim_start().starts_with(':');
    if is_key && let Some(last) = runs.runs.last_mut() {
        // The opening mark was taken with the string before.
        debug_assert!(last.bytes.start <= begin);
        last.look = CodeLook::Key;
    }
}

/// Bytes up to and with the closing mark.
pub(super) fn close_of(text: &str, quote: Quote) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote.close) {
            return Some(at + quote.close.len());
        }
        let mut chars = rest.chars();
        let first = chars.next()?;
        at += first.len_utf8();
        if first == '\\' && quote.escapes {
            at += chars.next().map_or(0, char::len_utf8);
        }
    }
    None
}

fn to_raw_end(hashes: usize, inside: &mut Inside, runs: &mut Runs<'_>) {
    let close = format!("\"{}", "#".repeat(hashes));
    let rest = runs.rest();
    match rest.find(&close) {
        Some(at) => {
            runs.take(CodeLook::Text, at + close.len());
            *inside = Inside::Nothing;
        }
        None => runs.take(CodeLook::Text, rest.len()),
    }
}

fn token(language: &Language, inside: &mut Inside, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let Some(first) = rest.chars().next() else { return };
    if first.is_whitespace() {
        return runs.take(CodeLook::Plain, span(rest, char::is_whitespace));
    }
    if let Some((open, _)) = language.block_comment.filter(|(open, _)| rest.starts_with(open)) {
        runs.take(CodeLook::Comment, open.len());
        *inside = Inside::Comment;
        return;
    }
    if language.line_comments.iter().any(|mark| rest.starts_with(mark)) && comment_may_begin(language, runs) {
        return runs.take(CodeLook::Comment, rest.len());
    }
    if is_rust(language) && rust(first, inside, runs) {
        return;
    }
    let quote = language.quotes.iter().position(|quote| rest.starts_with(quote.open));
    if let Some((place, quote)) = quote.and_then(|place| Some((place, language.quotes.get(place)?))) {
        // The mark begins a run of its own, so that a name in quotes can be told from a string before it.
        runs.take(CodeLook::Text, quote.open.len());
        *inside = Inside::Quote(place);
        if runs.rest().is_empty() && !quote.lines {
            *inside = Inside::Nothing;
        }
        return;
    }
    if first.is_ascii_digit() {
        let bytes = span(rest, |c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let bytes = rest.get(..bytes).map_or(bytes, |text| text.trim_end_matches('.').len());
        return runs.take(CodeLook::Number, bytes.max(1));
    }
    if language.variables.contains(first) && followed_by_word(rest) {
        let bytes = 1 + span(&rest[first.len_utf8()..], |c| c.is_alphanumeric() || c == '_');
        return runs.take(CodeLook::Variable, bytes);
    }
    if language.attributes.contains(first) {
        return attribute(runs);
    }
    if is_word(language, first) {
        return word(language, runs);
    }
    runs.take_char(CodeLook::Operator);
}

fn is_rust(language: &Language) -> bool {
    language.names.starts_with("rust")
}

/// `#` in the middle of a word is no comment where it needs a blank before it.
fn comment_may_begin(language: &Language, runs: &Runs<'_>) -> bool {
    let before = runs.whole().get(..runs.at()).unwrap_or_default();
    !matches!(language.keys, Keys::Yaml) || before.is_empty() || before.ends_with(char::is_whitespace)
}

/// Raw strings, characters and lifetimes.
fn rust(first: char, inside: &mut Inside, runs: &mut Runs<'_>) -> bool {
    let rest = runs.rest();
    if matches!(first, 'r' | 'b') {
        let prefix = span(rest, |c| matches!(c, 'r' | 'b'));
        let hashes = span(&rest[prefix..], |c| c == '#');
        let raw = rest[..prefix].contains('r') && prefix <= 2 && rest[prefix + hashes..].starts_with('"');
        if raw {
            runs.take(CodeLook::Text, prefix + hashes + 1);
            *inside = Inside::RawRust(hashes);
            return true;
        }
    }
    if first != '\'' {
        return false;
    }
    let mut chars = rest.chars().skip(1);
    let (second, third) = (chars.next(), chars.next());
    if second == Some('\\') || third == Some('\'') {
        let quote = Quote { open: "'", close: "'", escapes: true, lines: false };
        let end = close_of(&rest[1..], quote).map_or(rest.len(), |end| end + 1);
        runs.take(CodeLook::Text, end);
    } else {
        let bytes = 1 + span(&rest[1..], |c| c.is_alphanumeric() || c == '_');
        runs.take(CodeLook::Attribute, bytes);
    }
    true
}

fn followed_by_word(rest: &str) -> bool {
    rest.chars().nth(1).is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '{' | '('))
}

/// `#[derive(..)]`, `@decorator`, `#include`.
fn attribute(runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let open = rest.get(1..).unwrap_or_default().trim_start_matches('!');
    let bytes = if open.starts_with('[') {
        rest.find(']').map_or(rest.len(), |at| at + 1)
    } else {
        1 + span(&rest[1..], |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    runs.take(CodeLook::Attribute, bytes);
}

fn is_word(language: &Language, c: char) -> bool {
    c.is_alphabetic() || c == '_' || language.words.extra.contains(c)
}

fn word(language: &Language, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let bytes = span(rest, |c| is_word(language, c) || c.is_ascii_digit());
    let word = rest.get(..bytes).unwrap_or_default();
    let after = rest.get(bytes..).unwrap_or_default();
    let folded = language.words.fold.then(|| word.to_ascii_lowercase());
    let known = folded.as_deref().unwrap_or(word);
    let member = runs.whole().get(..runs.at()).is_some_and(|before| before.ends_with('.'));
    let in_list = |list: &str| !member && list.split(' ').any(|own| own == known);
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let upper = word.len() > 1 && letters.clone().all(char::is_uppercase) && letters.next().is_some();
    let look = if in_list(language.keywords) {
        CodeLook::Keyword
    } else if in_list(language.constants) {
        CodeLook::Constant
    } else if in_list(language.types) {
        CodeLook::Type
    } else if language.keys == Keys::Colon && after.trim_start().starts_with(':') {
        CodeLook::Key
    } else if is_rust(language) && after.starts_with('!') && !after.starts_with("!=") {
        runs.take(CodeLook::Function, bytes + 1);
        return;
    } else if after.starts_with('(') || is_defined(runs) {
        CodeLook::Function
    } else if language.words.cased && upper {
        CodeLook::Constant
    } else if language.words.cased && word.starts_with(char::is_uppercase) {
        CodeLook::Type
    } else {
        CodeLook::Plain
    };
    runs.take(look, bytes);
}

/// Whether the word before says that a function is defined here.
fn is_defined(runs: &Runs<'_>) -> bool {
    let before = runs.whole().get(..runs.at()).unwrap_or_default();
    let word = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    before.ends_with(' ')
        && matches!(word, "fn" | "def" | "func" | "function" | "fun" | "defn" | "sub" | "proc")
}

fn yaml_key(runs: &mut Runs<'_>) {
    let line = runs.whole();
    let start = span(line, |c| c == ' ' || c == '-');
    let body = line.get(start..).unwrap_or_default();
    if body.starts_with(['#', '"', '\'', '{', '[', '&', '*', '|', '>']) {
        return;
    }
    let ends = |at: usize| body.get(at + 1..).is_some_and(|after| after.is_empty() || after.starts_with(' '));
    let colon = body.match_indices(':').map(|(at, _)| at).find(|at| ends(*at));
    if let Some(at) = colon.filter(|at| !body[..*at].contains(" #")) {
        runs.push(CodeLook::Operator, start);
        runs.push(CodeLook::Key, start + at);
    }
}

fn ini_key(runs: &mut Runs<'_>) {
    let line = runs.whole();
    let start = span(line, char::is_whitespace);
    let body = line.get(start..).unwrap_or_default();
    if body.starts_with('[') {
        if let Some(at) = body.rfind(']') {
            runs.push(CodeLook::Plain, start);
            runs.push(CodeLook::Type, start + at + 1);
        }
        return;
    }
    let name = span(body, |c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | ' '));
    if name > 0 && body.get(name..).is_some_and(|after| after.starts_with('=')) {
        runs.push(CodeLook::Plain, start);
        runs.push(CodeLook::Key, start + name);
    }
}
