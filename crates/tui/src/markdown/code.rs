//! Code blocks: fences at the top of a document, and their lines in colours.
//! Invariant: a line looks the same whether it is rendered as it comes or with the whole block.

use std::borrow::Cow;
use std::ops::Range;

use super::flow::{Breaks, flow};
use super::look::{MdLine, MdLook, MdSpan, Role};
use crate::code::Highlighter;
use crate::text::clean_text;

/// Columns before the lines of a code block (tui.md §6).
pub(super) const CODE_INDENT: usize = 2;

/// Tab stops of the block structure, by the specification of CommonMark.
const TAB_COLUMNS: usize = 4;

/// Bigger blocks are not highlighted.
const HIGHLIGHT_BYTES_MAX: usize = 256 * 1024;

/// Reads a block's lines, first to last, each once.
#[derive(Debug, Clone)]
pub(super) struct Painter {
    indent: usize,
    highlighter: Option<Highlighter>,
    /// What may still be highlighted.
    left: usize,
}

impl Painter {
    /// For the language of a fence; without one nothing is highlighted.
    pub(super) fn new(language: &str, indent: usize) -> Self {
        Self { indent, highlighter: Highlighter::of_name(language), left: HIGHLIGHT_BYTES_MAX }
    }

    /// The next line, broken where it is wider than the screen.
    pub(super) fn line(&mut self, line: &str, room: usize) -> Vec<MdLine> {
        let text = clean_text(line);
        self.left = self.left.saturating_sub(text.len());
        let Some(highlighter) = self.highlighter.as_mut().filter(|_| self.left > 0) else {
            return indented(&[MdSpan::new(text, code_look())], room, self.indent);
        };
        let runs = highlighter.line(&text).into_iter();
        let spans: Vec<MdSpan> =
            runs.map(|run| MdSpan::new(&text[run.bytes], MdLook::of(Role::Syntax(run.look)))).collect();
        indented(&spans, room, self.indent)
    }
}

/// The lines of a code block that fit `room`, indent included.
pub(super) fn code_lines(language: &str, code: &str, room: usize, indent: usize) -> Vec<MdLine> {
    let code = code.strip_suffix('\n').unwrap_or(code);
    let mut painter = Painter::new(language, indent);
    code.split('\n').flat_map(|line| painter.line(line, room)).collect()
}

fn code_look() -> MdLook {
    MdLook::of(Role::CodeBlock)
}

fn indented(spans: &[MdSpan], room: usize, indent: usize) -> Vec<MdLine> {
    // On a very narrow screen the columns are worth more than the indent.
    let indent = if room > indent * 4 { indent } else { 0 };
    let mut lines = flow(spans, room.saturating_sub(indent), Breaks::Anywhere);
    for line in
        lines.iter_mut().filter(|line| indent > 0 && line.spans.iter().any(|span| !span.text.is_empty()))
    {
        line.spans.insert(0, MdSpan::new(" ".repeat(indent), MdLook::default()));
    }
    lines
}

/// The opening line of a fenced block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence {
    mark: u8,
    length: usize,
    indent: usize,
}

impl Fence {
    /// Reads an opening fence; the rest is the info string.
    pub(super) fn open(line: &str) -> Option<(Self, &str)> {
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        let mark = *body.as_bytes().first().filter(|mark| matches!(mark, b'`' | b'~'))?;
        let length = body.bytes().take_while(|byte| *byte == mark).count();
        let info = body.get(length..)?;
        let fits = indent <= 3 && length >= 3 && !(mark == b'`' && info.contains('`'));
        fits.then_some((Self { mark, length, indent }, info.trim()))
    }

    /// Whether a line closes this block.
    pub(super) fn closes(self, line: &str) -> bool {
        let body = line.trim_start_matches(' ');
        let marks = body.bytes().take_while(|byte| *byte == self.mark).count();
        line.len() - body.len() <= 3
            && marks >= self.length
            && body.get(marks..).is_some_and(|rest| rest.trim_matches([' ', '\t']).is_empty())
    }

    /// A line of the block without the indent that the fence has. Of a tab that reaches beyond it the rest stays.
    pub(super) fn content(self, line: &str) -> Cow<'_, str> {
        let mut columns = 0;
        for (at, byte) in line.bytes().enumerate() {
            if columns >= self.indent || !matches!(byte, b' ' | b'\t') {
                return line
                    .get(at..)
                    .map_or(Cow::Borrowed(""), |rest| padded(columns - self.indent.min(columns), rest));
            }
            columns += if byte == b'\t' { TAB_COLUMNS - columns % TAB_COLUMNS } else { 1 };
        }
        padded(columns.saturating_sub(self.indent), "")
    }
}

fn padded(blanks: usize, rest: &str) -> Cow<'_, str> {
    if blanks == 0 { Cow::Borrowed(rest) } else { Cow::Owned(" ".repeat(blanks) + rest) }
}

/// The first word of an info string.
pub(super) fn language(info: &str) -> &str {
    info.split([' ', '\t', ',', '{']).next().unwrap_or_default()
}

/// A fenced block that a text begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fenced<'a> {
    pub(super) language: &'a str,
    pub(super) fence: Fence,
    /// The lines between the fences.
    pub(super) body: Range<usize>,
    /// Behind the closing line; none while it is missing.
    pub(super) end: Option<usize>,
}

impl<'a> Fenced<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let first = text.split('\n').next()?;
        let (fence, info) = Fence::open(first)?;
        let start = (first.len() + 1).min(text.len());
        let (body_end, end) = Self::close(text, start, fence);
        Some(Self { language: language(info), fence, body: start..body_end, end })
    }

    /// Looks for the closing line from a line start on.
    pub(super) fn close(text: &str, from: usize, fence: Fence) -> (usize, Option<usize>) {
        let mut at = from;
        for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
            if fence.closes(line.trim_end_matches('\n')) {
                return (at, Some(at + line.len()));
            }
            at += line.len();
        }
        (text.len(), None)
    }

    /// The code itself.
    pub(super) fn code(&self, text: &str) -> String {
        let mut code = String::new();
        for line in text.get(self.body.clone()).unwrap_or_default().split_inclusive('\n') {
            code.push_str(&self.fence.content(line));
        }
        code
    }
}
