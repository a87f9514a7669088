//! Addresses behind text. A style has no room for one, so a style carries a number in the slot for the colour of
//! underlines, which this UI does not use, and a table of the process has the addresses by number.
//! Invariant: an address of the table is printable ASCII of an allowed scheme; nothing else is ever written.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::style::{Color, Style};

use super::clean::is_unsafe;

/// Bytes of an address that is passed on.
const LINK_BYTES_MAX: usize = 2_048;
/// Addresses of one process; later ones are text alone. A colour has room for 24 bits.
const LINKS_MAX: usize = 16_384;
/// What may be opened with a click.
const SCHEMES: [&str; 4] = ["https://", "http://", "file://", "mailto:"];

/// An address, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkId(u32);

#[derive(Default)]
struct Table {
    /// The terminal would show the codes: no text gets an address.
    off: bool,
    numbers: HashMap<Arc<str>, u32>,
    urls: Vec<Arc<str>>,
}

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// The address as a terminal may have it: an allowed scheme, no blank, nothing hidden, the rest as bytes in ASCII.
pub(crate) fn safe_url(url: &str) -> Option<String> {
    let lower = url.get(..8.min(url.len())).unwrap_or_default().to_ascii_lowercase();
    let known = SCHEMES.iter().any(|scheme| lower.starts_with(scheme) && url.len() > scheme.len());
    if !known || url.chars().any(|c| is_unsafe(c) || c.is_whitespace()) {
        return None;
    }
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    (out.len() <= LINK_BYTES_MAX).then_some(out)
}

/// Decides by `TERM` whether this process writes addresses at all: some terminals show the codes, or choke on them.
pub(crate) fn set_terminal(term: Option<&str>) {
    let off = matches!(term, None | Some("dumb" | "linux" | "cons25" | "emacs"));
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    table.get_or_insert_default().off = off;
}

/// The style with an address behind it; unchanged when the address is not to be followed or the table is full.
pub(crate) fn linked(style: Style, url: &str) -> Style {
    let Some(url) = safe_url(url) else { return style };
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let table = table.get_or_insert_default();
    let number = match table.numbers.get(url.as_str()) {
        Some(number) => *number,
        None if table.off || table.urls.len() >= LINKS_MAX => return style,
        None => {
            let number = u32::try_from(table.urls.len()).unwrap_or(u32::MAX);
            let url: Arc<str> = Arc::from(url);
            table.urls.push(Arc::clone(&url));
            table.numbers.insert(url, number);
            number
        }
    };
    let [_, red, green, blue] = number.to_be_bytes();
    style.underline_color(Color::Rgb(red, green, blue))
}

impl LinkId {
    /// The number that a style's colour of underlines stands for.
    pub(crate) fn of(colour: Color) -> Option<Self> {
        match colour {
            Color::Rgb(red, green, blue) => Some(Self(u32::from_be_bytes([0, red, green, blue]))),
            _ => None,
        }
    }

    /// Its address.
    pub(crate) fn url(self) -> Option<Arc<str>> {
        let table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(self.0).ok()?;
        table.as_ref()?.urls.get(place).cloned()
    }

    /// The number: parts of one link on several rows say that they belong together by it.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// The stretches of a text that are addresses of the web: byte ranges, without the punctuation behind them.
pub(crate) fn web_addresses(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("http")).map(|at| at + from) {
        from = at + 4;
        let rest = text.get(at..).unwrap_or_default();
        let inside_word = text.get(..at).is_some_and(|before| before.ends_with(char::is_alphanumeric));
        let Some(scheme) = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme)) else {
            continue;
        };
        if inside_word {
            continue;
        }
        let stops = |c: char| c.is_whitespace() || is_unsafe(c) || matches!(c, '<' | '>' | '"' | '`' | '|');
        let end = rest.find(stops).unwrap_or(rest.len());
        let length = trimmed(rest.get(..end).unwrap_or_default()).len();
        if length > scheme.len() {
            found.push(at..at + length);
            from = at + length;
        }
    }
    found
}

/// Without punctuation at the end, and without a closing bracket that was not opened inside.
fn trimmed(url: &str) -> &str {
    let mut url = url;
    loop {
        let Some(last) = url.chars().last() else { return url };
        let unopened =
            |open: char, close: char| last == close && url.matches(close).count() > url.matches(open).count();
        let drop = matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~')
            || unopened('(', ')')
            || unopened('[', ']')
            || unopened('{', '}');
        if !drop {
            return url;
        }
        url = url.get(..url.len() - last.len_utf8()).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    // threat 36
    #[test]
    fn only_safe_addresses_are_followed() {
        for (url, safe) in [
            ("https://example.org/a?b=c;d#e", Some("https://example.org/a?b=c;d#e")),
            ("HTTP://example.org", Some("HTTP://example.org")),
            ("mailto:a@b.c", Some("mailto:a@b.c")),
            ("file:///etc/hosts", Some("file:///etc/hosts")),
            ("https://exämple.org", Some("https://ex%C3%A4mple.org")),
            ("https://", None),
            ("javascript:alert(1)", None),
            ("ftp://x.y", None),
            ("https://a\u{1b}]52;c;aGk=\u{7}", None),
            ("https://exa\u{202e}mple.org", None),
            ("https://a b", None),
            ("", None),
        ] {
            assert_eq!(safe_url(url).as_deref(), safe, "{url:?}");
        }
    }

    #[test]
    fn addresses_are_found_in_text_without_what_follows() {
        let text =
            "see https://a.b/c_(d). (http://e.f) xhttps://g https:// \"https://h.i/\", https://日本.jp!";
        let found: Vec<&str> = web_addresses(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["https://a.b/c_(d)", "http://e.f", "https://h.i/", "https://日本.jp"]);
    }

    #[test]
    fn a_style_carries_its_address() {
        let style = linked(Style::new(), "https://example.org/carried");
        let id = style.underline_color.and_then(LinkId::of).unwrap();
        assert_eq!(id.url().as_deref(), Some("https://example.org/carried"));
        assert_eq!(linked(Style::new(), "https://example.org/carried"), style);
        assert_eq!(linked(Style::new(), "data:x"), Style::new());
    }

    proptest! {
        #[test]
        fn an_address_is_printable_ascii(tail in any::<String>(), evil in "[\\x00-\\x20\\x7f-\\x9f;\\\\]{0,8}") {
            for url in [format!("https://{tail}"), format!("https://x{evil}{tail}"), format!("file:///{evil}")] {
                if let Some(safe) = safe_url(&url) {
                    prop_assert!(safe.bytes().all(|byte| byte.is_ascii_graphic()), "{safe:?}");
                }
            }
            for range in web_addresses(&tail) {
                prop_assert!(tail.get(range).is_some());
            }
        }
    }
}
