//! The word that a popup completes, and pastes that are a path.

use std::ops::Range;
use std::path::PathBuf;

use super::buffer::Edit;
use super::draft::Composer;
use super::piece::Piece;

/// Longer pastes are text.
const PATHS_BYTES_MAX: usize = 16_384;
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

/// The paths, when a paste is nothing but paths of images: bare, quoted, with `\\` before blanks, or `file://`; one a
/// line, or several parted by blanks. Whether there are such files is for the caller to see.
pub(crate) fn pasted_paths(paste: &str) -> Option<Vec<PathBuf>> {
    let paste = paste.trim();
    if paste.is_empty() || paste.len() > PATHS_BYTES_MAX || paste.contains('\0') {
        return None;
    }
    let mut paths = Vec::new();
    for line in paste.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match pasted_path(line) {
            Some(path) => paths.push(path),
            // Windows has no blanks before `\\`, and shells quote what they drop.
            None => paths.extend(several(line)?),
        }
    }
    Some(paths)
}

/// Several paths in a line, as file managers drop them.
fn several(line: &str) -> Option<Vec<PathBuf>> {
    let words = shlex::split(line).filter(|words| words.len() > 1)?;
    words.iter().map(|word| image_path(word)).collect()
}

fn pasted_path(line: &str) -> Option<PathBuf> {
    if line.starts_with("file://") {
        return image_path(line);
    }
    if let Some(inner) = unquoted(line) {
        // Two quoted paths look like one with quotes inside.
        return if inner.contains(['"', '\'']) { None } else { image_path(inner) };
    }
    if line.starts_with(['"', '\'']) {
        return None;
    }
    if cfg!(windows) {
        return image_path(line);
    }
    let plain = without_backslashes(line);
    // A blank after what looks like an ending is the joint of two paths.
    let joint = IMAGE_ENDINGS.iter().any(|ending| plain.to_lowercase().contains(&format!(".{ending} ")));
    if joint { None } else { image_path(&plain) }
}

/// A path or `file://` address with the ending of an image.
fn image_path(text: &str) -> Option<PathBuf> {
    let path = match text.strip_prefix("file://") {
        Some(url) => decode_percent(url.strip_prefix("localhost").unwrap_or(url))?,
        None => text.to_owned(),
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
            ("see /tmp/a.png", Some("see /tmp/a.png")),
            ("", None),
        ] {
            assert_eq!(pasted_paths(paste), path.map(|path| vec![PathBuf::from(path)]), "{paste:?}");
        }
        #[cfg(unix)]
        assert_eq!(pasted_paths("/tmp/my\\ shot.png"), Some(vec![PathBuf::from("/tmp/my shot.png")]));
    }

    #[test]
    fn several_paths_are_several_images() {
        let both = Some(vec![PathBuf::from("/tmp/a b.png"), PathBuf::from("/tmp/c.jpg")]);
        for paste in [
            "/tmp/a b.png\n/tmp/c.jpg\n",
            "'/tmp/a b.png' '/tmp/c.jpg'",
            "'/tmp/a b.png' file:///tmp/c.jpg",
            "\"/tmp/a b.png\" /tmp/c.jpg",
            "file:///tmp/a%20b.png\r\nfile:///tmp/c.jpg",
        ] {
            assert_eq!(pasted_paths(paste), both, "{paste:?}");
        }
        #[cfg(unix)]
        assert_eq!(pasted_paths("/tmp/a\\ b.png /tmp/c.jpg"), both);
        assert_eq!(pasted_paths("/tmp/a.png and more"), None);
        assert_eq!(pasted_paths("/tmp/a.png\nmore"), None);
    }
}
