//! Styles and rows as escape codes. Invariant: bytes written here come from this table and from text without
//! control characters; anything unsafe that reaches a cell is written as a blank.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::ink::Ink;
use crate::text::{LinkId, is_unsafe};

/// Begins a frame that the terminal shows at once when it ends (mode 2026). Inside, text never runs over into the
/// next row (mode 7), however wide the terminal takes a glyph to be.
pub(crate) const FRAME_BEGIN: &str = "\u{1b}[?2026h\u{1b}[?7l";
/// Ends such a frame.
pub(crate) const FRAME_END: &str = "\u{1b}[?7h\u{1b}[?2026l";
const AUTOWRAP_ON: &str = "\u{1b}[?7h";
const AUTOWRAP_OFF: &str = "\u{1b}[?7l";
pub(crate) const HIDE_CURSOR: &str = "\u{1b}[?25l";
pub(crate) const SHOW_CURSOR: &str = "\u{1b}[?25h";
pub(crate) const CLEAR_TAIL: &str = "\u{1b}[K";
pub(crate) const CLEAR_BELOW: &str = "\u{1b}[J";

/// Whether colours are written at all (`NO_COLOR`, `tui.md` 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    /// As styled.
    On,
    /// Only bold, dim and the like.
    Off,
}

/// Writes text while keeping count of the style the terminal is in.
#[derive(Debug)]
pub(crate) struct Pen {
    ink: Ink,
    /// The address behind what is written now.
    link: Option<LinkId>,
    /// `None` when the terminal's style is not known.
    style: Option<Look>,
}

type Look = (Color, Color, Modifier);

const PLAIN: Look = (Color::Reset, Color::Reset, Modifier::empty());

const MODIFIERS: [(Modifier, &str); 6] = [
    (Modifier::BOLD, ";1"),
    (Modifier::DIM, ";2"),
    (Modifier::ITALIC, ";3"),
    (Modifier::UNDERLINED, ";4"),
    (Modifier::REVERSED, ";7"),
    (Modifier::CROSSED_OUT, ";9"),
];

impl Pen {
    /// A pen for a terminal in plain style.
    pub(crate) fn new(ink: Ink) -> Self {
        Self { ink, link: None, style: Some(PLAIN) }
    }

    /// Begins or ends a hyperlink of the terminal (OSC 8).
    fn point_to(&mut self, link: Option<LinkId>, out: &mut String) {
        if self.link == link {
            return;
        }
        self.link = link;
        match link.and_then(|link| Some((link, link.url()?))) {
            // Writing to a string cannot fail.
            Some((link, url)) => drop(write!(out, "\u{1b}]8;id=c{};{url}\u{1b}\\", link.number())),
            None => out.push_str("\u{1b}]8;;\u{1b}\\"),
        }
    }

    fn switch(&mut self, fg: Color, bg: Color, modifiers: Modifier, out: &mut String) {
        let (fg, bg) = (self.ink.front(fg), self.ink.back(bg));
        let wanted = (fg, bg, modifiers);
        if self.style == Some(wanted) {
            return;
        }
        self.style = Some(wanted);
        out.push_str("\u{1b}[0");
        for (modifier, code) in MODIFIERS {
            if modifiers.contains(modifier) {
                out.push_str(code);
            }
        }
        push_colour(out, fg, Layer::Front);
        push_colour(out, bg, Layer::Back);
        out.push('m');
    }

    /// Back to plain.
    pub(crate) fn plain(&mut self, out: &mut String) {
        self.point_to(None, out);
        self.switch(Color::Reset, Color::Reset, Modifier::empty(), out);
    }

    /// One cell's text in its style.
    pub(crate) fn cell(&mut self, cell: &Cell, out: &mut String) {
        self.point_to(LinkId::of(cell.underline_color), out);
        self.switch(cell.fg, cell.bg, cell.modifier, out);
        push_safe(out, cell.symbol());
    }

    fn styled(&mut self, text: &str, style: Style, out: &mut String) {
        let fg = style.fg.unwrap_or(Color::Reset);
        let bg = style.bg.unwrap_or(Color::Reset);
        self.point_to(style.underline_color.and_then(LinkId::of), out);
        self.switch(fg, bg, style.add_modifier.difference(style.sub_modifier), out);
        push_safe(out, text);
    }
}

#[derive(Clone, Copy)]
enum Layer {
    Front,
    Back,
}

fn push_colour(out: &mut String, colour: Color, layer: Layer) {
    let base = match layer {
        Layer::Front => 30,
        Layer::Back => 40,
    };
    let ansi = match colour {
        Color::Reset => return,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        // Writing to a string cannot fail.
        Color::Indexed(index) => {
            let _ = write!(out, ";{};5;{index}", base + 8);
            return;
        }
        Color::Rgb(red, green, blue) => {
            let _ = write!(out, ";{};2;{red};{green};{blue}", base + 8);
            return;
        }
    };
    let _ = write!(out, ";{}", base + ansi);
}

fn push_safe(out: &mut String, text: &str) {
    if text.chars().any(is_unsafe) {
        out.extend(text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }));
    } else {
        out.push_str(text);
    }
}

/// Puts a line into a row of a buffer; the colour behind it fills the row.
pub(crate) fn put_line(buffer: &mut Buffer, y: u16, line: &Line<'_>, width: u16) {
    let (end, _) = buffer.set_line(0, y, line, width);
    if let Some(band) = line.style.bg {
        for x in end..width.min(buffer.area.width) {
            buffer[(x, y)].set_bg(band);
        }
    }
}

/// A line of the scrollback: plain text with styles, cut at `columns`, without trailing blanks or cursor moves.
pub(crate) fn encode_line(line: &Line<'_>, columns: u16, pen: &mut Pen, out: &mut String) {
    // A line that is too long is text alone, which the terminal breaks by itself, so that it is selected as one.
    let is_text = matches!(line.spans.as_slice(), [only] if only.style == Style::new());
    let is_long = is_text && line.width() > usize::from(columns);
    let mut room = if is_long { usize::MAX } else { usize::from(columns) };
    if is_long {
        out.push_str(AUTOWRAP_ON);
    }
    'spans: for span in &line.spans {
        let style = line.style.patch(span.style);
        for grapheme in span.content.graphemes(true) {
            let width = grapheme.width();
            if width > room {
                break 'spans;
            }
            room -= width;
            pen.styled(grapheme, style, out);
        }
    }
    if is_long {
        out.push_str(AUTOWRAP_OFF);
    }
    // The colour behind the line fills its row without a blank that would be copied.
    if let Some(band) = line.style.bg.filter(|_| room > 0 && !is_long)
        && pen.ink.colours == Colours::On
    {
        pen.styled("", Style::new().bg(band), out);
        out.push_str(CLEAR_TAIL);
    }
    pen.plain(out);
}

/// One cell; gives the column after it. Terminals disagree about the width of joined emoji: after one, the cursor
/// is put where it belongs.
fn encode_cell(buffer: &Buffer, x: u16, y: u16, pen: &mut Pen, out: &mut String) -> u16 {
    let cell = &buffer[(x, y)];
    pen.cell(cell, out);
    let next = x + u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
    if cell.symbol().contains(['\u{200d}', '\u{fe0f}']) || cell.symbol().chars().any(is_half_flag) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\u{1b}[{}G", next + 1);
    }
    next
}

fn is_half_flag(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// One row of a buffer from column `from` on, up to its last visible cell; clears what stood behind it.
pub(crate) fn encode_row(buffer: &Buffer, y: u16, from: u16, pen: &mut Pen, out: &mut String) {
    let width = buffer.area.width;
    let end = (from..width).rev().find(|x| !is_blank(&buffer[(*x, y)])).map_or(from, |last| last + 1);
    let mut x = from;
    while x < end {
        x = encode_cell(buffer, x, y, pen, out);
    }
    if x < width {
        pen.plain(out);
        out.push_str(CLEAR_TAIL);
    }
}

/// The columns of a row in which two buffers differ: first and one past the last; `None` when equal.
pub(crate) fn changed_columns(old: &Buffer, new: &Buffer, y: u16) -> Option<(u16, u16)> {
    let differs = |x: &u16| old[(*x, y)] != new[(*x, y)];
    let first = (0..new.area.width).find(differs)?;
    let last = (first..new.area.width).rev().find(differs)?;
    // A wide glyph owns the cell after it: begin at its head.
    let first = if first > 0 && wide_at(old, first - 1, y).max(wide_at(new, first - 1, y)) > 1 {
        first - 1
    } else {
        first
    };
    Some((first, last + 1))
}

fn wide_at(buffer: &Buffer, x: u16, y: u16) -> usize {
    buffer[(x, y)].symbol().width()
}

/// Cells `from..to` of a row; when the rest of the row is blank, the tail is cleared instead of written.
pub(crate) fn encode_span(buffer: &Buffer, y: u16, from: u16, to: u16, pen: &mut Pen, out: &mut String) {
    if (from..buffer.area.width).all(|x| x < to || is_blank(&buffer[(x, y)])) {
        return encode_row(buffer, y, from, pen, out);
    }
    let mut x = from;
    while x < to {
        x = encode_cell(buffer, x, y, pen, out);
    }
}

fn is_blank(cell: &Cell) -> bool {
    let visible = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);
    cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(visible)
}
