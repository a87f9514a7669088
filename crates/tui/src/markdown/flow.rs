//! Breaking styled text into lines of a width.
//! Invariant: no line is wider than its room, except that one grapheme always fits.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use super::look::{MdLine, MdSpan};

/// Columns of a text, as the screen counts them. The text has no control characters but line feeds.
pub(super) fn columns(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return text.len();
    }
    text.graphemes(true).map(grapheme_columns).sum()
}

fn grapheme_columns(grapheme: &str) -> usize {
    if grapheme == "\n" { 0 } else { usize::from(grapheme.cell_width()) }
}

/// Where lines may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// At blanks and beside wide characters; inside words that are wider than a line.
    Words,
    /// Anywhere; blanks stay, as code needs it.
    Anywhere,
}

/// Breaks spans into lines of at most `room` columns. Line feeds in the text break too.
pub(super) fn flow(spans: &[MdSpan], room: usize, breaks: Breaks) -> Vec<MdLine> {
    let mut flow =
        Flow { room: room.max(1), breaks, lines: Vec::new(), line: MdLine::default(), x: 0, soft: false };
    let mut word: Vec<(&str, &MdSpan, usize)> = Vec::new();
    for span in spans {
        for grapheme in span.text.graphemes(true) {
            let width = grapheme_columns(grapheme);
            match grapheme {
                "\n" => {
                    flow.word(&mut word);
                    flow.end_line(false);
                }
                " " if breaks == Breaks::Words => {
                    flow.word(&mut word);
                    flow.blank(span);
                }
                _ => {
                    // Wide characters may part from what is before and after them.
                    if width > 1 || breaks == Breaks::Anywhere {
                        flow.word(&mut word);
                    }
                    word.push((grapheme, span, width));
                    if width > 1 {
                        flow.word(&mut word);
                    }
                }
            }
        }
    }
    flow.word(&mut word);
    flow.end_line(false);
    flow.lines
}

struct Flow {
    room: usize,
    breaks: Breaks,
    lines: Vec<MdLine>,
    line: MdLine,
    x: usize,
    /// The line began because the one before was full: blanks at its start are dropped.
    soft: bool,
}

impl Flow {
    fn word(&mut self, word: &mut Vec<(&str, &MdSpan, usize)>) {
        let width: usize = word.iter().map(|(_, _, width)| width).sum();
        if self.x > 0 && self.x + width > self.room {
            self.end_line(true);
        }
        for (grapheme, span, width) in word.drain(..) {
            if self.x > 0 && self.x + width > self.room {
                self.end_line(true);
            }
            self.line.push(grapheme, span);
            self.x += width;
        }
    }

    fn blank(&mut self, span: &MdSpan) {
        if self.x == 0 && self.soft {
            return;
        }
        if self.x + 1 > self.room {
            self.end_line(true);
            return;
        }
        self.line.push(" ", span);
        self.x += 1;
    }

    fn end_line(&mut self, soft: bool) {
        let mut line = std::mem::take(&mut self.line);
        if self.breaks == Breaks::Words {
            trim_end(&mut line);
        }
        self.lines.push(line);
        self.x = 0;
        self.soft = soft;
    }
}

/// Drops blanks at the end of a line.
pub(super) fn trim_end(line: &mut MdLine) {
    while let Some(last) = line.spans.last_mut() {
        let kept = last.text.trim_end_matches(' ').len();
        last.text.truncate(kept);
        if kept > 0 {
            return;
        }
        line.spans.pop();
    }
}
