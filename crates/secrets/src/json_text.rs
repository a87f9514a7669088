//! Changing strings in a JSON text and nothing else: numbers, order, spaces and unknown fields stay byte for byte.
//! Invariant: lenient. A text that is no JSON, or was cut, is followed as far as it goes; depth costs no stack.

use std::borrow::Cow;

use serde_json::Value;

/// Where in a text a string stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The keys of the objects around it, outermost first, as they are written. What stands in an array has the
    /// array's keys.
    pub keys: &'a [&'a str],
}

/// What a value is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    /// An object, before the next key.
    Keys,
    /// An object, behind a key, which is the last one of the place.
    Field,
    Array,
}

/// Offers every string that is a value to `change`, with its place; gives the new text, or `None` when nothing changed.
pub fn mask_json(text: &str, change: &mut dyn FnMut(&Place<'_>, &str) -> Option<String>) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut done = 0;
    let mut around: Vec<Around> = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => around.push(Around::Keys),
            b'[' => around.push(Around::Array),
            b'}' | b']' => {
                let closed = around.pop();
                keys.truncate(keys.len() - usize::from(closed == Some(Around::Field)));
            }
            b',' => {
                if let Some(around) = around.last_mut().filter(|around| **around == Around::Field) {
                    *around = Around::Keys;
                    keys.pop();
                }
            }
            b'"' => {
                let Some(end) = string_end(bytes, at) else { break };
                let inside = text.get(at + 1..end - 1).unwrap_or_default();
                if let Some(around) = around.last_mut().filter(|around| **around == Around::Keys) {
                    *around = Around::Field;
                    keys.push(inside);
                } else if let Some(changed) =
                    decoded(inside).and_then(|string| change(&Place { keys: &keys }, &string))
                {
                    out.push_str(text.get(done..at).unwrap_or_default());
                    out.push_str(&Value::from(changed).to_string());
                    done = end;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if done == 0 {
        return None;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}

/// Behind the closing quote of the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        let rest = bytes.get(at..)?;
        let sign = at + memchr::memchr2(b'"', b'\\', rest)?;
        match bytes.get(sign) {
            Some(b'"') => return Some(sign + 1),
            _ => at = sign + 2,
        }
    }
}

fn decoded(inside: &str) -> Option<Cow<'_, str>> {
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    serde_json::from_str(&format!("\"{inside}\"")).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn upper(text: &str) -> Option<String> {
        mask_json(text, &mut |place, string| (!place.keys.contains(&"keep")).then(|| string.to_uppercase()))
    }

    #[test]
    fn only_strings_that_are_values_change() {
        let text = r#"{"a": "x", "n":1.50e3,"keep":{"b":["y"], "c":"z"}, "l":["p",{"q":"r\n\"s\u00e9"},null,"t"],"e":{}}"#;
        let expected = r#"{"a": "X", "n":1.50e3,"keep":{"b":["y"], "c":"z"}, "l":["P",{"q":"R\n\"SÉ"},null,"T"],"e":{}}"#;
        assert_eq!(upper(text).as_deref(), Some(expected));
        assert_eq!(upper(r#"{"n":1,"keep":"x"}"#), None);
    }

    #[test]
    fn places_are_the_keys_around() {
        let text = r#"{"a":{"b":[{"c":"1"},"2"],"d":"3"},"e":"4"}"#;
        let mut seen = Vec::new();
        mask_json(text, &mut |place, string| {
            seen.push(format!("{}={string}", place.keys.join(".")));
            None
        });
        assert_eq!(seen, ["a.b.c=1", "a.b=2", "a.d=3", "e=4"]);
    }

    #[test]
    fn what_is_no_json_or_was_cut_does_no_harm() {
        assert_eq!(upper(r#"{"a":"x","b":"y"#).as_deref(), Some(r#"{"a":"X","b":"y"#));
        assert_eq!(upper(r#"]}]},"a""#).as_deref(), Some(r#"]}]},"A""#));
        assert_eq!(upper("\"\\"), None);
        assert_eq!(upper("\"\\\""), None);
        assert_eq!(upper(&"[".repeat(100_000)), None);
    }

    proptest! {
        #[test]
        fn the_same_json_comes_out(text in "[\\[\\]{},:\"\\\\a-c0-9é ]{0,60}") {
            let _ = upper(&text);
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let out = mask_json(&text, &mut |_, string| Some(string.to_owned())).unwrap_or(text);
                prop_assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), value);
            }
        }
    }
}
