//! `-c key=value`: the key's dotted segments and the value, TOML or plain text (`config.md §2`).
//! Owns the grammar of one override; knows no key.

use crate::error::ConfigError;
use crate::place::Origin;
use crate::tree::{Node, Table, Value, parse_value, put};

/// Deeper keys than this are refused: no key is, and recursion stays small.
const SEGMENTS_MAX: usize = 32;

/// Applies one override, whose text is source number `source`, to `table`.
pub(crate) fn apply(text: &str, source: usize, table: &mut Table) -> Result<(), ConfigError> {
    let (path, value_at) = parse_key(text)?;
    let raw = text.get(value_at..).unwrap_or("");
    let value = raw.trim();
    let start = value_at + (raw.len() - raw.trim_start().len());
    let origin = Origin { source, key: 0..value_at.saturating_sub(1), value: start..start + value.len() };
    put(table, &path, Node { value: read_value(value, source, start), origin });
    Ok(())
}

/// A value that is not TOML is a plain string; so is a date, since no key takes one.
fn read_value(text: &str, source: usize, start: usize) -> Value {
    match parse_value(text, source, start) {
        Ok(Value::Datetime(_)) | Err(_) => Value::String(text.trim_matches(['"', '\'']).to_owned()),
        Ok(value) => value,
    }
}

/// The segments of the key, and the byte after its `=`.
fn parse_key(text: &str) -> Result<(Vec<String>, usize), ConfigError> {
    let bad = |problem| ConfigError::OverrideKey { text: text.to_owned(), problem };
    let mut path = Vec::new();
    let mut segment = String::new();
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' | '\'' if segment.trim().is_empty() && !quoted => {
                segment.clear();
                quoted = true;
                read_quoted(&mut chars, c, &mut segment).ok_or_else(|| bad("a quote is not closed"))?;
            }
            '.' | '=' => {
                let done = if quoted { std::mem::take(&mut segment) } else { segment.trim().to_owned() };
                if done.is_empty() && !quoted {
                    return Err(bad("a part of the key is empty"));
                }
                segment.clear();
                quoted = false;
                path.push(done);
                if path.len() > SEGMENTS_MAX {
                    return Err(bad("the key has too many parts"));
                }
                if c == '=' {
                    return Ok((path, at + 1));
                }
            }
            c if quoted && c.is_whitespace() => {}
            _ if quoted => return Err(bad("text follows a quoted part")),
            c => segment.push(c),
        }
    }
    Err(ConfigError::OverrideWithoutEquals(text.to_owned()))
}

/// Reads up to the closing quote. Double quotes know `\"` and `\\`, single quotes know no escape.
fn read_quoted(chars: &mut std::str::CharIndices<'_>, quote: char, out: &mut String) -> Option<()> {
    while let Some((_, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => match chars.next()?.1 {
                escaped @ ('"' | '\\') => out.push(escaped),
                other => {
                    out.push('\\');
                    out.push(other);
                }
            },
            c if c == quote => return Some(()),
            c => out.push(c),
        }
    }
    None
}
