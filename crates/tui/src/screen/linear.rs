//! The painter for screen readers: lines are written once, below one another, and never again; the input line at the
//! end is the only one that changes. Invariant: the cursor never leaves its line but downwards.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::plain_width;

/// The line being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct InputLine {
    /// What is wanted, `You: `.
    pub(crate) prompt: String,
    /// What is typed; holds `\n` where a line ends.
    pub(crate) text: String,
    /// Columns of the text behind the cursor; only followed while everything fits into one row.
    pub(crate) behind: usize,
}

impl InputLine {
    fn shown(&self) -> String {
        format!("{}{}", self.prompt, self.text)
    }

    fn fits(&self, columns: usize) -> bool {
        !self.text.contains('\n') && plain_width(&self.shown()) < columns
    }
}

/// Remembers the input line.
#[derive(Debug, Default)]
pub(crate) struct LinearPainter {
    input: Option<InputLine>,
    /// A draft of several rows that was sent: it stands on the screen, and need not be said again.
    echoed: Option<String>,
}

impl LinearPainter {
    /// The input line is not on the screen any more.
    pub(crate) fn forget(&mut self) {
        self.input = None;
    }

    /// Bytes that say the blocks and bring the input line up to date; empty when nothing changed.
    pub(crate) fn paint(
        &mut self,
        blocks: Vec<Vec<String>>,
        input: Option<InputLine>,
        columns: usize,
    ) -> String {
        let mut out = String::new();
        if !blocks.is_empty() {
            self.take_away(input.as_ref(), columns, &mut out);
            for lines in blocks {
                if self.echoed.as_ref() == Some(&lines.join("\n")) {
                    self.echoed = None;
                    continue;
                }
                for line in lines {
                    out.push_str(&line);
                    out.push_str("\r\n");
                }
            }
        }
        match input {
            Some(input) => self.show(input, columns, &mut out),
            None => self.take_away(None, columns, &mut out),
        }
        out
    }

    fn take_away(&mut self, next: Option<&InputLine>, columns: usize, out: &mut String) {
        let Some(before) = self.input.take() else { return };
        if before.fits(columns) {
            out.push_str("\r\u{1b}[K");
            return;
        }
        out.push_str("\r\n");
        if next.is_none_or(|next| next.text.is_empty()) {
            self.echoed = Some(before.shown());
        }
    }

    fn show(&mut self, input: InputLine, columns: usize, out: &mut String) {
        let shown = input.shown();
        match &self.input {
            Some(before) if *before == input => return,
            // What is typed at the end is only added.
            Some(before) if before.behind == 0 && input.behind == 0 && shown.starts_with(&before.shown()) => {
                out.push_str(&shown[before.shown().len()..].replace('\n', "\r\n"));
            }
            Some(before)
                if before.behind == 0 && input.behind == 0 && is_one_less(before, &input, columns) =>
            {
                let gone = plain_width(&before.text[input.text.len()..]);
                out.push_str(&"\u{8}".repeat(gone));
                out.push_str(&" ".repeat(gone));
                out.push_str(&"\u{8}".repeat(gone));
            }
            before => {
                if let Some(before) = before {
                    out.push_str(if before.fits(columns) { "\r\u{1b}[K" } else { "\r\n" });
                    if !before.fits(columns) && input.text.is_empty() {
                        self.echoed = Some(before.shown());
                    }
                }
                out.push_str(&shown.replace('\n', "\r\n"));
                if input.fits(columns) {
                    out.push_str(&"\u{8}".repeat(input.behind));
                }
            }
        }
        self.input = Some(input);
    }
}

/// Whether one character at the end is gone, on a line that fits.
fn is_one_less(before: &InputLine, input: &InputLine, columns: usize) -> bool {
    before.prompt == input.prompt
        && before.fits(columns)
        && before.text.strip_prefix(&input.text).is_some_and(|gone| gone.graphemes(true).count() == 1)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn typed(text: &str, behind: usize) -> Option<InputLine> {
        Some(InputLine { prompt: "You: ".to_owned(), text: text.to_owned(), behind })
    }

    #[test]
    fn only_what_changes_of_the_line_is_written() {
        let mut painter = LinearPainter::default();
        assert_eq!(painter.paint(Vec::new(), typed("", 0), 20), "You: ");
        assert_eq!(painter.paint(Vec::new(), typed("ab", 0), 20), "ab");
        assert_eq!(painter.paint(Vec::new(), typed("ab你", 0), 20), "你");
        assert_eq!(painter.paint(Vec::new(), typed("ab", 0), 20), "\u{8}\u{8}  \u{8}\u{8}");
        assert_eq!(painter.paint(Vec::new(), typed("ab", 0), 20), "");
        assert_eq!(painter.paint(Vec::new(), typed("ab", 1), 20), "\r\u{1b}[KYou: ab\u{8}");
        let said = vec![vec!["Note: x".to_owned()]];
        assert_eq!(painter.paint(said, typed("ab", 0), 20), "\r\u{1b}[KNote: x\r\nYou: ab");
        assert_eq!(painter.paint(Vec::new(), None, 20), "\r\u{1b}[K");
    }

    #[test]
    fn a_long_draft_that_was_sent_is_not_said_twice() {
        let mut painter = LinearPainter::default();
        let draft = typed("one\ntwo", 0);
        assert_eq!(painter.paint(Vec::new(), draft, 20), "You: one\r\ntwo");
        let block = vec!["You: one".to_owned(), "two".to_owned()];
        assert_eq!(painter.paint(vec![block], None, 20), "\r\n");
    }
}
