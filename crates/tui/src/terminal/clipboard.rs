//! The clipboard, through the terminal (OSC 52).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Text that terminals still take in one sequence.
const COPY_BYTES_MAX: usize = 74_000;

/// The sequence that asks the terminal to keep `text`.
pub(crate) fn copy_sequence(text: &str) -> String {
    let end = text.floor_char_boundary(COPY_BYTES_MAX.min(text.len()));
    format!("\u{1b}]52;c;{}\u{1b}\\", STANDARD.encode(&text[..end]))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn text_travels_encoded() {
        assert_eq!(copy_sequence("hi"), "\u{1b}]52;c;aGk=\u{1b}\\");
    }
}
