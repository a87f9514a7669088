//! The word that a popup completes, and pastes that are a path.

use std::ops::Range;
use std::path::PathBuf;

use super::buffer::Edit;
use super::draft::Composer;
use super::piece::Piece;

const IMAGE_ENDINGS: &[&str] = &["png", "jpg", "jpeg", "gif", "webp"];

/// What is being written at the cursor that a popup could finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completion {
    /// `/` at the start of the draft, `@` or `$` at the start of a word.
    pub(crate) sigil: char,
    /// From the sigil to the cursor.
    pub(crate) query: String,
    /// The whole word, sigil included, for `complete`.
    pub(crate) range: Range<usize>,
}

impl Composer {
    /// The word at the cursor when it begins with a sigil.
    pub(crate) fn completion(&self) -> Option<Completion> {
        if self.search.is_some() {
            return None;
        }
        let text = self.text();
        let cursor = self.buffer.cursor();
        let before = text.get(..cursor)?;
        let start = before.rfind(char::is_whitespace).map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let end = text.get(cursor..)?.find(char::is_whitespace).map_or(text.len(), |at| cursor + at);
        let sigil = text.get(start..cursor)?.chars().next()?;
        let known = matches!(sigil, '@' | '$') || (sigil == '/' && start == 0);
        let tokens = &self.buffer.piece().tokens;
        let touched = tokens.iter().any(|token| token.range.start < end && token.range.end > start);
        (known && !touched).then(|| Completion {
            sigil,
            query: text.get(start + sigil.len_utf8()..cursor).unwrap_or_default().to_owned(),
            range: start..end,
        })
    }

    /// Puts text in the place of a word; the cursor goes behind it.
    pub(crate) fn complete(&mut self, range: Range<usize>, text: &str) {
        self.did_other_than_kill();
        self.buffer.replace(range, &Piece::plain(text), Edit::Whole);
    }
}

/// The path, when a paste is nothing but the path of an image: bare, quoted, with `\` before blanks, or `file://`.
/// Whether there is such a file is for the caller to see.
pub(crate) fn pasted_path(paste: &str) -> Option<PathBuf> {
    let paste = paste.trim();
    if paste.is_empty() || paste.contains(['\n', '\r', '\0']) {
        return None;
    }
    let path = if let Some(url) = paste.strip_prefix("file://") {
        let path = url.strip_prefix("localhost").unwrap_or(url);
        decode_percent(path)?
    } else if let Some(inner) = unquoted(paste) {
        inner.to_owned()
    } else if cfg!(windows) {
        paste.to_owned()
    } else {
        without_backslashes(paste)
    };
    let (_, ending) = path.rsplit_once('.')?;
    IMAGE_ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)).then(|| PathBuf::from(path))
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
}

fn without_backslashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

fn decode_percent(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn pastes_that_are_an_image_path() {
        for (paste, path) in [
            ("/tmp/a.png", Some("/tmp/a.png")),
            (" '/tmp/my shot.PNG' \n", Some("/tmp/my shot.PNG")),
            ("\"/tmp/a.jpeg\"", Some("/tmp/a.jpeg")),
            ("file:///tmp/my%20shot.webp", Some("/tmp/my shot.webp")),
            ("file:///tmp/%zz.png", None),
            ("/tmp/a.txt", None),
            ("/tmp/a.png\n/tmp/b.png", None),
            ("", None),
        ] {
            assert_eq!(pasted_path(paste), path.map(PathBuf::from), "{paste:?}");
        }
        #[cfg(unix)]
        assert_eq!(pasted_path("/tmp/my\\ shot.png"), Some(PathBuf::from("/tmp/my shot.png")));
    }
}
