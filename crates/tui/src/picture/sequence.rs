//! The sequences of kitty and iTerm2. Invariant: they hold numbers and base64, nothing else.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

/// A cell of an image; the marks on it tell the row, the column and the high byte of the image's number.
pub(crate) const PLACEHOLDER: char = '\u{10eeee}';

/// Base64 in one sequence.
const CHUNK_BYTES: usize = 4096;

/// Marks for the numbers from 0 on.
const MARKS: [char; 62] = [
    '\u{305}', '\u{30d}', '\u{30e}', '\u{310}', '\u{312}', '\u{33d}', '\u{33e}', '\u{33f}', '\u{346}',
    '\u{34a}', '\u{34b}', '\u{34c}', '\u{350}', '\u{351}', '\u{352}', '\u{357}', '\u{35b}', '\u{363}',
    '\u{364}', '\u{365}', '\u{366}', '\u{367}', '\u{368}', '\u{369}', '\u{36a}', '\u{36b}', '\u{36c}',
    '\u{36d}', '\u{36e}', '\u{36f}', '\u{483}', '\u{484}', '\u{485}', '\u{486}', '\u{487}', '\u{592}',
    '\u{593}', '\u{594}', '\u{595}', '\u{597}', '\u{598}', '\u{599}', '\u{59c}', '\u{59d}', '\u{59e}',
    '\u{59f}', '\u{5a0}', '\u{5a1}', '\u{5a8}', '\u{5a9}', '\u{5ab}', '\u{5ac}', '\u{5af}', '\u{5c4}',
    '\u{610}', '\u{611}', '\u{612}', '\u{613}', '\u{614}', '\u{615}', '\u{616}', '\u{617}',
];

/// An image's number in kitty: the low byte is the colour of its cells, the high byte a mark on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageId {
    pub(crate) mark: u8,
    pub(crate) number: u8,
}

/// Gives kitty an image that is shown wherever its placeholders stand.
pub(super) fn kitty(file: &[u8], id: ImageId, columns: u16, rows: u16) -> String {
    let text = STANDARD.encode(file);
    let number = u32::from(id.mark) << 24 | u32::from(id.number);
    let mut out = String::with_capacity(text.len() + text.len() / 128 + 64);
    let chunks: Vec<&[u8]> = text.as_bytes().chunks(CHUNK_BYTES).collect();
    for (at, chunk) in chunks.iter().enumerate() {
        let more = u8::from(at + 1 < chunks.len());
        // Writing to a string cannot fail.
        let _ = match at {
            0 => write!(out, "\u{1b}_Ga=T,f=100,U=1,q=2,i={number},c={columns},r={rows},m={more};"),
            _ => write!(out, "\u{1b}_Gm={more},q=2;"),
        };
        out.extend(chunk.iter().copied().map(char::from));
        out.push_str("\u{1b}\\");
    }
    out
}

/// The placeholders of an image, behind an indent.
pub(super) fn placeholders(id: ImageId, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let mark = |number: usize| MARKS.get(number).copied().unwrap_or(MARKS[0]);
    let style = Style::new().fg(Color::Indexed(id.number));
    let row = |y: u16| {
        let cells = (0..columns).flat_map(|x| {
            [PLACEHOLDER, mark(usize::from(y)), mark(usize::from(x)), mark(usize::from(id.mark))]
        });
        Line::from(vec![Span::raw("  "), Span::styled(cells.collect::<String>(), style)])
    };
    (0..rows).map(row).collect()
}

/// Shows an image at the cursor (iTerm2, WezTerm).
pub(super) fn iterm(file: &[u8], columns: u16, rows: u16) -> String {
    let size = file.len();
    let text = STANDARD.encode(file);
    format!("\u{1b}]1337;File=inline=1;size={size};width={columns};height={rows}:{text}\u{7}")
}
