//! A reply: Markdown that grows while it streams, and only its source once it is done.
//! Invariant: a finished line never changes while `generation` stays the same.

use std::cell::RefCell;

use ratatui::text::{Line, Span};

use super::cell::View;
use crate::look::Look;
use crate::markdown::{Layout, MdLine, MdTheme, StreamingMarkdown, render};
use crate::text::Needle;

/// One reply.
#[derive(Debug)]
pub(crate) struct ReplyCell {
    text: Text,
    /// The final text is not what was streamed.
    replaced: bool,
}

#[derive(Debug)]
enum Text {
    Streaming(Box<RefCell<StreamingMarkdown>>),
    Done(String),
}

/// How much of a reply stands for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) lines: usize,
    pub(crate) generation: u64,
}

impl ReplyCell {
    /// An empty reply that will grow.
    pub(crate) fn streaming(view_width: u16) -> Self {
        Self {
            text: Text::Streaming(Box::new(RefCell::new(StreamingMarkdown::new(layout(view_width))))),
            replaced: false,
        }
    }

    /// A whole reply.
    pub(crate) fn done(source: String) -> Self {
        Self { text: Text::Done(source), replaced: false }
    }

    /// More text.
    pub(crate) fn push(&mut self, delta: &str) {
        match &mut self.text {
            Text::Streaming(stream) => stream.get_mut().push(delta),
            Text::Done(source) => source.push_str(delta),
        }
    }

    /// The Markdown.
    pub(crate) fn source(&self) -> String {
        match &self.text {
            Text::Streaming(stream) => stream.borrow().source().to_owned(),
            Text::Done(source) => source.clone(),
        }
    }

    /// Whether every word may be somewhere in it.
    pub(crate) fn may_hold(&self, needle: &Needle) -> bool {
        match &self.text {
            Text::Streaming(stream) => needle.words_in(stream.borrow().source()),
            Text::Done(source) => needle.words_in(source),
        }
    }

    /// No more text comes.
    pub(crate) fn finish(&mut self) {
        if let Text::Streaming(stream) = &self.text {
            let source = stream.borrow().source().to_owned();
            self.text = Text::Done(source);
        }
    }

    /// The whole text, as the item in its final form says it.
    pub(crate) fn finish_as(&mut self, source: String) {
        self.finish();
        if let Text::Done(streamed) = &mut self.text
            && *streamed != source
        {
            self.replaced = !source.starts_with(streamed.as_str());
            *streamed = source;
        }
    }

    /// Whether lines that stood are not part of the final text.
    pub(crate) fn is_replaced(&self) -> bool {
        self.replaced
    }

    /// The lines that will not change, of a reply still growing.
    pub(crate) fn standing(&self, view: View) -> Option<Standing> {
        let Text::Streaming(stream) = &self.text else { return None };
        let mut stream = stream.borrow_mut();
        stream.set_width(text_width(view.width));
        stream.update();
        Some(Standing { lines: stream.finished().len(), generation: stream.generation() })
    }

    /// All lines.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        self.lines_from(0, view, &mut lines);
        lines
    }

    /// All lines for columns that break none, code without its indent: what a copy is made of.
    pub(crate) fn unbroken(&self, view: View) -> Vec<Line<'static>> {
        let theme = MdTheme::ansi();
        let lines = render(&self.source(), &Layout { code_indent: 0, ..layout(view.width) });
        lines.iter().enumerate().map(|(at, line)| indented(at, line.to_line(&theme))).collect()
    }

    /// The lines from number `from` on.
    pub(crate) fn lines_from(&self, from: usize, view: View, out: &mut Vec<Line<'static>>) {
        let theme = MdTheme::ansi();
        let mut put = |at: usize, line: &MdLine| out.push(indented(at, line.to_line(&theme)));
        match &self.text {
            Text::Done(source) => {
                for (at, line) in render(source, &layout(view.width)).iter().enumerate().skip(from) {
                    put(at, line);
                }
            }
            Text::Streaming(stream) => {
                let mut stream = stream.borrow_mut();
                stream.set_width(text_width(view.width));
                stream.update();
                let finished = stream.finished();
                let standing = finished.len();
                for (at, line) in finished.iter().enumerate().skip(from) {
                    put(at, line);
                }
                for (at, line) in stream.open().iter().enumerate() {
                    if standing + at >= from {
                        put(standing + at, line);
                    }
                }
            }
        }
    }
}

fn layout(view_width: u16) -> Layout {
    Layout::of_width(text_width(view_width))
}

fn text_width(view_width: u16) -> u16 {
    view_width.saturating_sub(2).max(2)
}

/// The line behind its bullet or indent; a blank line stays empty.
fn indented(at: usize, mut line: Line<'static>) -> Line<'static> {
    if at > 0 && line.spans.iter().all(|span| span.content.trim().is_empty()) {
        return Line::default();
    }
    let prefix = if at == 0 { Look::Dim.span("• ") } else { Span::raw("  ") };
    line.spans.insert(0, prefix);
    line
}
