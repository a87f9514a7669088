//! Keeps the first and the last bytes of a stream and counts what lay between (`tools.md §3`).
//! Invariant: never holds more than its two caps. Knows nothing of text or tokens.

use std::collections::VecDeque;

use codex_sandbox::Collected;

/// The two ends of a stream.
#[derive(Debug)]
pub(crate) struct OutputEnds {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    omitted_bytes: u64,
    end_bytes_max: usize,
}

impl OutputEnds {
    /// Keeps `end_bytes_max` bytes at each end.
    pub(crate) fn new(end_bytes_max: usize) -> Self {
        Self { head: Vec::new(), tail: VecDeque::new(), omitted_bytes: 0, end_bytes_max }
    }

    /// Adds the next piece of the stream, which may itself lack its middle.
    pub(crate) fn push(&mut self, piece: &Collected) {
        self.push_bytes(&piece.head);
        if piece.omitted_bytes > 0 {
            // A gap ends the head for good, and what came before it is no longer at the end.
            self.omitted_bytes += self.tail.len() as u64 + piece.omitted_bytes;
            self.tail.clear();
        }
        self.push_bytes(&piece.tail);
    }

    /// What is kept, leaving nothing.
    pub(crate) fn take(&mut self) -> Collected {
        let taken = std::mem::replace(self, Self::new(self.end_bytes_max));
        Collected { head: taken.head, omitted_bytes: taken.omitted_bytes, tail: taken.tail.into() }
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        let at_start = self.omitted_bytes == 0 && self.tail.is_empty();
        let room = if at_start { self.end_bytes_max - self.head.len() } else { 0 };
        let (to_head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(to_head);
        let kept = &rest[rest.len() - rest.len().min(self.end_bytes_max)..];
        let overflow = (self.tail.len() + kept.len()).saturating_sub(self.end_bytes_max);
        self.tail.drain(..overflow);
        self.tail.extend(kept);
        self.omitted_bytes += (overflow + rest.len() - kept.len()) as u64;
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn piece(head: &[u8], omitted_bytes: u64, tail: &[u8]) -> Collected {
        Collected { head: head.to_vec(), omitted_bytes, tail: tail.to_vec() }
    }

    #[test]
    fn any_cut_into_pieces_keeps_the_same_ends() {
        let data: Vec<u8> = (0..40).collect();
        for size in 1..=40 {
            let mut ends = OutputEnds::new(5);
            for chunk in data.chunks(size) {
                ends.push(&piece(chunk, 0, b""));
            }
            assert_eq!(ends.take(), piece(&data[..5], 30, &data[35..]), "pieces of {size}");
            assert_eq!(ends.take(), Collected::default());
        }
    }

    #[test]
    fn a_gap_in_a_piece_is_a_gap_in_the_whole() {
        let mut ends = OutputEnds::new(4);
        ends.push(&piece(b"ab", 10, b"cd"));
        ends.push(&piece(b"ef", 0, b"g"));
        assert_eq!(ends.take(), piece(b"ab", 11, b"defg"));

        let mut ends = OutputEnds::new(4);
        ends.push(&piece(b"abcdef", 0, b""));
        ends.push(&piece(b"", 3, b"x"));
        assert_eq!(ends.take(), piece(b"abcd", 5, b"x"));
    }
}
