//! Output of one command between two polls: the first and the last bytes, and a count of what was dropped.
//! Invariant: memory never exceeds the two caps, however much arrives. Knows nothing of text or tokens.

use std::collections::VecDeque;

/// Bytes kept from the beginning of unread output (`tools.md §3`).
pub const OUTPUT_HEAD_BYTES_MAX: usize = 524_288;
/// Bytes kept from the end of unread output (`tools.md §3`).
pub const OUTPUT_TAIL_BYTES_MAX: usize = 524_288;

/// Output taken from a command: `head`, then `omitted_bytes` that were dropped, then `tail`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// The first bytes.
    pub head: Vec<u8>,
    /// Bytes dropped between head and tail.
    pub omitted_bytes: u64,
    /// The last bytes; directly after `head` when nothing was dropped.
    pub tail: Vec<u8>,
}

impl Collected {
    /// Size of the output as the command wrote it, in bytes.
    pub fn total_bytes(&self) -> u64 {
        self.head.len() as u64 + self.omitted_bytes + self.tail.len() as u64
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.total_bytes() == 0
    }

    /// Head and tail as one buffer; complete only when `omitted_bytes` is zero.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.head;
        bytes.extend_from_slice(&self.tail);
        bytes
    }
}

/// Keeps the ends of a stream.
#[derive(Debug)]
pub(crate) struct Collector {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    omitted_bytes: u64,
    head_max: usize,
    tail_max: usize,
}

impl Collector {
    /// A collector with the caps of a tool call.
    pub(crate) fn new() -> Self {
        Self::with_caps(OUTPUT_HEAD_BYTES_MAX, OUTPUT_TAIL_BYTES_MAX)
    }

    /// A collector that keeps `head_max` + `tail_max` bytes.
    pub(crate) fn with_caps(head_max: usize, tail_max: usize) -> Self {
        Self { head: Vec::new(), tail: VecDeque::new(), omitted_bytes: 0, head_max, tail_max }
    }

    /// Adds bytes in arrival order.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = (self.head_max - self.head.len()).min(bytes.len());
        let (to_head, rest) = bytes.split_at(room);
        self.head.extend_from_slice(to_head);
        let kept = &rest[rest.len() - rest.len().min(self.tail_max)..];
        let overflow = (self.tail.len() + kept.len()).saturating_sub(self.tail_max);
        self.tail.drain(..overflow);
        self.tail.extend(kept);
        self.omitted_bytes += (overflow + rest.len() - kept.len()) as u64;
    }

    /// Everything since the last call, leaving the collector empty.
    pub(crate) fn take(&mut self) -> Collected {
        let (head_max, tail_max) = (self.head_max, self.tail_max);
        let taken = std::mem::replace(self, Self::with_caps(head_max, tail_max));
        Collected { head: taken.head, omitted_bytes: taken.omitted_bytes, tail: taken.tail.into() }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn collect(head: usize, tail: usize, chunks: &[&[u8]]) -> Collected {
        let mut collector = Collector::with_caps(head, tail);
        for chunk in chunks {
            collector.push(chunk);
        }
        collector.take()
    }

    #[test]
    fn short_output_is_kept_whole() {
        let expected = Collected { head: b"abcd".to_vec(), omitted_bytes: 0, tail: b"efg".to_vec() };
        assert_eq!(collect(4, 4, &[b"ab", b"cde", b"fg"]), expected);
    }

    #[test]
    fn the_middle_is_dropped_and_counted_for_every_chunking() {
        let data: Vec<u8> = (0..=99).collect();
        let expected = Collected { head: (0..10).collect(), omitted_bytes: 83, tail: (93..=99).collect() };
        for size in 1..=100 {
            let chunks: Vec<&[u8]> = data.chunks(size).collect();
            assert_eq!(collect(10, 7, &chunks), expected, "chunk size {size}");
        }
    }

    #[test]
    fn a_taken_collector_starts_over() {
        let mut collector = Collector::with_caps(2, 2);
        collector.push(b"abcdef");
        assert_eq!(collector.take().total_bytes(), 6);
        assert!(collector.take().is_empty());
        collector.push(b"xyz");
        assert_eq!(collector.take().into_bytes(), b"xyz");
    }

    #[test]
    fn memory_stays_bounded() {
        let mut collector = Collector::new();
        for _ in 0..1000 {
            collector.push(&[7; 65_536]);
        }
        assert!(collector.head.capacity() <= 2 * OUTPUT_HEAD_BYTES_MAX);
        assert!(collector.tail.capacity() <= 4 * OUTPUT_TAIL_BYTES_MAX);
        assert_eq!(collector.take().total_bytes(), 65_536_000);
    }
}
