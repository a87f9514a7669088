//! What is pointed at in the list: a text that is looked for, a cell that was chosen. Marks are put on lines when they
//! are shown; the cells know nothing of them.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::list::Transcript;
use super::stretch::{Stretch, bytes_of_columns};
use crate::look::Look;
use crate::text::Needle;

/// A line of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) entry: usize,
    pub(crate) line: usize,
}

/// What is pointed at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    /// Shown wherever it occurs.
    pub(crate) needle: Option<Needle>,
    /// The match at hand.
    pub(crate) spot: Option<Spot>,
    /// The cell at hand.
    pub(crate) entry: Option<usize>,
    /// What was marked with the mouse.
    pub(crate) stretch: Option<Stretch>,
}

impl Marks {
    /// After `count` cells were put behind the first `after`.
    pub(super) fn shift(&mut self, after: usize, count: usize) {
        let shifted = |entry: &mut usize| {
            if *entry >= after {
                *entry += count;
            }
        };
        self.spot.iter_mut().for_each(|spot| shifted(&mut spot.entry));
        self.entry.iter_mut().for_each(shifted);
        self.stretch.iter_mut().for_each(|stretch| stretch.shift(after, count));
    }
}

impl Transcript {
    /// What is pointed at.
    pub(crate) fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Marks a stretch of text, or none.
    pub(crate) fn set_stretch(&mut self, stretch: Option<Stretch>) {
        self.marks.stretch = stretch;
    }

    /// Points at something else.
    pub(crate) fn set_marks(&mut self, marks: Marks) {
        self.marks = marks;
    }

    /// The lines of one cell from line `first` on, with the marks that are on them.
    pub(super) fn mark(&self, entry: usize, first: usize, lines: &mut [Line<'static>]) {
        if self.marks.entry == Some(entry) {
            for line in lines.iter_mut() {
                *line = restyled(line, &[(0, usize::MAX)], chosen);
            }
        }
        if let Some(stretch) = self.marks.stretch {
            for (at, line) in lines.iter_mut().enumerate() {
                if let Some((from, to)) = stretch.columns_of(Spot { entry, line: first + at }) {
                    let bytes = bytes_of_columns(&line.to_string(), from, to);
                    *line = restyled(line, &[bytes], chosen);
                }
            }
        }
        let Some(needle) = &self.marks.needle else { return };
        for (at, line) in lines.iter_mut().enumerate() {
            let text: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
            let ranges: Vec<(usize, usize)> =
                needle.ranges(&text).into_iter().map(|range| (range.start, range.end)).collect();
            let is_current = self.marks.spot == Some(Spot { entry, line: first + at });
            if ranges.is_empty() && is_current {
                // The match goes over the end of the line.
                *line = restyled(line, &[(0, usize::MAX)], chosen);
            } else if !ranges.is_empty() {
                let look = if is_current { Look::MatchNow } else { Look::Match };
                *line = restyled(line, &ranges, |_| look.style());
            }
        }
    }
}

fn chosen(style: Style) -> Style {
    style.add_modifier(Modifier::REVERSED)
}

/// The line with another style for these bytes, which are in order.
fn restyled(
    line: &Line<'static>,
    ranges: &[(usize, usize)],
    style: impl Fn(Style) -> Style,
) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut begin = 0;
    for span in &line.spans {
        let text = span.content.as_ref();
        let end = begin + text.len();
        let mut at = begin;
        for (from, to) in ranges.iter().filter(|(from, to)| *from < end && *to > begin) {
            let (from, to) = ((*from).max(at), (*to).min(end));
            let part =
                |from: usize, to: usize| text.get(from - begin..to - begin).unwrap_or_default().to_owned();
            if from > at {
                spans.push(Span::styled(part(at, from), span.style));
            }
            spans.push(Span::styled(part(from, to), style(span.style)));
            at = to;
        }
        if at < end {
            spans.push(Span::styled(text.get(at - begin..).unwrap_or_default().to_owned(), span.style));
        }
        begin = end;
    }
    Line { spans, ..line.clone() }
}
