//! Lines of a shell: what runs, its options, variables, strings, here documents.

use super::language::{Language, Quote, long_quote, raw_quote};
use super::lexer::{Inside, Runs, close_of, span};
use crate::look::CodeLook;

const SINGLE: usize = 0;
const DOUBLE: usize = 1;
const QUOTES: [Quote; 2] = [raw_quote("'", "'"), long_quote("\"")];

pub(super) fn line(language: &Language, inside: &mut Inside, runs: &mut Runs<'_>) {
    if let Inside::Heredoc(word) = inside {
        if runs.whole().trim() == word {
            runs.take(CodeLook::Keyword, runs.whole().len());
            *inside = Inside::Nothing;
        } else {
            runs.take(CodeLook::Text, runs.whole().len());
        }
        return;
    }
    let mut place = Place { command: true, assigned: false, heredoc: None };
    // The mark of a prompt in a pasted session.
    if runs.whole().starts_with("$ ") || runs.whole().starts_with("% ") {
        runs.take(CodeLook::Comment, 2);
    }
    while !runs.rest().is_empty() {
        match inside {
            Inside::Quote(DOUBLE) => double(inside, runs),
            Inside::Quote(_) => {
                let rest = runs.rest();
                let end = close_of(rest, QUOTES[SINGLE]);
                runs.take(CodeLook::Text, end.unwrap_or(rest.len()));
                if end.is_some() {
                    *inside = Inside::Nothing;
                }
            }
            _ => token(language, &mut place, inside, runs),
        }
    }
    if let Some(word) = place.heredoc
        && *inside == Inside::Nothing
    {
        *inside = Inside::Heredoc(word);
    }
}

struct Place {
    /// The next word is what runs.
    command: bool,
    /// The value of `NAME=` follows; what runs comes after it.
    assigned: bool,
    /// A here document begins in the next line.
    heredoc: Option<String>,
}

/// Inside of double quotes: text with variables.
fn double(inside: &mut Inside, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let plain = span(rest, |c| !matches!(c, '"' | '$' | '\\'));
    if plain > 0 {
        return runs.take(CodeLook::Text, plain);
    }
    match rest.as_bytes().first() {
        Some(b'"') => {
            runs.take(CodeLook::Text, 1);
            *inside = Inside::Nothing;
        }
        Some(b'\\') => {
            let next = rest.chars().nth(1).map_or(0, char::len_utf8);
            runs.take(CodeLook::Text, 1 + next);
        }
        _ => variable(CodeLook::Text, runs),
    }
}

/// `$name`, `${name}`, `$1`; a dollar sign alone is as what is around it.
fn variable(around: CodeLook, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let after = rest.get(1..).unwrap_or_default();
    let bytes = match after.chars().next() {
        Some('{') => after.find('}').map_or(rest.len(), |at| at + 2),
        Some(c) if c.is_alphabetic() || c == '_' => 1 + span(after, |c| c.is_alphanumeric() || c == '_'),
        Some('0'..='9' | '?' | '@' | '*' | '#' | '$' | '!') => 2,
        _ => return runs.take(around, 1),
    };
    runs.take(CodeLook::Variable, bytes);
}

fn token(language: &Language, place: &mut Place, inside: &mut Inside, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let Some(first) = rest.chars().next() else { return };
    let starts_word = runs
        .whole()
        .get(..runs.at())
        .is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t', ';', '(']));
    match first {
        ' ' | '\t' => {
            place.command |= std::mem::take(&mut place.assigned);
            runs.take(CodeLook::Plain, span(rest, |c| c == ' ' || c == '\t'));
        }
        '#' if starts_word => runs.take(CodeLook::Comment, rest.len()),
        '\'' | '"' => {
            *inside = Inside::Quote(if first == '"' { DOUBLE } else { SINGLE });
            place.command = false;
            runs.take(CodeLook::Text, 1);
        }
        '$' if rest.starts_with("$(") => {
            place.command = true;
            runs.take(CodeLook::Operator, 2);
        }
        '$' => {
            place.command = false;
            variable(CodeLook::Plain, runs);
        }
        '\\' => runs.take(CodeLook::Plain, 1 + rest.chars().nth(1).map_or(0, char::len_utf8)),
        '<' if rest.starts_with("<<") && !rest.starts_with("<<<") => heredoc(place, runs),
        '|' | '&' | ';' | '(' | '{' | '`' | '!' | '}' | ')' => {
            place.command = !matches!(first, ')' | '}');
            runs.take_char(CodeLook::Operator);
        }
        '<' | '>' | '*' | '?' | '=' | '[' | ']' => runs.take_char(CodeLook::Operator),
        _ => word(language, place, starts_word, runs),
    }
}

fn heredoc(place: &mut Place, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let marks = 2 + usize::from(rest[2..].starts_with('-'));
    let after = rest[marks..].trim_start();
    let blanks = rest.len() - marks - after.len();
    let bytes = span(after, |c| c.is_alphanumeric() || matches!(c, '_' | '\'' | '"' | '-' | '.'));
    let word: String = after[..bytes].chars().filter(|c| !matches!(c, '\'' | '"')).collect();
    runs.take(CodeLook::Operator, marks);
    runs.take(CodeLook::Keyword, blanks + bytes);
    if !word.is_empty() {
        place.heredoc = Some(word);
    }
}

fn word(language: &Language, place: &mut Place, starts_word: bool, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '|' | '&'
                    | ';'
                    | '('
                    | ')'
                    | '<'
                    | '>'
                    | '\''
                    | '"'
                    | '$'
                    | '`'
                    | '='
                    | '\\'
                    | '*'
                    | '?'
                    | '['
            )
    };
    let bytes = span(rest, |c| !ends(c)).max(rest.chars().next().map_or(1, char::len_utf8));
    let word = rest.get(..bytes).unwrap_or_default();
    let assigns = place.command
        && rest.get(bytes..).is_some_and(|after| after.starts_with('='))
        && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    if assigns {
        (place.assigned, place.command) = (true, false);
        return runs.take(CodeLook::Variable, bytes);
    }
    let look = if place.command && language.keywords.split(' ').any(|own| own == word) {
        // What a keyword is followed by runs, but for names.
        place.command = !matches!(word, "for" | "case" | "select" | "function" | "in" | "export" | "local");
        runs.take(CodeLook::Keyword, bytes);
        return;
    } else if !place.command && matches!(word, "do" | "in" | "then") {
        place.command = word != "in";
        CodeLook::Keyword
    } else if place.command {
        place.command = false;
        CodeLook::Function
    } else if starts_word && word.starts_with('-') && word.len() > 1 {
        CodeLook::Attribute
    } else if starts_word && word.bytes().all(|byte| byte.is_ascii_digit()) {
        CodeLook::Number
    } else {
        CodeLook::Plain
    };
    runs.take(look, bytes);
}
