//! A stretch of the conversation that was marked with the mouse, and its text: as it was said, without the marks,
//! indents and line ends that only the screen gave it.
//! Invariant: a stretch is bound to lines of cells, so scrolling and new cells do not move it.

use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::list::Transcript;
use super::marks::Spot;
use crate::cells::{Cell, Detail, View};

/// Wide enough that no line is broken.
const UNBROKEN_COLUMNS: u16 = 8_000;
/// Between the texts of two cells.
const CELL_GAP: &str = "\n\n";
/// What a cell puts before its first line, and what before others.
const FIRST_PREFIXES: [&str; 8] = ["• ", "› ", "⚠ ", "■ ", "✔ ", "✗ ", "$ ", "  "];
/// The same one level deeper: commands, their output, lists of files.
const DEEP_PREFIXES: [&str; 3] = ["  │ ", "  └ ", "    "];

/// A column of a line of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) spot: Spot,
    pub(crate) column: usize,
}

/// From one column to another, both within it, in either order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) anchor: Point,
    pub(crate) head: Point,
}

impl Stretch {
    /// One column.
    pub(crate) fn at(point: Point) -> Self {
        Self { anchor: point, head: point }
    }

    fn ends(self) -> (Point, Point) {
        (self.anchor.min(self.head), self.anchor.max(self.head))
    }

    /// The columns of a line that belong to it: from, and the first behind.
    pub(super) fn columns_of(self, spot: Spot) -> Option<(usize, usize)> {
        let (start, end) = self.ends();
        if spot < start.spot || spot > end.spot {
            return None;
        }
        let from = if spot == start.spot { start.column } else { 0 };
        let to = if spot == end.spot { end.column.saturating_add(1) } else { usize::MAX };
        (from < to).then_some((from, to))
    }

    /// After `count` cells were put behind the first `after`.
    pub(super) fn shift(&mut self, after: usize, count: usize) {
        for point in [&mut self.anchor, &mut self.head] {
            if point.spot.entry >= after {
                point.spot.entry += count;
            }
        }
    }
}

/// The bytes of a text that are shown in these columns; a wide character belongs to all of its columns.
pub(super) fn bytes_of_columns(text: &str, from: usize, to: usize) -> (usize, usize) {
    let mut column = 0;
    let mut bytes = None;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let next = column + grapheme.width();
        if next > from && column < to {
            bytes.get_or_insert(at);
            end = at + grapheme.len();
        }
        column = next;
    }
    bytes.map_or((0, 0), |start| (start, end))
}

impl Transcript {
    /// The place under a cell of the window; blank rows belong to the line above them.
    pub(crate) fn point_at(&self, column: usize, row: usize, height: usize) -> Option<Point> {
        if let Some(spot) = self.spot_at(row, height) {
            return Some(Point { spot, column });
        }
        let above = (0..row).rev().find_map(|row| self.spot_at(row, height));
        above.map(|spot| Point { spot, column: usize::MAX })
    }

    /// The word at a place: letters, digits and what stands inside of names and paths.
    pub(crate) fn word_at(&self, point: Point) -> Option<Stretch> {
        let line = self.text_of_line(point.spot)?;
        let belongs = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_-./~@:+%#=".contains(c));
        let mut column = 0;
        let mut run: Option<(usize, usize)> = None;
        for grapheme in line.graphemes(true) {
            let next = column + grapheme.width();
            match (belongs(grapheme), run) {
                (true, Some((from, _))) => run = Some((from, next)),
                (true, None) => run = Some((column, next)),
                (false, Some((from, to))) if (from..to).contains(&point.column) => break,
                (false, _) => run = None,
            }
            column = next;
        }
        let (from, to) = run.filter(|(from, to)| (*from..*to).contains(&point.column))?;
        let place = |column: usize| Point { column, ..point };
        Some(Stretch { anchor: place(from), head: place(to - 1) })
    }

    /// The whole line at a place.
    pub(crate) fn line_at(point: Point) -> Stretch {
        Stretch { anchor: Point { column: 0, ..point }, head: Point { column: usize::MAX - 1, ..point } }
    }

    fn text_of_line(&self, spot: Spot) -> Option<String> {
        let entry = self.get(spot.entry)?;
        entry.with_lines(self.view(), |lines| lines.get(spot.line).map(ToString::to_string))
    }

    /// The text of what is marked; none when nothing but blanks is.
    pub(crate) fn marked_text(&self) -> Option<String> {
        let stretch = self.marks().stretch?;
        let (start, end) = stretch.ends();
        let texts = (start.spot.entry..=end.spot.entry.min(self.len().checked_sub(1)?))
            .filter_map(|entry| self.marked_in(entry, stretch))
            .filter(|text| !text.trim().is_empty());
        let all = texts.collect::<Vec<_>>().join(CELL_GAP);
        (!all.is_empty()).then_some(all)
    }

    fn marked_in(&self, at: usize, stretch: Stretch) -> Option<String> {
        let entry = self.get(at)?;
        let view = self.view();
        let shown: Vec<String> = entry.with_lines(view, |lines| lines.iter().map(Line::to_string).collect());
        let unbroken: Vec<String> = entry
            .lines_apart(View { width: UNBROKEN_COLUMNS, ..view })
            .iter()
            .map(|line| line.to_string().trim_end().to_owned())
            .collect();
        let depth = Depth::of(entry.cell(), view.detail);
        let columns: Vec<Option<(usize, usize)>> =
            (0..shown.len()).map(|line| stretch.columns_of(Spot { entry: at, line })).collect();
        Some(joined(&shown, &unbroken, &columns, depth).unwrap_or_else(|| as_shown(&shown, &columns, depth)))
    }
}

/// How far a cell's text is set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    None,
    One,
    Two,
}

impl Depth {
    fn of(cell: &Cell, detail: Detail) -> Self {
        match (detail, cell) {
            (Detail::Raw, _) => Self::None,
            (Detail::Compact, Cell::Command(_) | Cell::Explored(_) | Cell::Plan(_)) => Self::Two,
            (Detail::Compact | Detail::Full, _) => Self::One,
        }
    }

    /// Bytes of what only the screen gave a line.
    fn prefix(self, line: &str) -> usize {
        let of =
            |prefixes: &[&str]| prefixes.iter().find(|prefix| line.starts_with(**prefix)).map(|p| p.len());
        match self {
            Self::None => None,
            Self::One => of(&FIRST_PREFIXES),
            Self::Two => of(&DEEP_PREFIXES).or_else(|| of(&FIRST_PREFIXES)),
        }
        .unwrap_or(0)
    }
}

/// The marked bytes of a shown line, without its prefix.
fn marked_bytes(line: &str, columns: (usize, usize), depth: Depth) -> (usize, usize) {
    let (from, to) = bytes_of_columns(line, columns.0, columns.1);
    (from.max(depth.prefix(line)), to)
}

fn is_ink(c: char) -> bool {
    !c.is_whitespace()
}

/// The marked text with the lines it was made of. None when the wide lines are not the shown ones put together: text
/// that was shortened to the width, columns of tables.
fn joined(
    shown: &[String],
    unbroken: &[String],
    columns: &[Option<(usize, usize)>],
    depth: Depth,
) -> Option<String> {
    let bare = |line: &'_ String| line.get(depth.prefix(line)..).unwrap_or_default().to_owned();
    let ink = |lines: &[String]| lines.iter().map(bare).collect::<String>().replace(char::is_whitespace, "");
    if ink(shown) != ink(unbroken) {
        return None;
    }
    // Which of the characters that leave ink are marked.
    let mut marked: Option<(usize, usize)> = None;
    let mut count = 0;
    for (line, columns) in shown.iter().zip(columns) {
        let (from, to) = columns.map_or((0, 0), |columns| marked_bytes(line, columns, depth));
        let prefix = depth.prefix(line);
        for (at, _) in line.char_indices().filter(|(at, c)| *at >= prefix && is_ink(*c)) {
            if from <= at && at < to {
                marked = Some((marked.map_or(count, |(first, _)| first), count));
            }
            count += 1;
        }
    }
    let (first, last) = marked?;
    let mut lines: Vec<&str> = Vec::new();
    let mut count = 0;
    for line in unbroken {
        let prefix = depth.prefix(line);
        let begins = count;
        let (mut from, mut to) = (None, prefix);
        for (at, c) in line.char_indices().filter(|(at, c)| *at >= prefix && is_ink(*c)) {
            if first <= count && count <= last {
                // A line that is marked from its first character keeps its own indent.
                from = from.or(Some(if count == begins { prefix } else { at }));
                to = at + c.len_utf8();
            }
            count += 1;
        }
        match from {
            Some(from) => lines.push(line.get(from..to).unwrap_or_default()),
            // Blank lines between marked ones.
            None if begins == count && !lines.is_empty() && count <= last => lines.push(""),
            None => {}
        }
    }
    Some(lines.join("\n"))
}

/// The marked text line by line, as it is on the screen.
fn as_shown(shown: &[String], columns: &[Option<(usize, usize)>], depth: Depth) -> String {
    let lines = shown.iter().zip(columns).filter_map(|(line, columns)| {
        let (from, to) = marked_bytes(line, (*columns)?, depth);
        Some(line.get(from..to).unwrap_or_default().trim_end())
    });
    lines.collect::<Vec<_>>().join("\n")
}
