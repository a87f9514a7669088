//! Tables: columns fitted to the width, cells broken into lines; one record a row where columns would be too narrow.

use pulldown_cmark::Alignment;

use super::flow::{Breaks, columns, flow, trim_end};
use super::look::{MdLine, MdLook, MdSpan, Role};

/// Blanks between columns, and at both sides of a cell (tui.md §6).
const GAP: usize = 2;
const PADDING: usize = 1;
/// A word of this many columns is not broken to save space.
const WORD_COLUMNS: usize = 12;

pub(super) type Cell = Vec<MdSpan>;

/// A table as it was written; rows may be shorter than the head.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    pub(super) head: Vec<Cell>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn lines(&self, room: usize) -> Vec<MdLine> {
        for (gap, padding) in [(GAP, PADDING), (1, 0)] {
            if let Some(widths) = self.widths(room, gap, padding) {
                return self.grid(&widths, gap, padding);
            }
        }
        self.records(room)
    }

    fn column_count(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.head.len())
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &Cell> {
        std::iter::once(&self.head).chain(&self.rows).filter_map(move |row| row.get(column))
    }

    /// The widths of the columns; none when words would have to be broken.
    fn widths(&self, room: usize, gap: usize, padding: usize) -> Option<Vec<usize>> {
        let count = self.column_count();
        let frame = count * padding * 2 + gap * count.saturating_sub(1);
        let room = room.checked_sub(frame)?;
        if count > room {
            return None;
        }
        let natural: Vec<usize> = (0..count)
            .map(|column| self.cells(column).map(|cell| cell_columns(cell)).max().unwrap_or(0).max(1))
            .collect();
        if natural.iter().sum::<usize>() <= room {
            return Some(natural);
        }
        let mut widths: Vec<usize> = (0..count)
            .map(|column| {
                self.cells(column).map(|cell| word_columns(cell)).max().unwrap_or(0).clamp(1, WORD_COLUMNS)
            })
            .collect();
        let mut left = room.checked_sub(widths.iter().sum())?;
        loop {
            let hungry = widths.iter().zip(&natural).filter(|(width, natural)| width < natural).count();
            if hungry == 0 || left == 0 {
                return Some(widths);
            }
            let share = (left / hungry).max(1);
            for (width, natural) in widths.iter_mut().zip(&natural) {
                let more = share.min(natural.saturating_sub(*width)).min(left);
                *width += more;
                left -= more;
            }
        }
    }

    fn grid(&self, widths: &[usize], gap: usize, padding: usize) -> Vec<MdLine> {
        let mut lines = self.grid_row(&self.head, widths, gap, padding);
        lines.push(rule(widths, gap, padding, "━"));
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                lines.push(rule(widths, gap, padding, "─"));
            }
            lines.extend(self.grid_row(row, widths, gap, padding));
        }
        lines
    }

    fn grid_row(&self, row: &[Cell], widths: &[usize], gap: usize, padding: usize) -> Vec<MdLine> {
        let plain = MdSpan::new("", MdLook::default());
        let cells: Vec<Vec<MdLine>> = widths
            .iter()
            .enumerate()
            .map(|(column, width)| {
                row.get(column).map_or_else(Vec::new, |cell| flow(cell, *width, Breaks::Words))
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let mut lines = Vec::with_capacity(height);
        for y in 0..height {
            let mut line = MdLine::default();
            for (column, width) in widths.iter().enumerate() {
                let cell = cells.get(column).and_then(|cell| cell.get(y));
                let used = cell.map_or(0, |cell| cell_columns(&cell.spans));
                let free = width.saturating_sub(used);
                let before = match self.alignments.get(column) {
                    Some(Alignment::Right) => free,
                    Some(Alignment::Center) => free / 2,
                    _ => 0,
                };
                let lead = if column > 0 { gap + padding } else { padding };
                line.push(&" ".repeat(lead + before), &plain);
                for span in cell.into_iter().flat_map(|cell| &cell.spans) {
                    line.push(&span.text, span);
                }
                line.push(&" ".repeat(free - before + padding), &plain);
            }
            trim_end(&mut line);
            lines.push(line);
        }
        lines
    }

    /// Each row as `head: cell` lines, with a rule between rows.
    fn records(&self, room: usize) -> Vec<MdLine> {
        let mut lines = Vec::new();
        let hang = if room >= 8 { 2 } else { 0 };
        let head_look = MdLook::of(Role::TableHead);
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                lines.push(MdLine {
                    spans: vec![MdSpan::new("─".repeat(room.min(3)), MdLook::of(Role::TableRule))],
                });
            }
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let mut spans = self.head.get(column).cloned().unwrap_or_default();
                if !spans.is_empty() {
                    spans.push(MdSpan::new(": ", head_look));
                }
                spans.extend(cell.iter().cloned());
                let mut record = flow(&spans, room.saturating_sub(hang), Breaks::Words);
                for line in record.iter_mut().skip(1).filter(|line| hang > 0 && !line.spans.is_empty()) {
                    line.spans.insert(0, MdSpan::new(" ".repeat(hang), MdLook::default()));
                }
                lines.append(&mut record);
            }
        }
        if self.rows.is_empty() {
            for cell in self.head.iter().filter(|cell| !cell.is_empty()) {
                lines.extend(flow(cell, room, Breaks::Words));
            }
        }
        lines
    }
}

fn rule(widths: &[usize], gap: usize, padding: usize, stroke: &str) -> MdLine {
    let mut line = MdLine::default();
    let look = MdSpan::new("", MdLook::of(Role::TableRule));
    for (column, width) in widths.iter().enumerate() {
        if column > 0 {
            line.push(&" ".repeat(gap), &look);
        }
        line.push(&stroke.repeat(width + padding * 2), &look);
    }
    line
}

/// Columns of the widest line of a cell.
fn cell_columns(cell: &[MdSpan]) -> usize {
    let mut widest = 0;
    let mut x = 0;
    for span in cell {
        for (index, part) in span.text.split('\n').enumerate() {
            if index > 0 {
                x = 0;
            }
            x += columns(part);
            widest = widest.max(x);
        }
    }
    widest
}

/// Columns of the longest word of a cell.
fn word_columns(cell: &[MdSpan]) -> usize {
    let words = cell.iter().flat_map(|span| span.text.split([' ', '\n']));
    words.map(columns).max().unwrap_or(0)
}
