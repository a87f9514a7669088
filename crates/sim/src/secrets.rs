//! Which texts must never reach a cassette, and how they are taken out. Pure: the environment is passed in.
//! Invariant: the structure of a JSON value survives masking; only string contents and keys change, never `type`.

use std::ffi::OsStr;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use serde_json::{Map, Value};

/// Words in a variable's name that make its value a secret.
const SECRET_NAME_WORDS: [&str; 9] =
    ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "AUTHORIZATION", "COOKIE"];

/// Environment values shorter than this are no secrets worth the name, and would mask ordinary words.
const ENV_SECRET_BYTES_MIN: usize = 8;

/// Shorter values are not looked for in other encodings: a few letters of Base64 are found anywhere.
const ENCODED_BYTES_MIN: usize = 12;

/// Lines of a secret with several (a private key) are secrets from this length on.
const LINE_BYTES_MIN: usize = 24;

/// Values named by the caller are masked from this length on.
const KNOWN_SECRET_BYTES_MIN: usize = 4;

/// Secret values and the labels that replace them.
#[derive(Clone, Default)]
pub struct Secrets {
    /// (pattern, label), longest pattern first; every value in all its [`forms`].
    patterns: Vec<(String, String)>,
}

// A derived form would print the secrets.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("patterns", &self.patterns.len()).finish()
    }
}

impl Secrets {
    /// No secrets.
    pub fn none() -> Secrets {
        Secrets::default()
    }

    /// The values of variables whose names look secret (`KEY`, `TOKEN`, `SECRET`, `PASSWORD`, …) and that have at
    /// least 8 bytes. Pass `std::env::vars_os()`.
    pub fn from_env<K: AsRef<OsStr>, V: AsRef<OsStr>>(vars: impl IntoIterator<Item = (K, V)>) -> Secrets {
        let mut secrets = Secrets::none();
        for (name, value) in vars {
            let (Some(name), Some(value)) = (name.as_ref().to_str(), value.as_ref().to_str()) else {
                continue;
            };
            let upper = name.to_ascii_uppercase();
            let looks_secret = SECRET_NAME_WORDS.iter().any(|word| upper.contains(word));
            if looks_secret && value.trim().len() >= ENV_SECRET_BYTES_MIN {
                secrets.insert(name, value.trim());
            } else if let Some(password) = url_password(value).filter(|p| p.len() >= ENV_SECRET_BYTES_MIN) {
                secrets.insert(name, password);
            }
        }
        secrets
    }

    /// Adds a value known to be secret, whatever its name. Values under 4 bytes are left out: they would mask
    /// ordinary text.
    pub fn add(&mut self, name: &str, value: &str) {
        if value.trim().len() >= KNOWN_SECRET_BYTES_MIN {
            self.insert(name, value.trim());
        }
    }

    fn insert(&mut self, name: &str, value: &str) {
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
        let label = format!("[secret:{name}]");
        for form in forms(value) {
            if !self.patterns.iter().any(|(known, _)| *known == form) {
                self.patterns.push((form, label.clone()));
            }
        }
        self.patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
    }

    /// Whether the text holds a secret. The cheap test before any rewriting.
    pub fn found_in(&self, text: &str) -> bool {
        self.patterns.iter().any(|(pattern, _)| text.contains(pattern.as_str()))
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// How many bytes at the end of the text may be the beginning of a secret.
    pub(crate) fn open_end(&self, text: &str) -> usize {
        let open = |pattern: &String| {
            let longest = pattern.len().saturating_sub(1).min(text.len());
            let begins = |size: &usize| text.as_bytes().ends_with(&pattern.as_bytes()[..*size]);
            (1..=longest).rev().find(begins).unwrap_or(0)
        };
        self.patterns.iter().map(|(pattern, _)| open(pattern)).max().unwrap_or(0)
    }

    /// The text with every secret replaced by `[secret:NAME]`.
    pub fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (pattern, label) in &self.patterns {
            if text.contains(pattern.as_str()) {
                text = text.replace(pattern.as_str(), label);
            }
        }
        text
    }

    /// The value with every secret in its strings and keys replaced; what `type` says is left alone.
    pub fn mask_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.mask(text)),
            Value::Array(items) => items.iter().map(|item| self.mask_value(item)).collect(),
            Value::Object(fields) => {
                let mut out = Map::new();
                for (key, field) in fields {
                    let field = if key == "type" { field.clone() } else { self.mask_value(field) };
                    // Keys of ours and of the wire are words; only a key that is a secret in itself is replaced.
                    let is_secret = self.patterns.iter().any(|(pattern, _)| pattern == key);
                    out.insert(if is_secret { self.mask(key) } else { key.clone() }, field);
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }
}

/// How a secret may be spelled: as it is, escaped in JSON (tool arguments are JSON in a string, and may hold JSON in
/// a string again), line by line, in Base64 wherever it begins, in hexadecimal, and in a URL.
fn forms(value: &str) -> Vec<String> {
    let mut plain = vec![value.to_owned()];
    // A terminal ends lines in its own way.
    let lines = value.lines().map(str::trim);
    let lines = lines.filter(|line| line.len() >= LINE_BYTES_MIN && !line.starts_with("-----"));
    plain.extend(lines.filter(|line| *line != value).map(str::to_owned));
    let mut forms = Vec::new();
    for mut form in plain {
        for _ in 0..3 {
            let next = escaped(&form);
            forms.push(std::mem::replace(&mut form, next));
        }
    }
    if value.len() >= ENCODED_BYTES_MIN {
        forms.extend((0..3).flat_map(|before| base64_forms(value, before)));
        forms.extend([hexadecimal(value, "0123456789abcdef"), hexadecimal(value, "0123456789ABCDEF")]);
        forms.push(percent_encoded(value));
    }
    forms
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
fn url_password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned()
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
