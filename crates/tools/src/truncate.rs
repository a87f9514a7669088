//! Cuts command output down to what the model is shown (`tools.md §3`): the head and the tail share the budget in
//! halves. Pure. Invariant: the result, without its warning lines, is never longer than the budget plus one marker.

use codex_protocol::limits::BYTES_PER_TOKEN;

/// What a command printed, as far as it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Printed<'a> {
    /// The start of the output; all of it when nothing was omitted.
    pub(crate) head: &'a str,
    /// The end of the output, after what was omitted.
    pub(crate) tail: &'a str,
    /// Bytes dropped between head and tail because there were too many to keep.
    pub(crate) omitted_bytes: u64,
}

impl Printed<'_> {
    /// The estimate of tokens for everything that was printed.
    pub(crate) fn tokens(&self) -> u64 {
        let kept = (self.head.len() + self.tail.len()) as u64;
        (kept + self.omitted_bytes).div_ceil(BYTES_PER_TOKEN as u64)
    }

    /// The output as the model reads it, at most `tokens_max` tokens of it.
    pub(crate) fn for_model(&self, tokens_max: usize) -> String {
        let tokens = self.tokens();
        if tokens <= tokens_max as u64 && self.omitted_bytes == 0 {
            return [self.head, self.tail].concat();
        }
        let second_line = match self.omitted_bytes {
            0 => format!("Total output lines: {}", [self.head, self.tail].concat().lines().count()),
            omitted => format!("... {omitted} bytes omitted ..."),
        };
        let (head, tail) = self.ends(tokens_max.saturating_mul(BYTES_PER_TOKEN) / 2);
        let cut = tokens.saturating_sub(tokens_max as u64);
        format!(
            "Warning: truncated output (original token count: {tokens})\n{second_line}\n\n\
             {head}…{cut} tokens truncated…{tail}"
        )
    }

    /// The first and last `bytes` of the text, never splitting a character and never showing a byte twice.
    fn ends(&self, bytes: usize) -> (String, String) {
        let text = [self.head, self.tail].concat();
        let start_end = text.floor_char_boundary(bytes);
        let tail_start = text.ceil_char_boundary(text.len().saturating_sub(bytes).max(start_end));
        (text[..start_end].to_owned(), text[tail_start..].to_owned())
    }
}

#[cfg(test)]
#[path = "truncate_tests.rs"]
mod tests;
