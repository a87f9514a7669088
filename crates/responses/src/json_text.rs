//! JSON text that may stand in a header: everything outside ASCII is escaped, so that the same string can be a
//! header's value and a body's.

use std::fmt::Write as _;

use serde_json::Value;

/// The value as JSON in ASCII.
pub(crate) fn ascii_json(value: &Value) -> String {
    let json = value.to_string();
    if json.is_ascii() && !json.contains('\u{7f}') {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 32);
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            out.push(character);
            continue;
        }
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use super::ascii_json;

    #[test]
    fn text_survives_the_escapes() {
        let value = json!({"päth/😀": "\u{7f}\n\"x\""});
        let text = ascii_json(&value);
        assert_eq!(text, "{\"p\\u00e4th/\\ud83d\\ude00\":\"\\u007f\\n\\\"x\\\"\"}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
