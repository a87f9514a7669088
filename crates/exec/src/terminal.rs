//! What may be written to a terminal: colours of ours, and no control character of anyone else's.
//! Owns the escape codes; knows no event.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a stream is a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A person's screen: control characters could rewrite what it shows.
    Terminal,
    /// A file or a pipe: bytes stay as they are.
    Bytes,
}

/// Text as it may go to the target. For a terminal every control character but line feed and tab is shown as an
/// escape, so that neither a model nor a command's output can move the cursor, set titles or write the clipboard.
pub(crate) fn safe(text: &str, target: Target) -> Cow<'_, str> {
    if target == Target::Bytes || !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Lines of Windows programs.
            '\r' if chars.peek() == Some(&'\n') => {}
            c if is_dangerous(c) => push_escaped(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Text for a person's screen: see [`safe`]. For whoever else writes to one, errors above all.
pub fn screen_text(text: &str) -> Cow<'_, str> {
    safe(text, Target::Terminal)
}

/// One JSON text as it may go to the target. JSON escapes the control characters below U+0020 itself; the others
/// occur only inside strings, where an escape means the same.
pub(crate) fn safe_json(json: String, target: Target) -> String {
    if target == Target::Bytes || !json.chars().any(is_dangerous) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_dangerous(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn push_escaped(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = match u32::from(c) {
        code @ 0..=0xff => write!(out, "\\x{code:02x}"),
        code => write!(out, "\\u{{{code:x}}}"),
    };
}

/// Controls (C0, DEL, C1) and the marks that reorder text, but not line feed and tab.
fn is_dangerous(c: char) -> bool {
    let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n' && c != '\t') || reorders
}

/// Puts colours around text, or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Colours.
    On,
    /// None.
    Off,
}

/// A look from the palette every terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Bold,
    Dim,
    Cyan,
    MagentaItalic,
    Red,
    Green,
    YellowBold,
    RedBold,
}

impl Paint {
    /// The text in that look.
    pub(crate) fn paint(self, look: Look, text: &str) -> String {
        if self == Self::Off {
            return text.to_owned();
        }
        let code = match look {
            Look::Bold => "1",
            Look::Dim => "2",
            Look::Cyan => "36",
            Look::MagentaItalic => "35;3",
            Look::Red => "31",
            Look::Green => "32",
            Look::YellowBold => "33;1",
            Look::RedBold => "31;1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    // threat 36
    #[test]
    fn a_terminal_gets_no_control_character() {
        let evil = "a\u{1b}]52;c;x\u{7}b\u{9b}2Jc\rd\r\n\te\u{202e}";
        assert_eq!(safe(evil, Target::Terminal), "a\\x1b]52;c;x\\x07b\\x9b2Jc\\x0dd\n\te\\u{202e}");
        assert_eq!(safe(evil, Target::Bytes), evil);
    }

    #[test]
    fn json_for_a_terminal_means_the_same() {
        let value = serde_json::json!({ "text": "a\u{9b}\u{7f}é" });
        let safe = safe_json(value.to_string(), Target::Terminal);
        assert_eq!(safe, "{\"text\":\"a\\u009b\\u007fé\"}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
