//! Words of the draft: runs of letters, runs of signs, and the blanks between them.
//! Knows the buffer's stops; tokens count as letters.

use super::buffer::Buffer;

/// What counts as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordSize {
    /// Letters, digits and `_`; other signs form words of their own.
    Small,
    /// Everything between blanks.
    Big,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Blank,
    Letter,
    Sign,
}

pub(super) fn class_at(buffer: &Buffer, at: usize, size: WordSize) -> Option<Class> {
    let c = buffer.char_at(at)?;
    Some(if c.is_whitespace() {
        Class::Blank
    } else if size == WordSize::Big || c.is_alphanumeric() || c == '_' {
        Class::Letter
    } else {
        Class::Sign
    })
}

/// The first stop at or after `at` whose class fails the test.
pub(super) fn skip_forward(
    buffer: &Buffer,
    mut at: usize,
    size: WordSize,
    test: impl Fn(Class) -> bool,
) -> usize {
    while class_at(buffer, at, size).is_some_and(&test) {
        at = buffer.next(at);
    }
    at
}

/// The start of the run before `at` whose classes pass the test.
pub(super) fn skip_backward(
    buffer: &Buffer,
    mut at: usize,
    size: WordSize,
    test: impl Fn(Class) -> bool,
) -> usize {
    while at > 0 {
        let previous = buffer.previous(at);
        if !class_at(buffer, previous, size).is_some_and(&test) {
            break;
        }
        at = previous;
    }
    at
}

/// Start of the word before `at`.
pub(super) fn word_left(buffer: &Buffer, at: usize, size: WordSize) -> usize {
    let at = skip_backward(buffer, at, size, |class| class == Class::Blank);
    if at == 0 {
        return 0;
    }
    let class = class_at(buffer, buffer.previous(at), size);
    skip_backward(buffer, at, size, |other| Some(other) == class)
}

/// End of the word after `at`, as Emacs goes.
pub(super) fn word_right(buffer: &Buffer, at: usize, size: WordSize) -> usize {
    let at = skip_forward(buffer, at, size, |class| class == Class::Blank);
    let class = class_at(buffer, at, size);
    skip_forward(buffer, at, size, |other| Some(other) == class)
}

/// Start of the next word, as Vim's `w` goes.
pub(super) fn next_word(buffer: &Buffer, at: usize, size: WordSize) -> usize {
    let class = class_at(buffer, at, size);
    let at = skip_forward(buffer, at, size, |other| Some(other) == class && other != Class::Blank);
    skip_forward(buffer, at, size, |other| other == Class::Blank)
}

/// Last character of the word that ends after `at`, as Vim's `e` goes.
pub(super) fn word_end(buffer: &Buffer, at: usize, size: WordSize) -> usize {
    let end = word_right(buffer, buffer.next(at), size);
    buffer.previous(end).max(at)
}
