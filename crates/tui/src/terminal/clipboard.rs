//! The clipboard, through the terminal (OSC 52).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Text that terminals still take in one sequence.
const COPY_BYTES_MAX: usize = 74_000;

/// The sequence that asks the terminal to keep `text`; wrapped so that tmux passes it on.
pub(crate) fn copy_sequence(text: &str, in_tmux: bool) -> String {
    let end = text.floor_char_boundary(COPY_BYTES_MAX.min(text.len()));
    let osc = format!("\u{1b}]52;c;{}\u{1b}\\", STANDARD.encode(&text[..end]));
    if in_tmux { format!("\u{1b}Ptmux;{}\u{1b}\\", osc.replace('\u{1b}', "\u{1b}\u{1b}")) } else { osc }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn text_travels_encoded() {
        assert_eq!(copy_sequence("hi", false), "\u{1b}]52;c;aGk=\u{1b}\\");
        assert_eq!(copy_sequence("hi", true), "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;aGk=\u{1b}\u{1b}\\\u{1b}\\");
    }
}
