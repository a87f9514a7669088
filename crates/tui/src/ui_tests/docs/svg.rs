//! Cells as an SVG picture of a terminal window, in the colours of a theme.
//! Invariant: every text stands at its cell whatever font is there, and nothing but text and boxes is written.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::screen::{Colours, Depth, Ink};
use crate::theme::{Shade, Theme};

/// A cell in hundredths of a pixel: the proportions of most monospaced fonts at 14 pixels.
const CELL: (u32, u32) = (840, 1800);
/// The baseline in its row.
const BASELINE: u32 = 1330;
const MARGIN: u32 = 1400;
const TITLE: u32 = 3400;

/// The ground and the plain text of a window.
struct Ground {
    back: u32,
    front: u32,
    bar: u32,
    edge: u32,
}

const DARK: Ground = Ground { back: 0x16181d, front: 0xd6dae2, bar: 0x23262d, edge: 0x4a4f5a };
const LIGHT: Ground = Ground { back: 0xfbfbfc, front: 0x24272e, bar: 0xe6e8ec, edge: 0xb4b9c4 };

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hand {
    front: u32,
    modifier: Modifier,
}

/// Cells of one row that are written in one go.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    x: u16,
    columns: u16,
    hand: Hand,
    text: String,
}

/// The picture of cells in a window with this title.
pub(super) fn svg(buffer: &Buffer, title: &str, theme: &Theme) -> String {
    let ground = match theme.shade {
        Shade::Dark => DARK,
        Shade::Light => LIGHT,
    };
    let painter =
        Painter { ink: Ink { colours: Colours::On, depth: Depth::True, palette: theme.palette }, ground };
    painter.picture(buffer, title)
}

struct Painter {
    ink: Ink,
    ground: Ground,
}

impl Painter {
    fn picture(&self, buffer: &Buffer, title: &str) -> String {
        let width = u32::from(buffer.area.width) * CELL.0 + 2 * MARGIN;
        let height = u32::from(buffer.area.height) * CELL.1 + TITLE + MARGIN;
        let rows: Vec<Vec<Run>> = (0..buffer.area.height).map(|y| self.runs(buffer, y)).collect();
        let mut hands: Vec<Hand> = Vec::new();
        for run in rows.iter().flatten() {
            if !hands.contains(&run.hand) {
                hands.push(run.hand);
            }
        }
        let mut out = self.window(width, height, title, &hands);
        for y in 0..buffer.area.height {
            self.bands(buffer, y, &mut out);
        }
        for (y, runs) in (0_u16..).zip(&rows) {
            for run in runs {
                let hand = hands.iter().position(|hand| *hand == run.hand).unwrap_or_default();
                text(run, y, hand, &mut out);
            }
        }
        out.push_str("</svg>\n");
        out
    }

    /// Everything around the cells, and the styles of their texts.
    fn window(&self, width: u32, height: u32, title: &str, hands: &[Hand]) -> String {
        let Ground { back, front, bar, edge } = self.ground;
        let (w, h) = (px(width), px(height));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\">\n"
        );
        let _ = writeln!(out, "<title>{}</title>", escaped(title));
        out.push_str("<style>\ntext{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;white-space:pre}\n");
        for (at, hand) in hands.iter().enumerate() {
            let _ = write!(out, ".s{at}{{fill:#{:06x}", hand.front);
            let tables = [
                (Modifier::BOLD, ";font-weight:bold"),
                (Modifier::ITALIC, ";font-style:italic"),
                (Modifier::UNDERLINED, ";text-decoration:underline"),
                (Modifier::CROSSED_OUT, ";text-decoration:line-through"),
            ];
            for (_, css) in tables.iter().filter(|(modifier, _)| hand.modifier.contains(*modifier)) {
                out.push_str(css);
            }
            out.push_str("}\n");
        }
        out.push_str("</style>\n");
        let (inner_w, inner_h) = (px(width - 100), px(height - 100));
        let _ = writeln!(
            out,
            r##"<rect x="0.5" y="0.5" width="{inner_w}" height="{inner_h}" rx="10" fill="#{back:06x}"/>"##
        );
        let _ = writeln!(
            out,
            r##"<path d="M0.5 26.5V10.5a10 10 0 0 1 10-10h{}a10 10 0 0 1 10 10v16z" fill="#{bar:06x}"/>"##,
            px(width - 2100)
        );
        let _ = writeln!(
            out,
            r##"<rect x="0.5" y="0.5" width="{inner_w}" height="{inner_h}" rx="10" fill="none" stroke="#{edge:06x}"/>"##
        );
        for (x, colour) in [(18, 0xe0645c_u32), (36, 0xd9a441), (54, 0x62ad58)] {
            let _ = writeln!(out, r##"<circle cx="{x}" cy="13.5" r="5.5" fill="#{colour:06x}"/>"##);
        }
        let _ = writeln!(
            out,
            r##"<text x="{}" y="18" text-anchor="middle" fill="#{:06x}">{}</text>"##,
            px(width / 2),
            mixed(front, bar),
            escaped(title)
        );
        out
    }

    /// Text and ground of a cell.
    fn colours(&self, cell: &Cell) -> (u32, Option<u32>) {
        let back = hex(self.ink.back(cell.bg));
        let mut front = hex(self.ink.front(cell.fg)).unwrap_or(self.ground.front);
        if cell.modifier.contains(Modifier::DIM) {
            front = mixed(front, back.unwrap_or(self.ground.back));
        }
        match cell.modifier.contains(Modifier::REVERSED) {
            true => (back.unwrap_or(self.ground.back), Some(front)),
            false => (front, back),
        }
    }

    /// Boxes behind the cells of a row, one for all neighbours of one colour.
    fn bands(&self, buffer: &Buffer, y: u16, out: &mut String) {
        let mut x = 0;
        while x < buffer.area.width {
            let (_, back) = self.colours(&buffer[(x, y)]);
            let same = (x..buffer.area.width).take_while(|at| self.colours(&buffer[(*at, y)]).1 == back);
            let columns = u16::try_from(same.count()).unwrap_or(1);
            if let Some(back) = back {
                let _ = writeln!(
                    out,
                    r##"<rect x="{}" y="{}" width="{}" height="{}" fill="#{back:06x}"/>"##,
                    px(left(x)),
                    px(top(y)),
                    px(u32::from(columns) * CELL.0),
                    px(CELL.1)
                );
            }
            x += columns;
        }
    }

    /// The texts of a row. A wide glyph and a glyph that is drawn to its cell's edge stand for themselves.
    fn runs(&self, buffer: &Buffer, y: u16) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut x = 0;
        // Blanks that may stand inside of a run.
        let mut blanks = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let symbol = cell.symbol();
            let columns = u16::try_from(symbol.width().max(1)).unwrap_or(1);
            let hand = self.hand(cell);
            let drawn = Modifier::UNDERLINED.union(Modifier::CROSSED_OUT);
            if symbol == " " && !hand.modifier.intersects(drawn) {
                blanks += 1;
                x += columns;
                continue;
            }
            let joins = |run: &Run| {
                let inside = run.hand == hand && blanks <= 1 && columns == 1 && run.is_narrow();
                inside
                    && (is_drawn(symbol) == run.text.ends_with(is_line))
                    && (blanks == 0 || !is_drawn(symbol))
            };
            match runs.last_mut().filter(|run| joins(run)) {
                Some(run) => {
                    run.text.push_str(&" ".repeat(blanks));
                    run.text.push_str(symbol);
                    run.columns = x + columns - run.x;
                }
                None => runs.push(Run { x, columns, hand, text: symbol.to_owned() }),
            }
            blanks = 0;
            x += columns;
        }
        runs
    }

    fn hand(&self, cell: &Cell) -> Hand {
        let seen = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        Hand { front: self.colours(cell).0, modifier: cell.modifier & seen }
    }
}

impl Run {
    /// Whether every cell holds one glyph.
    fn is_narrow(&self) -> bool {
        usize::from(self.columns) == self.text.chars().count()
    }
}

/// Lines and boxes, which touch their neighbours.
fn is_line(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{259f}')
}

fn is_drawn(symbol: &str) -> bool {
    symbol.starts_with(is_line)
}

fn text(run: &Run, y: u16, hand: usize, out: &mut String) {
    let (x, y) = (px(left(run.x)), px(top(y) + BASELINE));
    let _ = write!(out, r#"<text class="s{hand}" x="{x}" y="{y}""#);
    if run.columns > 1 {
        let _ = write!(out, r#" textLength="{}""#, px(u32::from(run.columns) * CELL.0));
        if is_drawn(&run.text) || !run.is_narrow() {
            out.push_str(r#" lengthAdjust="spacingAndGlyphs""#);
        }
    }
    let _ = writeln!(out, ">{}</text>", escaped(&run.text));
}

fn left(x: u16) -> u32 {
    MARGIN + u32::from(x) * CELL.0
}

fn top(y: u16) -> u32 {
    TITLE + u32::from(y) * CELL.1
}

/// Hundredths as a decimal number.
fn px(hundredths: u32) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        rest => format!("{whole}.{rest:02}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Three fifths of the way from the ground to the text: how dim text looks.
fn mixed(front: u32, back: u32) -> u32 {
    let part = |shift: u32| {
        let (front, back) = ((front >> shift) & 0xff, (back >> shift) & 0xff);
        ((front * 3 + back * 2) / 5) << shift
    };
    part(16) | part(8) | part(0)
}

/// A colour as a number; none for the terminal's own.
fn hex(colour: Color) -> Option<u32> {
    Some(match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => u32::from_be_bytes([0, red, green, blue]),
        Color::LightBlue => 0x8fb8f5,
        Color::LightCyan => 0x8fdce6,
        Color::Black => 0x2b2d34,
        Color::Red => 0xd8605c,
        Color::Green => 0x68b168,
        Color::Yellow => 0xd0a04a,
        Color::Blue => 0x6897e0,
        Color::Magenta => 0xb586dc,
        Color::Cyan => 0x4ab4c4,
        other => panic!("no picture has {other:?}: give it a colour here"),
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use ratatui::text::Line;

    use super::*;
    use crate::draw::Frame;
    use crate::look::Look;

    fn painter() -> Painter {
        let palette = Theme::named("dark", None).palette;
        Painter { ink: Ink { colours: Colours::On, depth: Depth::True, palette }, ground: DARK }
    }

    fn frame(width: u16, spans: Vec<ratatui::text::Span<'static>>) -> Frame {
        let mut frame = Frame::new(width, 1);
        frame.put(0, &[Line::from(spans)]);
        frame
    }

    #[test]
    fn texts_stand_at_their_cells() {
        let frame = frame(30, vec![Look::Plain.span("a b  cd漢e──f"), Look::Bad.span("g")]);
        let runs = painter().runs(&frame.buffer, 0);
        let shown: Vec<(u16, u16, &str)> =
            runs.iter().map(|run| (run.x, run.columns, run.text.as_str())).collect();
        let expected = [
            (0, 3, "a b"),
            (5, 2, "cd"),
            (7, 2, "漢"),
            (9, 1, "e"),
            (10, 2, "──"),
            (12, 1, "f"),
            (13, 1, "g"),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn bands_are_merged_and_reversed_text_swaps_its_colours() {
        let frame = frame(6, vec![Look::Selected.span("ab"), Look::Plain.span("c")]);
        let painter = painter();
        let mut out = String::new();
        painter.bands(&frame.buffer, 0, &mut out);
        assert_eq!(out, "<rect x=\"14\" y=\"34\" width=\"16.8\" height=\"18\" fill=\"#d6dae2\"/>\n");
        let runs = painter.runs(&frame.buffer, 0);
        assert_eq!((runs[0].hand.front, runs[1].hand.front), (DARK.back, DARK.front));
    }

    #[test]
    fn nothing_of_a_text_is_markup() {
        let frame = frame(20, vec![Look::Plain.span("<b>&\"x\"</b>")]);
        let picture = svg(&frame.buffer, "a<b", Theme::named("dark", None));
        assert!(picture.contains(">&lt;b&gt;&amp;\"x\"&lt;/b&gt;</text>"), "{picture}");
        assert!(picture.contains("<title>a&lt;b</title>"), "{picture}");
    }
}
