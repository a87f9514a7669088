//! Where Vim's motions lead. Pure functions of the buffer; nothing here changes it.

use super::buffer::Buffer;
use super::words::{Class, WordSize, class_at, next_word, skip_forward, word_end, word_left};
use crate::keymap::MotionAction;

/// How an operator takes the way to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Up to the target.
    Exclusive,
    /// The character at the target too.
    Inclusive,
    /// All lines touched.
    Lines,
}

/// The end of a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) at: usize,
    pub(super) reach: Reach,
}

/// Where a motion leads; none when it fails, as a search for a character that is not there.
pub(super) fn target(
    buffer: &Buffer,
    motion: MotionAction,
    wanted: Option<char>,
    count: Option<usize>,
) -> Option<Target> {
    let from = buffer.cursor();
    let times = count.unwrap_or(1);
    let (at, reach) = match motion {
        MotionAction::Left => (repeat(from, times, |at| left(buffer, at)), Reach::Exclusive),
        MotionAction::Right => (repeat(from, times, |at| right(buffer, at)), Reach::Exclusive),
        MotionAction::Up => (lines_up(buffer, from, times)?, Reach::Lines),
        MotionAction::Down => (lines_down(buffer, from, times)?, Reach::Lines),
        MotionAction::WordForward => {
            (repeat(from, times, |at| next_word(buffer, at, WordSize::Small)), Reach::Exclusive)
        }
        MotionAction::WordBackward => {
            (repeat(from, times, |at| word_left(buffer, at, WordSize::Small)), Reach::Exclusive)
        }
        MotionAction::WordEnd => {
            (repeat(from, times, |at| word_end(buffer, at, WordSize::Small)), Reach::Inclusive)
        }
        MotionAction::LineStart => (buffer.line_start(from), Reach::Exclusive),
        MotionAction::LineEnd => (last_of_line(buffer, from), Reach::Inclusive),
        MotionAction::FindForward | MotionAction::TillForward => {
            (find_forward(buffer, from, wanted?, times, motion)?, Reach::Inclusive)
        }
        MotionAction::FindBackward | MotionAction::TillBackward => {
            (find_backward(buffer, from, wanted?, times, motion)?, Reach::Exclusive)
        }
        MotionAction::JumpTop => (nth_line(buffer, times), Reach::Lines),
        MotionAction::JumpBottom => (
            count.map_or_else(|| buffer.line_start(buffer.text().len()), |n| nth_line(buffer, n)),
            Reach::Lines,
        ),
    };
    Some(Target { at, reach })
}

/// Applies a step until it leads nowhere.
fn repeat(from: usize, times: usize, step: impl Fn(usize) -> usize) -> usize {
    let mut at = from;
    for _ in 0..times {
        let next = step(at);
        if next == at {
            break;
        }
        at = next;
    }
    at
}

fn left(buffer: &Buffer, at: usize) -> usize {
    if at == buffer.line_start(at) { at } else { buffer.previous(at) }
}

fn right(buffer: &Buffer, at: usize) -> usize {
    if at == buffer.line_end(at) { at } else { buffer.next(at) }
}

/// The last character of the line, or its start when it is empty.
pub(super) fn last_of_line(buffer: &Buffer, at: usize) -> usize {
    let end = buffer.line_end(at);
    if end == buffer.line_start(at) { end } else { buffer.previous(end) }
}

/// The first character of a line that is not blank.
pub(super) fn first_of_line(buffer: &Buffer, at: usize) -> usize {
    let start = buffer.line_start(at);
    let first = skip_forward(buffer, start, WordSize::Small, |class| class == Class::Blank);
    first.min(buffer.line_end(start))
}

fn lines_up(buffer: &Buffer, from: usize, times: usize) -> Option<usize> {
    let mut at = buffer.line_start(from);
    for _ in 0..times {
        if at == 0 {
            return None;
        }
        at = buffer.line_start(at - 1);
    }
    Some(at)
}

fn lines_down(buffer: &Buffer, from: usize, times: usize) -> Option<usize> {
    let mut at = from;
    for _ in 0..times {
        let end = buffer.line_end(at);
        if end == buffer.text().len() {
            return None;
        }
        at = end + 1;
    }
    Some(at)
}

fn nth_line(buffer: &Buffer, number: usize) -> usize {
    repeat(0, number.saturating_sub(1), |at| {
        let end = buffer.line_end(at);
        if end == buffer.text().len() { at } else { end + 1 }
    })
}

fn find_forward(
    buffer: &Buffer,
    from: usize,
    wanted: char,
    times: usize,
    motion: MotionAction,
) -> Option<usize> {
    let end = buffer.line_end(from);
    let mut at = from;
    for _ in 0..times {
        loop {
            at = buffer.next(at);
            if at >= end {
                return None;
            }
            if is_char(buffer, at, wanted) {
                break;
            }
        }
    }
    Some(if motion == MotionAction::TillForward { buffer.previous(at).max(from) } else { at })
}

fn find_backward(
    buffer: &Buffer,
    from: usize,
    wanted: char,
    times: usize,
    motion: MotionAction,
) -> Option<usize> {
    let start = buffer.line_start(from);
    let mut at = from;
    for _ in 0..times {
        loop {
            if at <= start {
                return None;
            }
            at = buffer.previous(at);
            if is_char(buffer, at, wanted) {
                break;
            }
        }
    }
    Some(if motion == MotionAction::TillBackward { buffer.next(at).min(from) } else { at })
}

fn is_char(buffer: &Buffer, at: usize, wanted: char) -> bool {
    buffer.token_at(at).is_none() && buffer.char_at(at) == Some(wanted)
}

/// `e` rather than `w` for `cw`: the blanks behind a word stay.
pub(super) fn word_to_change(buffer: &Buffer, count: Option<usize>) -> Option<Target> {
    let from = buffer.cursor();
    if class_at(buffer, from, WordSize::Small) == Some(Class::Blank) {
        return target(buffer, MotionAction::WordForward, None, count);
    }
    // A word of one character ends where it begins, so the first step looks from before it.
    let class = class_at(buffer, from, WordSize::Small);
    let run = skip_forward(buffer, from, WordSize::Small, |other| Some(other) == class);
    let first = buffer.previous(run).max(from);
    let times = count.unwrap_or(1).saturating_sub(1);
    let at = repeat(first, times, |at| word_end(buffer, at, WordSize::Small));
    Some(Target { at, reach: Reach::Inclusive })
}
