//! How images reach this terminal, as the environment tells it. Nothing is asked of the terminal: an answer could
//! come late and would be typed text.

/// Pixels of a glyph where the terminal does not tell.
const USUAL_CELL: (u16, u16) = (10, 20);
/// A glyph's pixels that make sense; more would only make the images larger.
const CELL_MIN: (u16, u16) = (4, 8);
const CELL_MAX: (u16, u16) = (32, 64);

/// The language of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// kitty's, with placeholders: an image is made of ordinary cells.
    Kitty,
    /// OSC 1337.
    Iterm,
    Sixel,
}

impl Protocol {
    /// Reads the environment by `var`; none inside a multiplexer, which would take the sequences for its own.
    pub(crate) fn of(var: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let text = |name: &str| var(name).filter(|value| !value.is_empty());
        let term = text("TERM").unwrap_or_default();
        let inside = text("TMUX").is_some() || text("STY").is_some();
        if inside
            || text("NO_COLOR").is_some()
            || term == "dumb"
            || ["tmux", "screen"].into_iter().any(|name| term.starts_with(name))
        {
            return None;
        }
        let program = text("TERM_PROGRAM").unwrap_or_default();
        match (program.as_str(), term.as_str()) {
            ("iTerm.app" | "WezTerm", _) => Some(Self::Iterm),
            ("ghostty", _) | (_, "xterm-kitty" | "xterm-ghostty") => Some(Self::Kitty),
            _ if text("KITTY_WINDOW_ID").is_some() => Some(Self::Kitty),
            (_, term) if term.contains("sixel") => Some(Self::Sixel),
            (_, term) if term.starts_with("foot") || term.starts_with("mlterm") => Some(Self::Sixel),
            _ => None,
        }
    }
}

/// What images are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Canvas {
    pub(crate) protocol: Protocol,
    /// Width and height of a glyph in pixels.
    pub(crate) cell: (u16, u16),
    /// Sets this run's images apart from those an earlier run left in the window; from 1 to 59.
    pub(crate) mark: u8,
}

impl Canvas {
    /// For a terminal that tells (or not) how many pixels a glyph has. Sixels are made of pixels: without the size
    /// of a glyph there is no telling how many rows they cover.
    pub(crate) fn new(protocol: Protocol, cell: Option<(u16, u16)>, process: u32) -> Option<Self> {
        let cell = match cell.filter(|(width, height)| *width > 0 && *height > 0) {
            Some(cell) => cell,
            None if protocol == Protocol::Sixel => return None,
            None => USUAL_CELL,
        };
        let smallest = cell.0 >= CELL_MIN.0 && cell.1 >= CELL_MIN.1;
        let cell = (cell.0.min(CELL_MAX.0), cell.1.min(CELL_MAX.1));
        let mark = u8::try_from(process % 59).unwrap_or(0) + 1;
        smallest.then_some(Self { protocol, cell, mark })
    }
}
