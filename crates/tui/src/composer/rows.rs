//! The draft broken into rows of a width, and where cells are in them.
//! Invariant: rows follow each other, every byte but line feeds is in one row, and the cursor has a cell in every
//! row: the last column stays free unless a blank fills it. Knows no token and no style.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::{clean_text, is_unsafe};

/// Columns of a tab.
const TAB: &str = "    ";

/// One grapheme as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    /// Byte offset in the text that was given.
    pub(super) at: usize,
    pub(super) grapheme: &'a str,
    /// Columns.
    pub(super) width: usize,
}

/// The graphemes of a text with their widths.
pub(super) fn cells(text: &str) -> impl Iterator<Item = Cell<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let bytes = rest.as_bytes();
        let plain = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, 0x20..=0x7e));
        // Two printable ASCII characters never join: the common case needs no look at the Unicode tables.
        let cell = if plain(bytes.first()) && plain(bytes.get(1)) {
            Cell { at, grapheme: rest.get(..1)?, width: 1 }
        } else {
            let grapheme = rest.graphemes(true).next()?;
            Cell { at, grapheme, width: grapheme_width(grapheme) }
        };
        at += cell.grapheme.len();
        Some(cell)
    })
}

fn grapheme_width(grapheme: &str) -> usize {
    match shown(grapheme) {
        Cow::Borrowed(same) if same == grapheme => usize::from(same.cell_width()),
        other => other.len(),
    }
}

/// The grapheme as it may reach the screen: tabs as blanks, unsafe characters as escapes.
pub(super) fn shown(grapheme: &str) -> Cow<'_, str> {
    if grapheme == "\t" {
        Cow::Borrowed(TAB)
    } else if grapheme.chars().any(is_unsafe) {
        Cow::Owned(clean_text(grapheme))
    } else {
        Cow::Borrowed(grapheme)
    }
}

/// Breaks a text into rows: at blanks, beside wide characters, and inside words that are wider than a row.
pub(super) fn rows(text: &str, width: u16) -> Vec<Range<usize>> {
    let width = usize::from(width.max(1));
    let mut rows = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        break_line(line, start, width, &mut rows);
        start += line.len() + 1;
    }
    rows
}

fn break_line(line: &str, offset: usize, width: usize, rows: &mut Vec<Range<usize>>) {
    // Room for the cursor behind the last character.
    let room = width.saturating_sub(1).max(1);
    let mut row_start = 0;
    let mut x = 0;
    let mut can_break: Option<(usize, usize)> = None;
    for cell in cells(line) {
        let blank = matches!(cell.grapheme, " " | "\t");
        let wide = cell.width > 1 && !blank && !cell.grapheme.chars().any(is_unsafe);
        if wide && cell.at > row_start {
            can_break = Some((cell.at, x));
        }
        let limit = if blank { width } else { room };
        while x + cell.width > limit && cell.at > row_start {
            let (at, columns) = can_break.filter(|(at, _)| *at > row_start).unwrap_or((cell.at, x));
            rows.push(offset + row_start..offset + at);
            row_start = at;
            x -= columns;
            can_break = None;
        }
        x += cell.width;
        if blank || wide {
            can_break = Some((cell.at + cell.grapheme.len(), x));
        }
    }
    rows.push(offset + row_start..offset + line.len());
    if x >= width && row_start < line.len() {
        rows.push(offset + line.len()..offset + line.len());
    }
}

/// The row that holds the cursor at `at`.
pub(super) fn row_of(rows: &[Range<usize>], at: usize) -> usize {
    rows.partition_point(|row| row.start <= at).saturating_sub(1)
}

/// The column of `at` in its row.
pub(super) fn column_of(text: &str, row: &Range<usize>, at: usize) -> usize {
    let row_text = text.get(row.clone()).unwrap_or_default();
    cells(row_text).take_while(|cell| row.start + cell.at < at).map(|cell| cell.width).sum()
}

/// The offset in a row that is nearest to a column from the left.
pub(super) fn offset_at(text: &str, row: &Range<usize>, column: usize) -> usize {
    let row_text = text.get(row.clone()).unwrap_or_default();
    let mut x = 0;
    for cell in cells(row_text) {
        if x + cell.width > column {
            return row.start + cell.at;
        }
        x += cell.width;
    }
    row.end
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn broken(text: &str, width: u16) -> Vec<&str> {
        rows(text, width).into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn rows_break_where_people_would() {
        for (text, width, expected) in [
            ("", 10, vec![""]),
            ("one two three", 9, vec!["one two ", "three"]),
            ("one two three", 8, vec!["one two ", "three"]),
            ("abcdefgh", 5, vec!["abcd", "efgh"]),
            ("abcd", 5, vec!["abcd"]),
            ("abcd ", 5, vec!["abcd ", ""]),
            ("a\n\nb", 5, vec!["a", "", "b"]),
            ("日本語", 6, vec!["日本", "語"]),
            ("ab日本", 5, vec!["ab日", "本"]),
            ("日", 1, vec!["日", ""]),
            ("a\tb", 10, vec!["a\tb"]),
            ("a    b", 3, vec!["a  ", "  ", "b"]),
        ] {
            assert_eq!(broken(text, width), expected, "{text:?} at {width}");
        }
    }

    // covers: tui 31
    #[test]
    fn columns_are_cells_on_the_screen() {
        let text = "a日👨‍👩‍👧e\u{301}x";
        let row = 0..text.len();
        let columns: Vec<usize> = cells(text).map(|cell| column_of(text, &row, cell.at)).collect();
        assert_eq!(columns, [0, 1, 3, 5, 6]);
        assert_eq!(column_of("a\u{1b}b", &(0..3), 2), 5, "escape is shown as four characters");
        assert_eq!(offset_at(text, &row, 2), 1, "the second cell of a wide character is the character");
    }

    proptest! {
        #[test]
        fn every_byte_is_in_one_row_and_rows_fit(text in "[a-c 日\u{301}👍\u{1b}\t\n]{0,60}", width in 0_u16..20) {
            let rows = rows(&text, width);
            let mut at = 0;
            for (index, row) in rows.iter().enumerate() {
                if row.start != at {
                    prop_assert_eq!(&text[at..row.start], "\n");
                }
                at = row.end;
                let shown: usize = cells(&text[row.clone()]).map(|cell| cell.width).sum();
                let lone = cells(&text[row.clone()]).count() <= 1;
                prop_assert!(lone || shown <= usize::from(width.max(1)), "row {index} of {text:?} at {width}");
                prop_assert!(row_of(&rows, row.start) >= index);
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
