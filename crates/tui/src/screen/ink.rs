//! From the colours of a cell to those a terminal is told: the theme first, then what the terminal can show.
//! Knows no bytes.

use ratatui::style::Color;

use super::codes::Colours;
use crate::theme::Palette;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The sixteen of old: themes do not count.
    Sixteen,
    /// The 6x6x6 cube and greys.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// From `COLORTERM` and `TERM`.
    pub(crate) fn of(colorterm: Option<&str>, term: Option<&str>) -> Self {
        if matches!(colorterm, Some("truecolor" | "24bit"))
            || term.is_some_and(|term| term.contains("direct"))
        {
            Self::True
        } else if colorterm.is_some_and(|value| !value.is_empty())
            || term.is_some_and(|term| term.contains("256"))
        {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }
}

/// What a pen writes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink {
    pub(crate) colours: Colours,
    pub(crate) depth: Depth,
    pub(crate) palette: Option<Palette>,
}

impl From<Colours> for Ink {
    /// The sixteen colours as they are.
    fn from(colours: Colours) -> Self {
        Self { colours, depth: Depth::Sixteen, palette: None }
    }
}

impl Ink {
    /// The colour of text.
    pub(crate) fn front(&self, colour: Color) -> Color {
        self.shown(colour, Palette::front)
    }

    /// The colour behind text; bands the terminal cannot show faintly are left out.
    pub(crate) fn back(&self, colour: Color) -> Color {
        let themed = self.depth != Depth::Sixteen && self.palette.is_some();
        if !themed && matches!(colour, Color::Black | Color::Green | Color::Red) {
            return Color::Reset;
        }
        self.shown(colour, Palette::back)
    }

    fn shown(&self, colour: Color, table: fn(&Palette, Color) -> Color) -> Color {
        if self.colours == Colours::Off {
            return Color::Reset;
        }
        let themed = match (&self.palette, self.depth) {
            (Some(palette), Depth::Indexed | Depth::True) => table(palette, colour),
            _ => colour,
        };
        match (themed, self.depth) {
            (Color::Rgb(red, green, blue), Depth::Indexed) => Color::Indexed(cube(red, green, blue)),
            (Color::Rgb(red, green, blue), Depth::Sixteen) => nearest(red, green, blue),
            (other, _) => other,
        }
    }
}

const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of the cube and the greys.
fn cube(red: u8, green: u8, blue: u8) -> u8 {
    let near = |level: u8| (0..6_u8).min_by_key(|at| STEPS[usize::from(*at)].abs_diff(level)).unwrap_or(0);
    let (r, g, b) = (near(red), near(green), near(blue));
    let from_cube = [r, g, b].map(|at| STEPS[usize::from(at)]);
    let mean = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let grey = u8::try_from(mean.saturating_sub(3) / 10).unwrap_or(23).min(23);
    let far = |to: [u8; 3]| {
        [red, green, blue].into_iter().zip(to).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>()
    };
    if far([8 + 10 * grey; 3]) < far(from_cube) { 232 + grey } else { 16 + 36 * r + 6 * g + b }
}

/// One of the sixteen, by what stands out.
fn nearest(red: u8, green: u8, blue: u8) -> Color {
    let (low, high) = (red.min(green).min(blue), red.max(green).max(blue));
    if high - low < 40 {
        return Color::Reset;
    }
    let half = low + (high - low) / 2;
    match (red > half, green > half, blue > half) {
        (true, false, false) => Color::Red,
        (false, true, false) => Color::Green,
        (true, true, false) => Color::Yellow,
        (false, false, true) => Color::Blue,
        (true, false, true) => Color::Magenta,
        (false, true, true) => Color::Cyan,
        _ => Color::Reset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    // covers: tui 6
    #[test]
    fn a_theme_counts_only_where_it_can_be_shown() {
        let palette = Theme::known("nord").unwrap().palette;
        let full = Ink { colours: Colours::On, depth: Depth::True, palette };
        assert_eq!(full.front(Color::Cyan), Color::Rgb(0x88, 0xc0, 0xd0));
        let indexed = Ink { depth: Depth::Indexed, ..full };
        assert_eq!(indexed.front(Color::Cyan), Color::Indexed(110));
        let few = Ink { depth: Depth::Sixteen, ..full };
        assert_eq!((few.front(Color::Cyan), few.back(Color::Black)), (Color::Cyan, Color::Reset));
        assert_eq!(few.front(Color::Rgb(250, 20, 30)), Color::Red);
        let off = Ink { colours: Colours::Off, ..full };
        assert_eq!((off.front(Color::Rgb(1, 2, 3)), off.back(Color::Black)), (Color::Reset, Color::Reset));
        assert_eq!(cube(255, 255, 255), 231);
        assert_eq!(cube(128, 128, 128), 244);
    }

    #[test]
    fn the_environment_tells_the_depth() {
        assert_eq!(Depth::of(Some("truecolor"), Some("xterm")), Depth::True);
        assert_eq!(Depth::of(None, Some("tmux-256color")), Depth::Indexed);
        assert_eq!(Depth::of(None, Some("linux")), Depth::Sixteen);
    }
}
