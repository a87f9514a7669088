//! Vim's text objects: the word, quote or bracket pair around the cursor. Pure functions of the buffer.

use std::ops::Range;

use super::buffer::Buffer;
use super::words::{Class, WordSize, class_at, skip_backward, skip_forward};
use crate::keymap::ObjectAction;

/// How much of an object is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Inner,
    /// With the blanks, quotes or brackets around it.
    Around,
}

pub(super) fn object(buffer: &Buffer, object: ObjectAction, extent: Extent) -> Option<Range<usize>> {
    match object {
        ObjectAction::Word => word(buffer, WordSize::Small, extent),
        ObjectAction::BigWord => word(buffer, WordSize::Big, extent),
        ObjectAction::Parentheses => pair(buffer, '(', ')', extent),
        ObjectAction::Brackets => pair(buffer, '[', ']', extent),
        ObjectAction::Braces => pair(buffer, '{', '}', extent),
        ObjectAction::DoubleQuote => quoted(buffer, '"', extent),
        ObjectAction::SingleQuote => quoted(buffer, '\'', extent),
        ObjectAction::Backtick => quoted(buffer, '`', extent),
        ObjectAction::Cancel => None,
    }
}

fn word(buffer: &Buffer, size: WordSize, extent: Extent) -> Option<Range<usize>> {
    let at = buffer.cursor();
    let (line_start, line_end) = (buffer.line_start(at), buffer.line_end(at));
    let class = class_at(buffer, at, size).filter(|_| at < line_end)?;
    let same = |other| other == class;
    let start = skip_backward(buffer, at, size, same).max(line_start);
    let end = skip_forward(buffer, at, size, same).min(line_end);
    if extent == Extent::Inner {
        return Some(start..end);
    }
    let blank = |other| other == Class::Blank;
    if class == Class::Blank {
        let next = class_at(buffer, end, size);
        return Some(
            start..skip_forward(buffer, end, size, |other| Some(other) == next).min(line_end).max(end),
        );
    }
    let after = skip_forward(buffer, end, size, blank).min(line_end);
    if after > end {
        return Some(start..after);
    }
    Some(skip_backward(buffer, start, size, blank).max(line_start)..end)
}

fn quoted(buffer: &Buffer, quote: char, extent: Extent) -> Option<Range<usize>> {
    let at = buffer.cursor();
    let (line_start, line_end) = (buffer.line_start(at), buffer.line_end(at));
    let mut open = None;
    let mut stop = line_start;
    while stop < line_end {
        if buffer.token_at(stop).is_none() && buffer.char_at(stop) == Some(quote) {
            match open.take() {
                None => open = Some(stop),
                Some(start) if at <= stop => return Some(with_ends(buffer, start, stop, extent)),
                Some(_) => {}
            }
        }
        stop = buffer.next(stop);
    }
    None
}

fn pair(buffer: &Buffer, open: char, close: char, extent: Extent) -> Option<Range<usize>> {
    let at = buffer.cursor();
    let start = unmatched_before(buffer, at, open, close)?;
    let mut depth = 0_usize;
    let mut stop = buffer.next(start);
    let len = buffer.text().len();
    while stop < len {
        match buffer.char_at(stop).filter(|_| buffer.token_at(stop).is_none()) {
            Some(c) if c == open => depth += 1,
            Some(c) if c == close && depth == 0 => return Some(with_ends(buffer, start, stop, extent)),
            Some(c) if c == close => depth -= 1,
            _ => {}
        }
        stop = buffer.next(stop);
    }
    None
}

/// The opening bracket that is still open at `at`, or at it.
fn unmatched_before(buffer: &Buffer, at: usize, open: char, close: char) -> Option<usize> {
    let char_at = |at| buffer.char_at(at).filter(|_| buffer.token_at(at).is_none());
    if char_at(at) == Some(open) {
        return Some(at);
    }
    let mut depth = 0_usize;
    let mut stop = at;
    while stop > 0 {
        stop = buffer.previous(stop);
        match char_at(stop) {
            Some(c) if c == close => depth += 1,
            Some(c) if c == open && depth == 0 => return Some(stop),
            Some(c) if c == open => depth -= 1,
            _ => {}
        }
    }
    None
}

fn with_ends(buffer: &Buffer, start: usize, end: usize, extent: Extent) -> Range<usize> {
    match extent {
        Extent::Inner => buffer.next(start)..end,
        Extent::Around => start..buffer.next(end),
    }
}
