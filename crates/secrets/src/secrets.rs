//! Secret values and the labels that replace them. Pure: the environment is passed in.
//! Invariant: the structure of a JSON value survives masking; only string contents and keys change, never `type`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::forms::{url_password, whole};
use crate::json_text::{Place, mask_json};
use crate::matcher::{Found, Matcher};
use crate::shape;

/// Values named by the caller are masked from this length on.
const KNOWN_SECRET_BYTES_MIN: usize = 4;

/// Secret values and the labels that replace them.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Vec<Known>,
    /// Names of variables that hold no secrets, whatever they are called; in capitals.
    excepted: BTreeSet<String>,
    matchers: Matchers,
}

#[derive(Clone)]
struct Known {
    name: String,
    value: String,
    label: String,
    /// The spellings of the whole value.
    forms: Vec<String>,
}

/// Made when something is looked for, from what is known then.
#[derive(Default)]
struct Matchers {
    whole: OnceLock<Matcher>,
    torn: OnceLock<Matcher>,
}

impl Clone for Matchers {
    fn clone(&self) -> Self {
        // Whoever clones is about to add something.
        Self::default()
    }
}

// A derived form would print the secrets.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("known", &self.known.len()).finish()
    }
}

impl Secrets {
    /// No secrets.
    pub fn none() -> Secrets {
        Secrets::default()
    }

    /// The secrets of an environment; see [`Self::add_env`].
    pub fn from_env<K: AsRef<OsStr>, V: AsRef<OsStr>>(vars: impl IntoIterator<Item = (K, V)>) -> Secrets {
        let mut secrets = Secrets::none();
        secrets.add_env(vars);
        secrets
    }

    /// Adds the values of variables whose names look secret (`KEY`, `TOKEN`, `PASSWORD`, …) and that look like no
    /// ordinary text, keys of well-known services whatever the variable is called, and passwords in URLs. Pass
    /// `std::env::vars_os()`.
    pub fn add_env<K: AsRef<OsStr>, V: AsRef<OsStr>>(&mut self, vars: impl IntoIterator<Item = (K, V)>) {
        for (name, value) in vars {
            let (Some(name), Some(value)) = (name.as_ref().to_str(), value.as_ref().to_str()) else {
                continue;
            };
            self.add_variable(name, value.trim());
        }
    }

    fn add_variable(&mut self, name: &str, value: &str) {
        if self.excepted.contains(&name.to_ascii_uppercase()) {
            return;
        }
        match url_password(value) {
            Some(password) => {
                for password in shape::passwords(password) {
                    self.insert(name, &password);
                }
            }
            None if shape::is_secret_variable(name, value) => self.insert(name, value),
            None => {}
        }
    }

    /// Adds a header's value if it looks like a credential, without the scheme in front of it.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if let Some(credential) = shape::header_credential(name, value.trim()) {
            self.add(name, credential);
        }
    }

    /// Adds a value known to be secret, whatever its name. Values under 4 bytes and single words that stand in for a
    /// key are left out: they would mask ordinary text.
    pub fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if value.len() >= KNOWN_SECRET_BYTES_MIN && !shape::is_placeholder(value) {
            self.insert(name, value);
        }
    }

    /// Names of variables that hold no secrets. What is known by such a name is forgotten.
    pub fn except<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.excepted.extend(names.into_iter().map(str::to_ascii_uppercase));
        let excepted = &self.excepted;
        self.known.retain(|known| !excepted.contains(&known.name.to_ascii_uppercase()));
        self.matchers = Matchers::default();
    }

    /// Whether both hold the same: sets only grow, except by exceptions.
    pub(crate) fn is_as_large_as(&self, other: &Self) -> bool {
        (self.known.len(), self.excepted.len()) == (other.known.len(), other.excepted.len())
    }

    /// Whether the value is known already, by any name.
    pub(crate) fn knows(&self, value: &str) -> bool {
        self.known.iter().any(|known| known.value == value.trim())
    }

    fn insert(&mut self, name: &str, value: &str) {
        if self.excepted.contains(&name.to_ascii_uppercase()) || self.knows(value) {
            return;
        }
        let shown: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
        let label = format!("[secret:{shown}]");
        let forms = whole(value);
        self.known.push(Known { name: name.to_owned(), value: value.to_owned(), label, forms });
        self.matchers = Matchers::default();
    }

    /// Whether the text holds a whole secret. The cheap test before any rewriting.
    pub fn found_in(&self, text: &str) -> bool {
        !self.is_empty() && self.whole().may_be_in(text.as_bytes())
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// How many bytes at the end of the text may be the beginning of a secret.
    pub fn open_end(&self, text: &str) -> usize {
        let open = |pattern: &String| {
            let longest = pattern.len().saturating_sub(1).min(text.len());
            let begins = |size: &usize| text.as_bytes().ends_with(&pattern.as_bytes()[..*size]);
            (1..=longest).rev().find(begins).unwrap_or(0)
        };
        self.known.iter().flat_map(|known| &known.forms).map(open).max().unwrap_or(0)
    }

    /// The text with every secret replaced by `[secret:NAME]`.
    pub fn mask(&self, text: &str) -> String {
        self.replaced(self.whole(), text).into_owned()
    }

    /// The same, for texts that may have been cut: pieces of a secret that a cut left are replaced too.
    pub fn mask_torn<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_empty() { Cow::Borrowed(text) } else { self.replaced(self.torn(), text) }
    }

    /// One line of JSON, as [`Self::mask_torn`]: `None` when there is nothing in it, else its new text. Only strings
    /// change, no keys, and none in a place that `keeps` says must stay. Nearly free when there is nothing.
    pub fn mask_json_line(&self, line: &[u8], keeps: &dyn Fn(&Place<'_>) -> bool) -> Option<String> {
        if self.is_empty() || !(self.torn().may_be_in(line) || has_rare_escapes(line)) {
            return None;
        }
        let line = std::str::from_utf8(line).ok()?;
        mask_json(line, &mut |place, text| {
            if keeps(place) {
                return None;
            }
            match self.mask_text(text) {
                Cow::Owned(masked) => Some(masked),
                Cow::Borrowed(_) => None,
            }
        })
    }

    /// A string of a line; it may hold JSON itself, with the escapes of whoever wrote it.
    fn mask_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let masked = self.mask_torn(text);
        if masked.starts_with(['{', '[']) && has_rare_escapes(masked.as_bytes()) {
            let inner = mask_json(&masked, &mut |_, text| match self.mask_torn(text) {
                Cow::Owned(masked) => Some(masked),
                Cow::Borrowed(_) => None,
            });
            if let Some(inner) = inner {
                return Cow::Owned(inner);
            }
        }
        masked
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
                    let is_secret =
                        self.found_in(key) && whole_key(&self.whole().find_all(key.as_bytes()), key);
                    out.insert(if is_secret { self.mask(key) } else { key.clone() }, field);
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }

    fn whole(&self) -> &Matcher {
        self.matchers
            .whole
            .get_or_init(|| Matcher::whole(self.known.iter().map(|known| known.forms.as_slice())))
    }

    fn torn(&self) -> &Matcher {
        let known = || self.known.iter().map(|known| (known.value.as_str(), known.forms.as_slice()));
        self.matchers.torn.get_or_init(|| Matcher::torn(known()))
    }

    fn replaced<'a>(&self, matcher: &Matcher, text: &'a str) -> Cow<'a, str> {
        let found = matcher.find_all(text.as_bytes());
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for Found { start, end, secret } in found {
            // Pieces are cut between characters; a place inside one would be a fault of the matcher's.
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push_str(self.known.get(secret).map_or("[secret]", |known| known.label.as_str()));
            done = end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}

fn whole_key(found: &[Found], key: &str) -> bool {
    matches!(found, [Found { start: 0, end, .. }] if *end == key.len())
}

/// Escapes a writer of JSON may use or leave: what they spell is only seen once they are read.
fn has_rare_escapes(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"\\u").is_some() || memchr::memmem::find(text, b"\\/").is_some()
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
