//! A file's text as lines that keep their own line ends.
//! Invariant: joining the lines gives the text back byte for byte. Knows nothing of patches.

/// The lines of a text and the line end new lines take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lines<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) eol: &'static str,
}

/// One line and its own end; the end is empty for a last line without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    pub(crate) end: &'a str,
}

impl<'a> Lines<'a> {
    /// Lines end at LF, with an optional CR before it. A CR alone is an ordinary character, unless the text
    /// has no LF at all: then it is an old Mac file and CR is its line end. New lines take the end of the
    /// first ended line.
    pub(crate) fn split(text: &'a str) -> Self {
        let breaker = if !text.contains('\n') && text.contains('\r') { '\r' } else { '\n' };
        let lines: Vec<Line<'a>> =
            text.split_inclusive(breaker).map(|whole| Line::new(whole, breaker)).collect();
        let eol = match lines.first().map(|line| line.end) {
            Some("\r\n") => "\r\n",
            Some("\r") => "\r",
            _ => "\n",
        };
        Self { lines, eol }
    }

    pub(crate) fn texts(&self) -> Vec<&'a str> {
        self.lines.iter().map(|line| line.text).collect()
    }
}

impl<'a> Line<'a> {
    fn new(whole: &'a str, breaker: char) -> Self {
        let end = match breaker {
            '\r' => &["\r"][..],
            _ => &["\r\n", "\n"],
        };
        let end_len = end.iter().find(|end| whole.ends_with(*end)).map_or(0, |end| end.len());
        let (text, end) = whole.split_at(whole.len() - end_len);
        Self { text, end }
    }
}
