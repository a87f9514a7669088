//! Lines of markup, of diffs and of Markdown itself.

use super::lexer::{Inside, Runs, span};
use crate::look::CodeLook;

/// HTML, XML and their kin.
pub(super) fn line(inside: &mut Inside, runs: &mut Runs<'_>) {
    while !runs.rest().is_empty() {
        match inside {
            Inside::Comment => {
                let rest = runs.rest();
                let end = rest.find("-->").map(|at| at + 3);
                runs.take(CodeLook::Comment, end.unwrap_or(rest.len()));
                if end.is_some() {
                    *inside = Inside::Nothing;
                }
            }
            Inside::Tag(Some(quote)) => {
                let rest = runs.rest();
                let end = rest.find(char::from(*quote)).map(|at| at + 1);
                runs.take(CodeLook::Text, end.unwrap_or(rest.len()));
                if end.is_some() {
                    *inside = Inside::Tag(None);
                }
            }
            Inside::Tag(None) => tag(inside, runs),
            _ => text(inside, runs),
        }
    }
}

fn tag(inside: &mut Inside, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    match rest.chars().next() {
        Some('>') => {
            runs.take(CodeLook::Operator, 1);
            *inside = Inside::Nothing;
        }
        Some(c @ ('"' | '\'')) => {
            runs.take(CodeLook::Text, 1);
            *inside = Inside::Tag(u8::try_from(c).ok());
        }
        Some(c) if c.is_alphanumeric() || matches!(c, ':' | '@' | '_') => {
            let name = |c: char| c.is_alphanumeric() || matches!(c, '-' | ':' | '@' | '_' | '.');
            runs.take(CodeLook::Key, span(rest, name));
        }
        _ => runs.take_char(CodeLook::Operator),
    }
}

fn text(inside: &mut Inside, runs: &mut Runs<'_>) {
    let rest = runs.rest();
    if rest.starts_with("<!--") {
        runs.take(CodeLook::Comment, 4);
        *inside = Inside::Comment;
        return;
    }
    if let Some(open) = rest.strip_prefix('<')
        && open.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '!' | '?'))
    {
        let marks = span(open, |c| matches!(c, '/' | '!' | '?'));
        runs.take(CodeLook::Operator, 1 + marks);
        let name = |c: char| c.is_alphanumeric() || matches!(c, '-' | ':' | '.' | '_');
        runs.take(CodeLook::Keyword, span(runs.rest(), name));
        *inside = Inside::Tag(None);
        return;
    }
    if rest.starts_with('&')
        && let Some(end) = rest.bytes().take(12).position(|byte| byte == b';')
    {
        return runs.take(CodeLook::Constant, end + 1);
    }
    let plain = span(rest, |c| c != '<' && c != '&');
    if plain > 0 { runs.take(CodeLook::Plain, plain) } else { runs.take_char(CodeLook::Plain) }
}

/// A line of a diff: its first character says it all.
pub(super) fn diff(runs: &mut Runs<'_>) {
    let line = runs.whole();
    let look = if line.starts_with("+++") || line.starts_with("---") || line.starts_with("diff ") {
        CodeLook::Keyword
    } else if line.starts_with("@@") {
        CodeLook::Attribute
    } else {
        match line.as_bytes().first() {
            Some(b'+') => CodeLook::Added,
            Some(b'-') => CodeLook::Removed,
            _ => CodeLook::Plain,
        }
    };
    runs.take(look, line.len());
}

/// Markdown as source.
pub(super) fn markdown(inside: &mut Inside, runs: &mut Runs<'_>) {
    let line = runs.whole();
    let body = line.trim_start();
    let is_fence = body.starts_with("```") || body.starts_with("~~~");
    if is_fence {
        *inside = if *inside == Inside::Nothing { Inside::Comment } else { Inside::Nothing };
        return runs.take(CodeLook::Comment, line.len());
    }
    if *inside == Inside::Comment {
        return runs.take(CodeLook::Text, line.len());
    }
    let marks = span(body, |c| c == '#');
    if (1..=6).contains(&marks) && body[marks..].starts_with(' ') {
        return runs.take(CodeLook::Keyword, line.len());
    }
    if body.starts_with('>') {
        return runs.take(CodeLook::Comment, line.len());
    }
    let indent = line.len() - body.len();
    if body.starts_with("- ") || body.starts_with("* ") || body.starts_with("+ ") {
        runs.take(CodeLook::Operator, indent + 1);
    }
    while let Some(at) = runs.rest().find('`') {
        let rest = runs.rest();
        let Some(close) = rest.get(at + 1..).and_then(|after| after.find('`')) else { break };
        runs.take(CodeLook::Plain, at);
        runs.take(CodeLook::Text, close + 2);
    }
}
