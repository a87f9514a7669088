//! Lines of a file from the last to the first, in constant memory.
//!
//! Invariant: the spans handed out are exactly those a forward reader would find, in the opposite order, whatever
//! the block sizes. A line longer than what may be held is handed out as its head only; its span tells where the
//! rest is. Knows bytes and `\n`, nothing of what the lines mean.

use std::io::{self, Read, Seek, SeekFrom};

use memchr::memrchr;

/// How much is read at a time and how much of a line is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReverseSizes {
    /// Bytes of one read, at least 1.
    pub block_bytes: usize,
    /// Bytes held at once; longer lines are handed out as their head.
    pub hold_bytes: usize,
    /// Bytes of the head of such a line that are always there, if the line is that long.
    pub head_bytes: usize,
}

impl Default for ReverseSizes {
    fn default() -> Self {
        Self { block_bytes: 64 * 1024, hold_bytes: 1024 * 1024, head_bytes: 4 * 1024 }
    }
}

/// A line and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReverseLine<'a> {
    /// Offset of its first byte.
    pub start: u64,
    /// Offset behind its last byte, without the newline.
    pub end: u64,
    /// Whether a newline follows; only the last line of a file may lack it.
    pub terminated: bool,
    /// Its bytes.
    pub text: LineText<'a>,
}

/// The bytes of a line, as far as they are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineText<'a> {
    /// All of them.
    Whole(&'a [u8]),
    /// The first ones only; [`ReverseLines::read_span`] gives the rest.
    Head(&'a [u8]),
}

/// Reads lines backwards; see the module's invariant.
#[derive(Debug)]
pub struct ReverseLines<R> {
    reader: R,
    sizes: ReverseSizes,
    /// `buf[lo..hi]` are the bytes of the file from `base` on; free room is in front of `lo`.
    buf: Vec<u8>,
    lo: usize,
    hi: usize,
    base: u64,
    /// Where the part not yet handed out ends.
    end: u64,
    bytes_read: u64,
}

impl<R: Read + Seek> ReverseLines<R> {
    /// Reads the first `end` bytes of `reader` backwards.
    pub fn new(reader: R, end: u64) -> Self {
        Self::with_sizes(reader, end, ReverseSizes::default())
    }

    /// The same with chosen sizes.
    pub fn with_sizes(reader: R, end: u64, sizes: ReverseSizes) -> Self {
        let block_bytes = sizes.block_bytes.max(1);
        let hold_bytes = sizes.hold_bytes.max(block_bytes.saturating_add(sizes.head_bytes));
        let sizes = ReverseSizes { block_bytes, hold_bytes, ..sizes };
        let room = usize::try_from(end).map_or(hold_bytes, |end| end.min(hold_bytes));
        Self { reader, sizes, buf: vec![0; room], lo: room, hi: room, base: end, end, bytes_read: 0 }
    }

    /// The line before the one handed out last; `None` at the start of the file.
    ///
    /// # Errors
    /// When reading fails, also when the file became shorter meanwhile.
    pub fn next_line(&mut self) -> io::Result<Option<ReverseLine<'_>>> {
        if self.end == 0 {
            return Ok(None);
        }
        let mut whole = true;
        if self.lo == self.hi {
            whole &= self.fill()?;
        }
        let terminated = self.buf[self.hi - 1] == b'\n';
        let end = self.end - u64::from(terminated);
        self.hi -= usize::from(terminated);

        let mut searched = self.hi;
        let at = loop {
            if let Some(found) = memrchr(b'\n', &self.buf[self.lo..searched]) {
                break self.lo + found + 1;
            }
            if self.base == 0 {
                break self.lo;
            }
            let before = self.base;
            whole &= self.fill()?;
            searched = self.lo + usize::try_from(before - self.base).unwrap_or(usize::MAX);
        };
        let text_end = self.hi;
        let start = self.base + (at - self.lo) as u64;
        self.end = start;
        self.hi = at;
        let text = &self.buf[at..text_end];
        let text = if whole { LineText::Whole(text) } else { LineText::Head(text) };
        Ok(Some(ReverseLine { start, end, terminated, text }))
    }

    /// The bytes between two offsets, such as those of a line handed out as its head.
    ///
    /// # Errors
    /// When reading fails, also when the file became shorter meanwhile.
    pub fn read_span(&mut self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let len = usize::try_from(end.saturating_sub(start)).map_err(io::Error::other)?;
        let mut text = vec![0; len];
        self.reader.seek(SeekFrom::Start(start))?;
        self.reader.read_exact(&mut text)?;
        self.bytes_read += len as u64;
        Ok(text)
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Puts the block before `base` in front of what is held; false when the end of a long line had to go for it.
    fn fill(&mut self) -> io::Result<bool> {
        let n = usize::try_from(self.base).map_or(self.sizes.block_bytes, |b| b.min(self.sizes.block_bytes));
        let mut whole = true;
        if self.lo < n {
            let room = self.buf.len();
            if self.hi - self.lo + n > room {
                whole = false;
                self.hi = self.lo + (self.hi - self.lo).min(self.sizes.head_bytes);
            }
            let len = self.hi - self.lo;
            self.buf.copy_within(self.lo..self.hi, room - len);
            self.lo = room - len;
            self.hi = room;
        }
        let at = self.base - n as u64;
        self.reader.seek(SeekFrom::Start(at))?;
        self.reader.read_exact(&mut self.buf[self.lo - n..self.lo])?;
        self.bytes_read += n as u64;
        self.lo -= n;
        self.base = at;
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    /// Spans and texts of a forward reader, last line first.
    fn forward(bytes: &[u8]) -> Vec<(u64, u64, bool, Vec<u8>)> {
        let mut lines = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let newline = bytes[start..].iter().position(|byte| *byte == b'\n');
            let end = newline.map_or(bytes.len(), |at| start + at);
            lines.push((start as u64, end as u64, newline.is_some(), bytes[start..end].to_vec()));
            start = end + 1;
        }
        lines.reverse();
        lines
    }

    fn backward(bytes: &[u8], sizes: ReverseSizes) -> Vec<(u64, u64, bool, Vec<u8>)> {
        let mut reader = ReverseLines::with_sizes(Cursor::new(bytes), bytes.len() as u64, sizes);
        let mut lines = Vec::new();
        while let Some(line) = reader.next_line().expect("read") {
            let (start, end, terminated) = (line.start, line.end, line.terminated);
            let text = match line.text {
                LineText::Whole(text) => text.to_vec(),
                LineText::Head(head) => {
                    let len = usize::try_from(end - start).expect("length");
                    assert!(head.len() >= len.min(sizes.head_bytes), "short head: {}", head.len());
                    let head = head.to_vec();
                    let text = reader.read_span(start, end).expect("read");
                    assert!(text.starts_with(&head));
                    text
                }
            };
            lines.push((start, end, terminated, text));
        }
        lines
    }

    proptest! {
        #[test]
        fn the_same_lines_as_a_forward_reader(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'a'), any::<u8>()], 0..400),
            block_bytes in 0usize..40, hold_bytes in 0usize..90, head_bytes in 0usize..20,
        ) {
            let sizes = ReverseSizes { block_bytes, hold_bytes, head_bytes };
            prop_assert_eq!(backward(&text, sizes), forward(&text));
        }
    }

    #[test]
    fn a_long_line_costs_one_pass_and_a_bounded_buffer() {
        let mut text = b"first\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', 5_000_000));
        text.extend(b"\nlast");
        let mut reader = ReverseLines::new(Cursor::new(&text), text.len() as u64);
        assert_eq!(reader.next_line().expect("read").expect("line").text, LineText::Whole(b"last"));
        let long = reader.next_line().expect("read").expect("line");
        assert_eq!((long.start, long.end), (6, 5_000_006));
        assert!(matches!(long.text, LineText::Head(head) if head.len() >= 4096));
        assert_eq!(reader.next_line().expect("read").expect("line").text, LineText::Whole(b"first"));
        assert_eq!(reader.next_line().expect("read"), None);
        assert_eq!(reader.bytes_read(), text.len() as u64);
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error() {
        let mut reader = ReverseLines::new(Cursor::new(b"abc\n"), 40);
        assert_eq!(reader.next_line().expect_err("short").kind(), io::ErrorKind::UnexpectedEof);
    }
}
