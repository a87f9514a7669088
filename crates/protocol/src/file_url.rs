//! Absolute paths as `file://` URLs, the form saved lines hold them in (`rollouts.md §4`). Pure.
//! Invariant: what was written is read back, byte for byte where paths are bytes; a plain path is read too.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serializer};

const SCHEME: &str = "file://";

/// For `#[serde(with = ..)]`.
pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_url(path))
}

/// For `#[serde(with = ..)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(from_url(&String::deserialize(deserializer)?))
}

fn to_url(path: &Path) -> String {
    let mut url = String::from(SCHEME);
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(*byte))
            }
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

fn from_url(text: &str) -> PathBuf {
    match text.strip_prefix(SCHEME) {
        Some(encoded) => from_bytes(decoded(encoded.as_bytes())),
        None => PathBuf::from(text),
    }
}

/// Escapes that are none stay as they are.
fn decoded(mut rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let (byte, next) = match rest {
            [b'%', high, low, next @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, next),
                _ => (*first, after),
            },
            _ => (*first, after),
        };
        bytes.push(byte);
        rest = next;
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_become_urls() {
        assert_eq!(to_url(Path::new("/a b/\u{fc}-1.x")), "file:///a%20b/%C3%BC-1.x");
    }

    #[test]
    fn plain_paths_and_stray_percents_are_read() {
        assert_eq!(from_url("/w/a%20b.png"), PathBuf::from("/w/a%20b.png"));
        assert_eq!(from_url("file:///w/100%/%zz%4"), PathBuf::from("/w/100%/%zz%4"));
    }

    proptest! {
        #[test]
        fn every_path_comes_back(path in "/\\PC*") {
            prop_assert_eq!(from_url(&to_url(Path::new(&path))), PathBuf::from(path));
        }
    }
}
