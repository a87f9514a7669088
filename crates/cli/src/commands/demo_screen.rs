//! What the demo prints: its own words at the left, the output of the product beside a bar. One stream, so that the
//! order is the order of things. Knows no cassette and no thread.

use std::io::{self, IsTerminal as _, Write};

use codex_exec::{ColorChoice, Streams};

/// Before each line of the product's output.
const BAR: &str = "  | ";

/// Standard output, as the demo uses it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    colour: bool,
    terminal: bool,
}

/// How a word looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Heading,
    Dim,
    Good,
    Bad,
}

impl Screen {
    /// Colours on a terminal unless `NO_COLOR` is set, or as asked for.
    pub(crate) fn new(choice: ColorChoice, no_color: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let colour = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !no_color,
        };
        Self { colour, terminal }
    }

    /// Whether text is coloured.
    pub(crate) fn colour(self) -> bool {
        self.colour
    }

    /// What the product is told, so that it looks like the rest.
    pub(crate) fn choice(self) -> ColorChoice {
        if self.colour { ColorChoice::Always } else { ColorChoice::Never }
    }

    /// One line.
    pub(crate) fn line(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// A heading with an empty line above it.
    pub(crate) fn heading(self, text: &str) -> io::Result<()> {
        self.line(&format!("\n{}", self.paint(Look::Heading, text)))
    }

    /// Text of other programs, line by line beside the bar.
    pub(crate) fn quoted(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        Quoted::new(&mut out, self.paint(Look::Dim, BAR)).write_all(text.as_bytes())?;
        out.flush()
    }

    /// The text in that look.
    pub(crate) fn paint(self, look: Look, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match look {
            Look::Heading => "1",
            Look::Dim => "2",
            Look::Good => "32",
            Look::Bad => "31",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Where a run of the product writes: everything for people beside the bar. The final message, which standard
    /// output would get once more, is among it.
    pub(crate) fn streams(self) -> Streams {
        Streams {
            stdout: Box::new(io::sink()),
            stderr: Box::new(Quoted::new(io::stdout(), self.paint(Look::Dim, BAR))),
            stdout_terminal: self.terminal,
            stderr_terminal: self.terminal,
        }
    }
}

/// Puts the bar before each line of what is written.
#[derive(Debug)]
struct Quoted<W> {
    out: W,
    bar: String,
    at_line_start: bool,
}

impl<W: Write> Quoted<W> {
    fn new(out: W, bar: String) -> Self {
        Self { out, bar, at_line_start: true }
    }
}

impl<W: Write> Write for Quoted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = Vec::with_capacity(bytes.len() + 64);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.at_line_start {
                text.extend_from_slice(self.bar.as_bytes());
            }
            text.extend_from_slice(line);
            self.at_line_start = line.ends_with(b"\n");
        }
        self.out.write_all(&text)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_line_gets_one_bar_however_it_is_cut() {
        let mut out = Vec::new();
        let mut quoted = Quoted::new(&mut out, "> ".to_owned());
        for piece in ["a", "b\nc", "\n\n", "d\n"] {
            quoted.write_all(piece.as_bytes()).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), "> ab\n> c\n> \n> d\n");
    }

    #[test]
    fn without_colour_no_code_is_printed() {
        let screen = Screen { colour: false, terminal: false };
        assert_eq!(screen.paint(Look::Bad, "x"), "x");
        let screen = Screen { colour: true, terminal: false };
        assert_eq!(screen.paint(Look::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
