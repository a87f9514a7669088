//! Cleaning: after it, no text of a model, a tool or a file can move the cursor, set a title or write the clipboard.
//! Invariant: the result of every function holds no control character but line feed.

use crate::picture::PLACEHOLDER;

const TAB_COLUMNS: usize = 4;

/// Controls (C0, DEL, C1), marks that reorder text, and characters without a glyph that could hide some.
pub(crate) fn is_unsafe(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    c.is_control() || reorders || breaks
}

/// Text someone wrote: tabs become blanks, line breaks stay, every other unsafe character is shown as an escape.
pub(crate) fn clean_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push('\n'),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\t' => out.extend(std::iter::repeat_n(' ', TAB_COLUMNS)),
            c if is_unsafe(c) || c == PLACEHOLDER => out.push_str(&escape(c)),
            c => out.push(c),
        }
    }
    out
}

/// Output of a command: escape sequences are dropped, a carriage return begins the line anew, as a terminal would
/// show it; what is unsafe still is dropped too.
pub(crate) fn clean_output(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut line_start = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => {
                out.push('\n');
                line_start = out.len();
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            // A progress bar: what follows replaces the line, unless nothing follows.
            '\r' if chars.peek().is_some() => out.truncate(line_start),
            '\t' => {
                let column = out[line_start..].chars().count();
                out.extend(std::iter::repeat_n(' ', TAB_COLUMNS * 2 - column % (TAB_COLUMNS * 2)));
            }
            '\u{8}' if out.len() > line_start => {
                out.pop();
            }
            '\u{1b}' | '\u{9b}' | '\u{9d}' | '\u{90}' => skip_sequence(c, &mut chars),
            c if is_unsafe(c) || c == PLACEHOLDER => {}
            c => out.push(c),
        }
    }
    out
}

/// Any text on one line, for titles and rows of lists: breaks become blanks.
pub(crate) fn one_line(text: &str) -> String {
    clean_text(text).replace('\n', " ").trim().to_owned()
}

fn escape(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code => format!("\\u{{{code:x}}}"),
    }
}

/// Skips the rest of a sequence that began with `first`. A sequence cut off by a line end gives the line back.
fn skip_sequence(first: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind = match first {
        '\u{1b}' => match chars.peek().copied() {
            Some(c @ ('[' | ']' | 'P' | 'X' | '^' | '_')) => {
                chars.next();
                c
            }
            // Two-character escapes and charset choices, `ESC ( B`.
            Some(' '..='/') => {
                while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
                chars.next_if(|c| matches!(c, '0'..='~'));
                return;
            }
            Some('0'..='~') => {
                chars.next();
                return;
            }
            _ => return,
        },
        '\u{9b}' => '[',
        _ => ']',
    };
    if kind == '[' {
        while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
        chars.next_if(|c| matches!(c, '@'..='~'));
        return;
    }
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        if c == '\u{7}' || c == '\u{9c}' {
            return;
        }
        if c == '\u{1b}' {
            chars.next_if(|c| *c == '\\');
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn output_looks_as_a_terminal_would_show_it() {
        for (raw, shown) in [
            ("\u{1b}[1;32mok\u{1b}[0m done\r\n", "ok done\n"),
            ("10%\r50%\r100%\n", "100%\n"),
            ("\u{1b}]0;title\u{7}x\u{1b}]52;c;aGk=\u{1b}\\y", "xy"),
            ("a\tb", "a       b"),
            ("ab\u{8}c", "ac"),
            ("\u{1b}(Bplain\u{1b}=", "plain"),
            ("\u{1b}]0;never ended\nnext", "\nnext"),
            ("\u{9b}2Jx\u{0}y", "xy"),
        ] {
            assert_eq!(clean_output(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn written_text_keeps_its_controls_visible() {
        assert_eq!(clean_text("a\u{1b}[2Jb\u{202e}c\r\nd"), "a\\x1b[2Jb\\u{202e}c\nd");
        assert_eq!(one_line(" a\nb "), "a b");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>(), evil in "(\\x1b[\\[\\]P(]?[0-9;?]{0,4}[\\x07a-zA-Z\\\\]?|[\\x00-\\x1f\\x7f-\\x9f]|x){0,40}") {
            let mixed = format!("{text}{evil}{text}");
            for clean in [clean_text(&mixed), clean_output(&mixed), one_line(&mixed)] {
                prop_assert!(!clean.chars().any(|c| c != '\n' && is_unsafe(c)), "{clean:?}");
            }
        }
    }
}
