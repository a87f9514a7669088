//! Decodes a byte stream piece by piece, lossily: a character split between two pieces comes out whole. Pure.

/// What is left of the last piece: at most the first three bytes of a character.
#[derive(Debug, Default)]
pub(crate) struct Utf8Stream {
    pending: Vec<u8>,
}

impl Utf8Stream {
    /// The text up to the last whole character. Bytes that are no text become U+FFFD.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let whole = self.pending.len() - split_character_len(&self.pending);
        let text = String::from_utf8_lossy(&self.pending[..whole]).into_owned();
        self.pending.drain(..whole);
        text
    }

    /// The rest, when no more comes.
    pub(crate) fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned()
    }
}

/// Length of a character at the end of `bytes` that may still be completed.
fn split_character_len(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    (1..=tail.len())
        .find(|len| {
            std::str::from_utf8(&tail[tail.len() - len..])
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn any_split_gives_the_same_text() {
        let bytes = "a€😀é\n".as_bytes();
        for at in 0..=bytes.len() {
            for to in at..=bytes.len() {
                let mut stream = Utf8Stream::default();
                let mut text = stream.push(&bytes[..at]);
                text += &stream.push(&bytes[at..to]);
                text += &stream.push(&bytes[to..]);
                text += &stream.finish();
                assert_eq!(text, "a€😀é\n", "split at {at} and {to}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_marked_at_once_and_the_torn_end_at_last() {
        let mut stream = Utf8Stream::default();
        assert_eq!(stream.push(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(stream.push(b"\xe2\x82"), "");
        assert_eq!(stream.finish(), "\u{fffd}");
    }
}
