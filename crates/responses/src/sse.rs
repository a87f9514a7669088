//! Bytes to server-sent events: pure, incremental, indifferent to how the bytes are cut.
//!
//! Invariant: the same bytes give the same events under every chunking, nothing panics, and an event that lies
//! within one chunk is a slice of it, not a copy. Only `data` is kept; what it means is `decode.rs`'s business.

use bytes::Bytes;
use memchr::memchr2;

/// One event grew past the limit the parser was made with. The parser gives nothing after this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventTooLarge {
    /// The limit in bytes.
    pub(crate) bytes_max: usize,
}

/// Cuts a byte stream into the `data` of its events.
#[derive(Debug)]
pub(crate) struct SseParser {
    bytes_max: usize,
    /// What is left of the chunk being cut.
    chunk: Bytes,
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    data: Data,
    /// The last line ended in CR at a chunk's end: a LF that follows belongs to it.
    skip_line_feed: bool,
    first_line: bool,
    failed: bool,
}

/// The data lines of the event so far.
#[derive(Debug)]
enum Data {
    None,
    One(Bytes),
    Joined(Vec<u8>),
}

impl SseParser {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            chunk: Bytes::new(),
            line: Vec::new(),
            data: Data::None,
            skip_line_feed: false,
            first_line: true,
            failed: false,
        }
    }

    /// Gives the parser the next bytes. Events of the chunk before must have been taken.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty() || self.failed, "events were left in the last chunk");
        self.chunk = chunk;
    }

    /// The data of the next finished event; `None` when more bytes are needed.
    pub(crate) fn next_event(&mut self) -> Option<Result<Bytes, EventTooLarge>> {
        while !self.failed {
            let line = self.next_line()?;
            if self.too_large(line.len()) {
                self.failed = true;
                return Some(Err(EventTooLarge { bytes_max: self.bytes_max }));
            }
            if let Some(data) = self.take_line(line) {
                return Some(Ok(data));
            }
        }
        None
    }

    /// The next whole line without its end. An oversized beginning is given as a line, to be refused.
    fn next_line(&mut self) -> Option<Bytes> {
        if self.chunk.is_empty() {
            return None;
        }
        if std::mem::take(&mut self.skip_line_feed) && self.chunk[0] == b'\n' {
            let _ = self.chunk.split_to(1);
        }
        let Some(end) = memchr2(b'\n', b'\r', &self.chunk) else {
            let rest = std::mem::take(&mut self.chunk);
            self.line.extend_from_slice(&rest);
            return self.too_large(self.line.len()).then(|| std::mem::take(&mut self.line).into());
        };
        let mut line = self.chunk.split_to(end);
        match (self.chunk[0], self.chunk.get(1)) {
            (b'\r', Some(b'\n')) => drop(self.chunk.split_to(2)),
            (b'\r', None) => {
                self.skip_line_feed = true;
                self.chunk = Bytes::new();
            }
            _ => drop(self.chunk.split_to(1)),
        }
        if !self.line.is_empty() {
            self.line.extend_from_slice(&line);
            line = std::mem::take(&mut self.line).into();
        }
        if std::mem::take(&mut self.first_line) && line.starts_with(b"\xEF\xBB\xBF") {
            let _ = line.split_to(3);
        }
        Some(line)
    }

    fn too_large(&self, more: usize) -> bool {
        let held = match &self.data {
            Data::None => 0,
            Data::One(data) => data.len(),
            Data::Joined(data) => data.len(),
        };
        held.saturating_add(more) > self.bytes_max
    }

    /// Takes one line in; gives the event's data when the line ends an event that has some.
    fn take_line(&mut self, mut line: Bytes) -> Option<Bytes> {
        if line.is_empty() {
            return match std::mem::replace(&mut self.data, Data::None) {
                Data::None => None,
                Data::One(data) => Some(data),
                Data::Joined(data) => Some(data.into()),
            };
        }
        let value = match line.strip_prefix(b"data") {
            Some([]) => 4,
            Some([b':', b' ', ..]) => 6,
            Some([b':', ..]) => 5,
            // Comments, and the fields `event`, `id` and `retry`, have no say (`responses-wire.md §2.1`).
            _ => return None,
        };
        let value = line.split_off(value);
        self.data = match std::mem::replace(&mut self.data, Data::None) {
            Data::None => Data::One(value),
            Data::One(first) => {
                let mut joined = Vec::with_capacity(first.len() + value.len() + 1);
                joined.extend_from_slice(&first);
                joined.push(b'\n');
                joined.extend_from_slice(&value);
                Data::Joined(joined)
            }
            Data::Joined(mut joined) => {
                joined.push(b'\n');
                joined.extend_from_slice(&value);
                Data::Joined(joined)
            }
        };
        None
    }
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
