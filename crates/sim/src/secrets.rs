//! Which texts must never reach a cassette, and how they are taken out. Pure: the environment is passed in.
//! Invariant: the structure of a JSON value survives masking; only string contents and keys change, never `type`.

use std::ffi::OsStr;

use serde_json::{Map, Value};

/// Words in a variable's name that make its value a secret.
const SECRET_NAME_WORDS: [&str; 6] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];

/// Environment values shorter than this are no secrets worth the name, and would mask ordinary words.
const ENV_SECRET_BYTES_MIN: usize = 8;

/// Values named by the caller are masked from this length on.
const KNOWN_SECRET_BYTES_MIN: usize = 4;

/// Secret values and the labels that replace them.
#[derive(Clone, Default)]
pub struct Secrets {
    /// (pattern, label), longest pattern first; every value also in its JSON-escaped forms.
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
        // Tool arguments are JSON in a string, and may hold JSON in a string again.
        let mut form = value.to_owned();
        for _ in 0..3 {
            if !self.patterns.iter().any(|(known, _)| *known == form) {
                self.patterns.push((form.clone(), label.clone()));
            }
            form = escaped(&form);
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

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_long_values_of_secret_names_are_taken_from_the_environment() {
        let vars = [
            ("OPENAI_API_KEY", "sk-12345678"),
            ("db_password", "correct horse"),
            ("SHORT_KEY", "k"),
            ("HOME", "/home/someone"),
        ];
        let secrets = Secrets::from_env(vars);
        let text = "sk-12345678, correct horse, k, /home/someone";
        assert_eq!(secrets.mask(text), "[secret:OPENAI_API_KEY], [secret:db_password], k, /home/someone");
        assert!(!format!("{secrets:?}").contains("horse"));
    }

    #[test]
    fn secrets_are_found_in_every_escaping() {
        let mut secrets = Secrets::none();
        secrets.add("PIN", "a\"b\\c");
        let inner = json!({ "cmd": "echo a\"b\\c" }).to_string();
        let value = json!({ "type": "a\"b\\c", "arguments": inner, "text": "a\"b\\c!" });
        let expected = json!({
            "type": "a\"b\\c",
            "arguments": r#"{"cmd":"echo [secret:PIN]"}"#,
            "text": "[secret:PIN]!",
        });
        assert!(secrets.found_in(&value.to_string()));
        assert_eq!(secrets.mask_value(&value), expected);
    }

    #[test]
    fn a_secret_within_a_longer_one_does_not_break_it() {
        let mut secrets = Secrets::none();
        secrets.add("A", "token");
        secrets.add("B", "token-long");
        assert_eq!(secrets.mask("token-long token"), "[secret:B] [secret:A]");
    }
}
