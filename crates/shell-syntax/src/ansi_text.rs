//! What stands in `$'...'`: escapes become the characters they name. Pure.

/// The text without its escapes; one that names no character stays as it is.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some(escape) = chars.next() else { break };
        let named = match escape {
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'e' | 'E' => Some('\u{1b}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            '\\' | '\'' | '"' | '?' => Some(escape),
            'x' | 'X' => number(&mut chars, 16, 2, 0),
            'u' => number(&mut chars, 16, 4, 0),
            'U' => number(&mut chars, 16, 8, 0),
            '0'..='7' => number(&mut chars, 8, 2, escape.to_digit(8).unwrap_or_default()),
            'c' => chars.next().and_then(|c| char::from_u32(u32::from(c) & 0x1f)),
            _ => None,
        };
        match named {
            Some(named) => out.push(named),
            None => out.extend(['\\', escape]),
        }
    }
    out
}

fn number(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    base: u32,
    digits_max: usize,
    begun: u32,
) -> Option<char> {
    let mut value = begun;
    for _ in 0..digits_max {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(base)) else { break };
        value = value.wrapping_mul(base).wrapping_add(digit);
        chars.next();
    }
    char::from_u32(value)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::unescaped;

    #[test]
    fn escapes_become_their_characters() {
        assert_eq!(unescaped(r"\x72m \162\155 r\u006d \U00000072m"), "rm rm rm rm");
        assert_eq!(unescaped(r"a\'b\\\n\q\"), "a'b\\\n\\q");
        assert_eq!(unescaped(r"\U99999999\x"), "\\U\0");
    }
}
