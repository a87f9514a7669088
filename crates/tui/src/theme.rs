//! The themes, as one table. A theme is what stands in for the sixteen colours of [`crate::look`]; it is applied when
//! bytes are written, so no cell and no line has to be made again when it changes.
//! Knows no widget and no terminal.

use ratatui::style::Color;

/// Whether text is light on dark or dark on light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shade {
    Dark,
    Light,
}

/// What stands in for the colours of the table of looks, as `0xRRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Palette {
    /// In place of cyan: what is chosen, prompts, links.
    pub(crate) accent: u32,
    /// Green: what went well, added rows.
    pub(crate) good: u32,
    /// Red: errors, removed rows.
    pub(crate) bad: u32,
    /// Yellow: warnings.
    pub(crate) warn: u32,
    /// Magenta: the model.
    pub(crate) model: u32,
    /// Blue: folders.
    pub(crate) folder: u32,
    /// The band behind what the person says (black as a background).
    pub(crate) band: u32,
    /// The bands behind added and removed rows (green and red as backgrounds).
    pub(crate) added: u32,
    pub(crate) removed: u32,
}

/// One theme.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    /// As `tui.theme` names it (`tui.md` 13).
    pub(crate) name: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) shade: Shade,
    /// `None`: the terminal's own sixteen colours.
    pub(crate) palette: Option<Palette>,
    /// The colours of code: a theme of the highlighter.
    pub(crate) syntax: &'static str,
}

/// The name that follows the terminal's background.
pub(crate) const AUTOMATIC: &str = "automatic";

const DARK: usize = 0;
const LIGHT: usize = 1;

/// The table; the first two are what `automatic` chooses from.
pub(crate) const THEMES: &[Theme] = &[
    theme(
        "dark",
        "for dark terminals",
        Shade::Dark,
        "catppuccin-mocha",
        [0x56c8d8, 0x7ec27e, 0xef7b78, 0xe3b35c, 0xc79bec, 0x7aa8f0, 0x2b2d34, 0x16301d, 0x3a1b1d],
    ),
    theme(
        "light",
        "for light terminals",
        Shade::Light,
        "one-half-light",
        [0x00707f, 0x217a32, 0xb3261e, 0x8a5a00, 0x7b3fb0, 0x1f5fbf, 0xeceef2, 0xdff3e2, 0xfbe3e1],
    ),
    theme(
        "high-contrast",
        "as much difference as there can be",
        Shade::Dark,
        "1337",
        [0x00ffff, 0x00ff00, 0xff5f5f, 0xffff00, 0xff87ff, 0x87afff, 0x303030, 0x005f00, 0x870000],
    ),
    Theme {
        name: "ansi",
        purpose: "the sixteen colours of the terminal",
        shade: Shade::Dark,
        palette: None,
        syntax: "ansi",
    },
    theme(
        "catppuccin-mocha",
        "pastels on a dark ground",
        Shade::Dark,
        "catppuccin-mocha",
        [0x89dceb, 0xa6e3a1, 0xf38ba8, 0xf9e2af, 0xcba6f7, 0x89b4fa, 0x313244, 0x24382c, 0x45283a],
    ),
    theme(
        "catppuccin-macchiato",
        "pastels, a little lighter",
        Shade::Dark,
        "catppuccin-macchiato",
        [0x91d7e3, 0xa6da95, 0xed8796, 0xeed49f, 0xc6a0f6, 0x8aadf4, 0x363a4f, 0x2a3e36, 0x472c3f],
    ),
    theme(
        "catppuccin-frappe",
        "pastels, subdued",
        Shade::Dark,
        "catppuccin-frappe",
        [0x99d1db, 0xa6d189, 0xe78284, 0xe5c890, 0xca9ee6, 0x8caaee, 0x414559, 0x354440, 0x4e3644],
    ),
    theme(
        "catppuccin-latte",
        "pastels on a light ground",
        Shade::Light,
        "catppuccin-latte",
        [0x04a5e5, 0x40a02b, 0xd20f39, 0xdf8e1d, 0x8839ef, 0x1e66f5, 0xe6e9ef, 0xd9ecd5, 0xf4d8df],
    ),
    theme(
        "dracula",
        "purple and pink",
        Shade::Dark,
        "dracula",
        [0x8be9fd, 0x50fa7b, 0xff5555, 0xf1fa8c, 0xff79c6, 0xbd93f9, 0x44475a, 0x1f4a35, 0x55283a],
    ),
    theme(
        "nord",
        "cold blues",
        Shade::Dark,
        "nord",
        [0x88c0d0, 0xa3be8c, 0xbf616a, 0xebcb8b, 0xb48ead, 0x81a1c1, 0x3b4252, 0x3a4a45, 0x4a3740],
    ),
    theme(
        "gruvbox-dark",
        "warm, on dark",
        Shade::Dark,
        "gruvbox-dark",
        [0x8ec07c, 0xb8bb26, 0xfb4934, 0xfabd2f, 0xd3869b, 0x83a598, 0x3c3836, 0x34381b, 0x4a2320],
    ),
    theme(
        "gruvbox-light",
        "warm, on light",
        Shade::Light,
        "gruvbox-light",
        [0x427b58, 0x79740e, 0x9d0006, 0xb57614, 0x8f3f71, 0x076678, 0xebdbb2, 0xe3e3ad, 0xf2cdbb],
    ),
    theme(
        "solarized-dark",
        "the sixteen of Solarized, dark",
        Shade::Dark,
        "solarized-dark",
        [0x2aa198, 0x859900, 0xdc322f, 0xb58900, 0xd33682, 0x268bd2, 0x073642, 0x11402f, 0x33262f],
    ),
    theme(
        "solarized-light",
        "the sixteen of Solarized, light",
        Shade::Light,
        "solarized-light",
        [0x2aa198, 0x859900, 0xdc322f, 0xb58900, 0xd33682, 0x268bd2, 0xeee8d5, 0xe6ebc4, 0xf8dccf],
    ),
    theme(
        "one-half-dark",
        "even, on dark",
        Shade::Dark,
        "one-half-dark",
        [0x56b6c2, 0x98c379, 0xe06c75, 0xe5c07b, 0xc678dd, 0x61afef, 0x313640, 0x293a2f, 0x44303a],
    ),
    theme(
        "one-half-light",
        "even, on light",
        Shade::Light,
        "one-half-light",
        [0x0997b3, 0x50a14f, 0xe45649, 0xc18401, 0xa626a4, 0x0184bc, 0xf0f0f1, 0xdcefdc, 0xfbdeda],
    ),
    theme(
        "monokai-extended",
        "bright on brown",
        Shade::Dark,
        "monokai-extended",
        [0x66d9ef, 0xa6e22e, 0xf92672, 0xe6db74, 0xae81ff, 0x66a5ef, 0x3e3d32, 0x2f3d1c, 0x4d1f31],
    ),
    theme(
        "zenburn",
        "low contrast, easy on the eyes",
        Shade::Dark,
        "zenburn",
        [0x8cd0d3, 0x7f9f7f, 0xcc9393, 0xf0dfaf, 0xdc8cc3, 0x94bff3, 0x4a4a4a, 0x40503f, 0x5a4242],
    ),
    theme(
        "github",
        "as code looks on the web",
        Shade::Light,
        "github",
        [0x0550ae, 0x1a7f37, 0xcf222e, 0x9a6700, 0x8250df, 0x0969da, 0xf6f8fa, 0xdafbe1, 0xffebe9],
    ),
];

/// The colours in the order of [`Palette`]'s fields.
const fn theme(
    name: &'static str,
    purpose: &'static str,
    shade: Shade,
    syntax: &'static str,
    colours: [u32; 9],
) -> Theme {
    let [accent, good, bad, warn, model, folder, band, added, removed] = colours;
    let palette = Palette { accent, good, bad, warn, model, folder, band, added, removed };
    Theme { name, purpose, shade, palette: Some(palette), syntax }
}

impl Theme {
    /// The theme of this name; `automatic` and names nobody knows follow the background, dark when that is unknown.
    pub(crate) fn named(name: &str, background: Option<Shade>) -> &'static Self {
        let automatic = match background {
            Some(Shade::Light) => &THEMES[LIGHT],
            Some(Shade::Dark) | None => &THEMES[DARK],
        };
        Self::known(name).unwrap_or(automatic)
    }

    /// The theme of this name, if it is one of the table.
    pub(crate) fn known(name: &str) -> Option<&'static Self> {
        THEMES.iter().find(|theme| theme.name == name)
    }
}

impl Palette {
    /// What is written for a colour of the text; other colours stay what they are.
    pub(crate) fn front(&self, colour: Color) -> Color {
        match colour {
            Color::Cyan => rgb(self.accent),
            Color::Green => rgb(self.good),
            Color::Red => rgb(self.bad),
            Color::Yellow => rgb(self.warn),
            Color::Magenta => rgb(self.model),
            Color::Blue => rgb(self.folder),
            other => other,
        }
    }

    /// What is written for a colour behind text.
    pub(crate) fn back(&self, colour: Color) -> Color {
        match colour {
            Color::Black => rgb(self.band),
            Color::Green => rgb(self.added),
            Color::Red => rgb(self.removed),
            other => self.front(other),
        }
    }
}

fn rgb(hex: u32) -> Color {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color::Rgb(red, green, blue)
}

/// The shade of a background as `rgb:RRRR/GGGG/BBBB` (the answer to `OSC 11`) names it.
pub(crate) fn shade_of_answer(answer: &str) -> Option<Shade> {
    let parts = answer.strip_prefix("rgb:").or_else(|| answer.strip_prefix("rgba:"))?;
    let mut levels = parts.split('/').take(3).map(|part| {
        let max =
            16_u32.checked_pow(u32::try_from(part.len()).ok().filter(|len| (1..=4).contains(len))?)? - 1;
        let level = u32::from_str_radix(part, 16).ok()?;
        Some(f64::from(level) / f64::from(max))
    });
    let (red, green, blue) = (levels.next()??, levels.next()??, levels.next()??);
    let bright = 0.299 * red + 0.587 * green + 0.114 * blue;
    Some(if bright > 0.5 { Shade::Light } else { Shade::Dark })
}

/// The shade `COLORFGBG` tells: `15;0` is light on dark.
pub(crate) fn shade_of_variable(value: &str) -> Option<Shade> {
    match value.rsplit(';').next()?.parse::<u8>().ok()? {
        7 | 9..=15 => Some(Shade::Light),
        _ => Some(Shade::Dark),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_a_name_of_its_own_and_a_visible_text() {
        for (at, theme) in THEMES.iter().enumerate() {
            assert!(!THEMES[..at].iter().any(|other| other.name == theme.name), "{} twice", theme.name);
            let Some(palette) = theme.palette else { continue };
            for hex in [palette.good, palette.bad, palette.accent] {
                let [_, red, green, blue] = hex.to_be_bytes();
                let bright = u32::from(red) * 3 + u32::from(green) * 6 + u32::from(blue);
                match theme.shade {
                    Shade::Dark => assert!(bright > 650, "{} has {hex:06x} on dark", theme.name),
                    Shade::Light => assert!(bright < 1800, "{} has {hex:06x} on light", theme.name),
                }
            }
        }
    }

    #[test]
    fn automatic_follows_the_background() {
        assert_eq!(Theme::named(AUTOMATIC, None).name, "dark");
        assert_eq!(Theme::named(AUTOMATIC, shade_of_answer("rgb:ffff/ffff/f0f0")).name, "light");
        assert_eq!(Theme::named(AUTOMATIC, shade_of_answer("rgb:1e/1e/2e")).name, "dark");
        assert_eq!(Theme::named("nord", Some(Shade::Light)).name, "nord");
        assert_eq!(shade_of_variable("0;15"), Some(Shade::Light));
        assert_eq!(shade_of_variable("15;default;0"), Some(Shade::Dark));
        for nonsense in ["", "rgb:", "rgb:1/2", "rgb:zz/zz/zz", "rgb:12345/1/1"] {
            assert_eq!(shade_of_answer(nonsense), None, "{nonsense}");
        }
        assert_eq!(shade_of_variable("x"), None);
    }
}
