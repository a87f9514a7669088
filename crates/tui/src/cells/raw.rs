//! Cells as text alone: no bullets, no indents, no colours; lines are only broken where the screen ends, so that what a
//! terminal selects is what was written.

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::cell::{Cell, Detail, View};
use crate::text::{clean_output, clean_text};

impl Cell {
    /// The lines of the text.
    pub(super) fn raw_lines(&self, view: View) -> Vec<Line<'static>> {
        let text = match self {
            Self::Said { text, images } => {
                let images = images.iter().map(|image| format!("\n[image] {}", clean_text(image)));
                format!("{}{}", clean_text(text), images.collect::<String>())
            }
            Self::Reply(reply) => clean_text(&reply.source()),
            Self::Thought { text } | Self::Notice { text, .. } => clean_text(text),
            Self::Command(command) => {
                let (script, output) = command.texts();
                format!("$ {}\n{}", clean_text(script.trim()), clean_output(output.trim_end()))
            }
            _ => {
                let full = View { detail: Detail::Full, width: u16::MAX };
                let lines = self.lines(full).into_iter().map(|line| line.to_string());
                let lines = lines.map(|line| line.trim().trim_start_matches(['•', '└']).trim().to_owned());
                lines.collect::<Vec<_>>().join("\n")
            }
        };
        text.trim_end().split('\n').flat_map(|line| broken(line, view.columns())).collect()
    }
}

/// A line in pieces that fit, nothing added and nothing left out.
fn broken(line: &str, columns: usize) -> Vec<Line<'static>> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut used = 0;
    for grapheme in line.graphemes(true) {
        let width = grapheme.width();
        if used > 0 && used + width > columns {
            pieces.push(Line::from(Span::raw(std::mem::take(&mut piece))));
            used = 0;
        }
        piece.push_str(grapheme);
        used += width;
    }
    pieces.push(Line::from(Span::raw(piece)));
    pieces
}
