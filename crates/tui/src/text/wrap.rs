//! Wrapping styled text by display columns. Knows graphemes and widths, no cell and no screen.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns of one line of text.
pub(crate) fn plain_width(text: &str) -> usize {
    text.width()
}

/// The text in at most `columns` columns, its end replaced by `…` when it does not fit.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let width = grapheme.width();
        if used + width + 1 > columns {
            break;
        }
        used += width;
        out.push_str(grapheme);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// Breaks styled text at blanks (or inside words that are wider than the screen), every line with its prefix:
/// `first` before the first, `rest` before the others. Line feeds inside spans break too.
pub(crate) fn wrap(
    spans: &[Span<'static>],
    columns: usize,
    first: &Span<'static>,
    rest: &Span<'static>,
) -> Vec<Line<'static>> {
    let mut flow =
        Flow { columns: columns.max(1), first, rest, lines: Vec::new(), row: Vec::new(), width: 0 };
    let mut word: Vec<(&str, Style, usize)> = Vec::new();
    let mut word_width = 0;
    for span in spans {
        for grapheme in span.content.graphemes(true) {
            if grapheme == "\n" || grapheme == "\r\n" {
                flow.word(&mut word, &mut word_width);
                flow.end_row();
                continue;
            }
            let width = grapheme.width();
            if grapheme == " " {
                flow.word(&mut word, &mut word_width);
                flow.blank(span.style);
            } else {
                word.push((grapheme, span.style, width));
                word_width += width;
                // CJK text may break after every character.
                if width > 1 {
                    flow.word(&mut word, &mut word_width);
                }
            }
        }
    }
    flow.word(&mut word, &mut word_width);
    flow.end_row();
    flow.lines
}

struct Flow<'a> {
    columns: usize,
    first: &'a Span<'static>,
    rest: &'a Span<'static>,
    lines: Vec<Line<'static>>,
    row: Vec<Span<'static>>,
    width: usize,
}

impl Flow<'_> {
    fn prefix(&self) -> &Span<'static> {
        if self.lines.is_empty() { self.first } else { self.rest }
    }

    /// Columns left for text in a fresh row; a prefix wider than the screen leaves one.
    fn room(&self) -> usize {
        self.columns.saturating_sub(self.prefix().width()).max(1)
    }

    fn word(&mut self, word: &mut Vec<(&str, Style, usize)>, word_width: &mut usize) {
        // A word wider than a whole row begins where it stands: moving it would only leave a hole.
        if self.width > 0 && self.width + *word_width > self.room() && *word_width <= self.room() {
            self.trim_row();
            self.end_row();
        }
        for (grapheme, style, width) in word.drain(..) {
            if self.width > 0 && self.width + width > self.room() {
                self.end_row();
            }
            self.push(grapheme, style, width);
        }
        *word_width = 0;
    }

    fn blank(&mut self, style: Style) {
        // A blank at the break itself is not carried over; indents at the start of a text line are.
        if self.width < self.room() {
            self.push(" ", style, 1);
        }
    }

    fn push(&mut self, text: &str, style: Style, width: usize) {
        self.width += width;
        match self.row.last_mut() {
            Some(span) if span.style == style => span.content.to_mut().push_str(text),
            _ => self.row.push(Span::styled(text.to_owned(), style)),
        }
    }

    fn trim_row(&mut self) {
        if let Some(span) = self.row.last_mut() {
            let kept = span.content.trim_end_matches(' ').len();
            span.content.to_mut().truncate(kept);
        }
    }

    fn end_row(&mut self) {
        let prefix = self.prefix().clone();
        let mut spans = std::mem::take(&mut self.row);
        // A prefix that leaves no room is dropped rather than cutting the text.
        if !prefix.content.is_empty() && prefix.width() < self.columns {
            spans.insert(0, prefix);
        }
        self.lines.push(Line::from(spans));
        self.width = 0;
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str, columns: usize) -> Vec<String> {
        let lines = wrap(&[Span::raw(text.to_owned())], columns, &Span::raw("• "), &Span::raw("  "));
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn breaks_at_blanks_and_inside_long_words() {
        assert_eq!(rows("one two three", 9), ["• one two", "  three"]);
        assert_eq!(rows("abcdefghij", 6), ["• abcd", "  efgh", "  ij"]);
        assert_eq!(rows("a\n  b", 20), ["• a", "    b"]);
        assert_eq!(rows("日本語", 6), ["• 日本", "  語"]);
        assert_eq!(rows("", 6), ["• "]);
    }

    #[test]
    fn cut_counts_columns() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 3), "abc");
    }

    proptest! {
        #[test]
        fn rows_fit_and_no_word_is_lost(text in "[a-z日 ]{0,80}", columns in 4_usize..40) {
            let rows = rows(&text, columns);
            for row in &rows {
                prop_assert!(row.width() <= columns, "{row:?}");
            }
            let joined: String = rows.iter().map(|row| row.chars().skip(2).collect::<String>()).collect();
            let letters = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&joined), letters(&text));
        }
    }
}
