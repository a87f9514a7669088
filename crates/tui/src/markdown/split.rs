//! A document as chunks that can be rendered one by one: blocks, items of lists at the top, fenced code.
//! Invariant: where a chunk ends depends only on the complete lines up to the start of the next one, so that a
//! document that streams in is split like one that is there.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, Parser, Tag, TextMergeStream};

use super::code::{Fenced, code_lines};
use super::look::MdLine;
use super::writer::{Layout, Writer, options};

/// A part of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) range: Range<usize>,
    pub(super) kind: ChunkKind,
    /// A blank line parts it from the chunk before.
    pub(super) gap: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkKind {
    Block,
    /// An item of a list at the top; its number when it has one.
    Item(Option<u64>),
    /// Fenced code at the top.
    Code,
}

/// The list that the open part of the document begins in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenList {
    /// The number of the next item.
    pub(super) ordinal: Option<u64>,
    /// Whether a blank line parts that item from what is before it.
    pub(super) gap: bool,
}

/// Definitions of link labels; the first of a label counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    urls: HashMap<String, String>,
}

impl Labels {
    /// Adds a definition; the label when it is new.
    pub(super) fn define(&mut self, label: &str, url: &str) -> Option<String> {
        let label = normal(label);
        if self.urls.contains_key(&label) {
            return None;
        }
        self.urls.insert(label.clone(), url.to_owned());
        Some(label)
    }
}

fn normal(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What a look at a part of the document found.
#[derive(Debug, Default)]
pub(super) struct Split {
    pub(super) chunks: Vec<Chunk>,
    /// Definitions: place, label, address.
    pub(super) labels: Vec<(usize, String, String)>,
}

/// Splits `text` from `start` on; `list` when that is in the middle of a list.
pub(super) fn split(text: &str, start: usize, list: Option<OpenList>) -> Split {
    let tail = text.get(start..).unwrap_or_default();
    let parser = Parser::new_ext(tail, options());
    let mut labels: Vec<(usize, String, String)> = parser
        .reference_definitions()
        .iter()
        .map(|(label, found)| (start + found.span.start, label.to_owned(), found.dest.to_string()))
        .collect();
    labels.sort();
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut depth = 0_usize;
    let mut ordinal = None;
    let mut first_item = true;
    for (event, range) in parser.into_offset_iter() {
        let chunk = match &event {
            Event::Start(Tag::List(number)) if depth == 0 => {
                let continued = list.filter(|_| chunks.is_empty());
                ordinal = continued.map_or(*number, |open| open.ordinal);
                first_item = continued.is_none_or(|open| open.gap);
                None
            }
            Event::Start(Tag::Item) if depth == 1 => {
                let parted = std::mem::take(&mut first_item);
                let item = ChunkKind::Item(ordinal);
                ordinal = ordinal.map(|number| number.saturating_add(1));
                Some((item, parted))
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if depth == 0 => {
                Some((ChunkKind::Code, true))
            }
            Event::End(_) => None,
            _ if depth == 0 => Some((ChunkKind::Block, true)),
            _ => None,
        };
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        let Some((kind, parted)) = chunk else { continue };
        let at = line_start(text, start + range.start).max(start);
        match chunks.last_mut() {
            Some(last) if last.range.start == at => continue,
            Some(last) => last.range.end = at,
            None => {}
        }
        chunks.push(Chunk { range: at..text.len(), kind, gap: parted || blank_before(text, at) });
    }
    Split { chunks, labels }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

/// Whether the line before a line start is blank.
fn blank_before(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let before = before.strip_suffix('\n').unwrap_or(before);
    before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty())
}

/// A chunk on the screen.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) lines: Vec<MdLine>,
    /// Labels that it uses and nobody has defined yet.
    pub(super) wanted: HashSet<String>,
}

/// Renders one chunk.
pub(super) fn render_chunk(text: &str, chunk: &Chunk, labels: &Labels, layout: &Layout) -> Rendered {
    let source = text.get(chunk.range.clone()).unwrap_or_default();
    if chunk.kind == ChunkKind::Code
        && let Some(fenced) = Fenced::read(source)
    {
        let lines = code_lines(fenced.language, &fenced.code(source), layout.room(), layout.code_indent);
        return Rendered { lines, wanted: HashSet::new() };
    }
    let ordinal = match chunk.kind {
        ChunkKind::Item(ordinal) => ordinal,
        ChunkKind::Block | ChunkKind::Code => None,
    };
    let mut wanted = HashSet::new();
    let mut lookup = |link: BrokenLink<'_>| {
        let label = normal(&link.reference);
        match labels.urls.get(&label) {
            Some(url) => Some((CowStr::from(url.clone()), CowStr::from(""))),
            None => {
                wanted.insert(label);
                None
            }
        }
    };
    let mut writer = Writer::new(layout, ordinal);
    let parser = Parser::new_with_broken_link_callback(source, options(), Some(&mut lookup));
    for event in TextMergeStream::new(parser) {
        writer.event(event);
    }
    Rendered { lines: writer.finish(), wanted }
}
