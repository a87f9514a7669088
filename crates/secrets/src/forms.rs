//! How a secret may be spelled: escaped, line by line, encoded, or torn by whoever cut a text. Pure text work.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use serde_json::Value;

/// Shorter values are not looked for in other encodings: a few letters of Base64 are found anywhere.
const ENCODED_BYTES_MIN: usize = 12;

/// Lines of a secret with several (a private key) are secrets from this length on.
const LINE_BYTES_MIN: usize = 24;

/// Values from this length on are looked for in pieces too, so that a half is never a few letters.
const TORN_BYTES_MIN: usize = 24;

/// The spellings of a whole secret: as it is, escaped in JSON (tool arguments are JSON in a string, and may hold JSON
/// in a string again), line by line, in Base64 wherever it begins, in hexadecimal, and in a URL.
pub(crate) fn whole(value: &str) -> Vec<String> {
    let mut plain = vec![value.to_owned()];
    // A terminal ends lines in its own way.
    plain.extend(lines(value).filter(|line| *line != value).map(str::to_owned));
    let mut forms = Vec::new();
    for mut form in plain {
        // The last one is the line of a file that holds such arguments, before anybody has read it as JSON.
        for _ in 0..4 {
            let next = escaped(&form);
            let same = next == form;
            forms.push(std::mem::replace(&mut form, next));
            if same {
                break;
            }
        }
    }
    if value.len() >= ENCODED_BYTES_MIN {
        forms.extend((0..3).flat_map(|before| base64_forms(value, before)));
        forms.extend([hexadecimal(value, "0123456789abcdef"), hexadecimal(value, "0123456789ABCDEF")]);
        forms.push(percent_encoded(value));
    }
    forms.sort();
    forms.dedup();
    forms
}

/// What is looked for in pieces: the secret, or every line of one that has several. Only ASCII, so that no piece ends
/// within a character.
pub(crate) fn parts(value: &str) -> Vec<&str> {
    let whole = (!value.contains('\n')).then_some(value);
    let parts = whole.into_iter().chain(lines(value).filter(|line| *line != value));
    parts.filter(|part| part.len() >= TORN_BYTES_MIN && part.is_ascii()).collect()
}

fn lines(value: &str) -> impl Iterator<Item = &str> {
    let lines = value.lines().map(str::trim);
    lines.filter(|line| line.len() >= LINE_BYTES_MIN && !line.starts_with("-----"))
}

/// What `before` other bytes in front leave sure of the Base64 text, whatever those and the ones behind are.
fn base64_forms(value: &str, before: usize) -> [String; 2] {
    let bytes = [&b"..."[..before], value.as_bytes()].concat();
    // Every character holds 6 bits; the first and the last may hold a neighbour's.
    let first = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    [BASE64_STANDARD.encode(&bytes), BASE64_URL_SAFE.encode(&bytes)]
        .map(|text| text.get(first..end).unwrap_or_default().to_owned())
}

fn hexadecimal(value: &str, digits: &str) -> String {
    let digit = |half: u8| digits.as_bytes().get(usize::from(half)).map(|digit| char::from(*digit));
    value.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

fn percent_encoded(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The password in `scheme://user:password@host`.
pub(crate) fn url_password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

/// A password out of a URL as programs know it.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &after[2..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(out).ok()
}

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned()
}
