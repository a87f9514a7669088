//! Markdown that streams in: finished chunks are rendered once, only the open one again.
//! Invariant: after `finish` the lines are those of `render` on the whole text, however it was cut into deltas.

use std::borrow::Cow;
use std::collections::HashSet;

use super::code::{Fence, Painter, language};
use super::look::MdLine;
use super::split::{Chunk, ChunkKind, Labels, OpenList, Rendered, Split, render_chunk, split};
use super::writer::Layout;

/// Up to this size a chunk is looked at with every line, then each time that it has grown by a fourth.
const SMALL_CHUNK_BYTES_MAX: usize = 1_024;

/// How much was rendered, for tests and benches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) chunks: usize,
    pub(crate) bytes: usize,
}

#[derive(Debug)]
struct Finished {
    chunk: Chunk,
    /// Lines of it in `finished`, the blank line before it included.
    lines: usize,
    wanted: HashSet<String>,
}

/// A code block that is still being written: its lines are rendered as they are completed.
#[derive(Debug)]
struct OpenCode {
    fence: Fence,
    language: String,
    /// Has read the lines that stay.
    painter: Painter,
    gap: bool,
    /// Start of the first line that is not in `open` for good.
    at: usize,
    /// Lines of `open` that stay.
    kept: usize,
}

/// A document that grows at its end.
#[derive(Debug)]
pub(crate) struct StreamingMarkdown {
    layout: Layout,
    source: String,
    /// The last delta ended in a carriage return, whose line feed may follow.
    after_cr: bool,
    /// Start of the open chunk, and the list it belongs to.
    done: usize,
    list: Option<OpenList>,
    /// Where finished chunks were looked for the last time.
    tried: usize,
    chunks: Vec<Finished>,
    finished: Vec<MdLine>,
    open: Vec<MdLine>,
    code: Option<OpenCode>,
    labels: Labels,
    ended: bool,
    fresh: bool,
    generation: u64,
    work: Work,
}

/// Renders a whole document.
pub(crate) fn render(text: &str, layout: &Layout) -> Vec<MdLine> {
    let mut markdown = StreamingMarkdown::new(*layout);
    markdown.push(text);
    markdown.finish();
    markdown.finished
}

impl StreamingMarkdown {
    pub(crate) fn new(layout: Layout) -> Self {
        Self {
            layout,
            source: String::new(),
            after_cr: false,
            done: 0,
            list: None,
            tried: 0,
            chunks: Vec::new(),
            finished: Vec::new(),
            open: Vec::new(),
            code: None,
            labels: Labels::default(),
            ended: false,
            fresh: true,
            generation: 0,
            work: Work::default(),
        }
    }

    /// Appends text; cheap. `update` renders it.
    pub(crate) fn push(&mut self, delta: &str) {
        if self.ended || delta.is_empty() {
            return;
        }
        let delta = if self.after_cr { delta.strip_prefix('\n').unwrap_or(delta) } else { delta };
        self.after_cr = delta.ends_with('\r');
        if delta.contains('\r') {
            self.source.push_str(&delta.replace("\r\n", "\n").replace('\r', "\n"));
        } else {
            self.source.push_str(delta);
        }
        self.fresh = false;
    }

    /// Renders what came since the last time. Once a frame is enough.
    pub(crate) fn update(&mut self) {
        if self.fresh {
            return;
        }
        self.fresh = true;
        self.commit_lines();
        if self.code.is_some() {
            self.show_code_tail();
        } else {
            self.show_open();
        }
    }

    /// The text is complete.
    pub(crate) fn finish(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.fresh = true;
        self.commit_lines();
        if let Some(code) = self.code.take() {
            self.commit(Chunk { range: self.done..self.source.len(), kind: ChunkKind::Code, gap: code.gap });
        } else {
            let Split { chunks, labels } = split(&self.source, self.done, self.list);
            for chunk in chunks {
                self.commit(chunk);
            }
            self.define(labels, self.source.len());
        }
        self.done = self.source.len();
        self.open.clear();
    }

    /// Lays everything out again at another width.
    pub(crate) fn set_width(&mut self, width: u16) {
        if self.layout.width == width {
            return;
        }
        self.layout.width = width;
        self.generation += 1;
        self.finished.clear();
        for finished in std::mem::take(&mut self.chunks) {
            self.commit(finished.chunk);
        }
        self.open.clear();
        if let Some(code) = &mut self.code {
            code.at = self.done;
            code.kept = 0;
            self.reopen_code();
        }
        if !self.ended {
            self.fresh = false;
            self.update();
        }
    }

    /// The text so far, with line feeds as line ends.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Lines that stay as they are, as long as `generation` does.
    pub(crate) fn finished(&self) -> &[MdLine] {
        &self.finished
    }

    /// Lines of what is still being written, as of the last `update`.
    pub(crate) fn open(&self) -> &[MdLine] {
        &self.open
    }

    /// All lines.
    #[cfg(test)]
    pub(crate) fn lines(&self) -> impl Iterator<Item = &MdLine> {
        self.finished.iter().chain(&self.open)
    }

    /// Changes when finished lines were rendered again: another width, or a link whose address came late.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    #[cfg(test)]
    pub(crate) fn work(&self) -> Work {
        self.work
    }

    /// Finishes every chunk that no further line can change.
    fn commit_lines(&mut self) {
        let complete = self.source.rfind('\n').map_or(0, |at| at + 1);
        loop {
            if self.code.is_some() {
                if !self.take_code_lines(complete) {
                    return;
                }
                continue;
            }
            let Some(end) = self.next_try(complete) else { return };
            self.tried = end;
            let lines = self.source.get(..end).unwrap_or_default();
            let Split { mut chunks, labels } = split(lines, self.done, self.list);
            let Some(last) = chunks.pop() else { continue };
            for chunk in chunks {
                self.commit(chunk);
            }
            self.done = last.range.start;
            self.define(labels, last.range.start);
            self.list = match last.kind {
                ChunkKind::Item(ordinal) => Some(OpenList { ordinal, gap: last.gap }),
                ChunkKind::Block | ChunkKind::Code => None,
            };
            if last.kind == ChunkKind::Code {
                self.open_code(last.gap);
            }
        }
    }

    /// The next line end at which to look for finished chunks. It depends on the text alone and never on how the
    /// text was cut, so that quirks of the parser cannot tell a stream from a whole. In a chunk that grows long
    /// the looks become rarer, so that all of them together cost no more than a few times the text.
    fn next_try(&self, complete: usize) -> Option<usize> {
        let size = self.tried.saturating_sub(self.done);
        let from = self.tried + if size > SMALL_CHUNK_BYTES_MAX { size / 4 } else { 0 };
        let lines = self.source.as_bytes().get(from..complete)?;
        lines.iter().position(|byte| *byte == b'\n').map(|at| from + at + 1)
    }

    /// The open chunk is fenced code from now on.
    fn open_code(&mut self, gap: bool) {
        let tail = self.source.get(self.done..).unwrap_or_default();
        if let Some((fence, info)) = tail.split('\n').next().and_then(Fence::open) {
            let language = language(info).to_owned();
            let painter = Painter::new(&language, self.layout.code_indent);
            self.code = Some(OpenCode { fence, language, painter, gap, at: self.done, kept: 0 });
            self.reopen_code();
        }
    }

    /// Begins the lines of the open code block anew, behind its opening line; the caller goes on with them.
    fn reopen_code(&mut self) {
        let Some(code) = &mut self.code else { return };
        let tail = self.source.get(self.done..).unwrap_or_default();
        code.at = self.done + tail.find('\n').map_or(tail.len(), |at| at + 1);
        code.painter = Painter::new(&code.language, self.layout.code_indent);
        self.open.clear();
        if code.gap && !self.finished.is_empty() {
            self.open.push(MdLine::default());
        }
        code.kept = self.open.len();
    }

    /// Renders complete lines of the open code block; true when the block is closed.
    fn take_code_lines(&mut self, complete: usize) -> bool {
        let Some(code) = &mut self.code else { return false };
        self.open.truncate(code.kept);
        let lines = self.source.get(code.at..complete).unwrap_or_default();
        let mut closed = None;
        for line in lines.split_inclusive('\n') {
            let end = code.at + line.len();
            let text = line.trim_end_matches('\n');
            if code.fence.closes(text) {
                closed = Some((end, code.gap));
                break;
            }
            self.open.extend(code.painter.line(&code.fence.content(text), self.layout.room()));
            self.work.bytes += line.len();
            code.at = end;
            code.kept = self.open.len();
        }
        let Some((end, gap)) = closed else { return false };
        self.code = None;
        self.commit_code(Chunk { range: self.done..end, kind: ChunkKind::Code, gap });
        self.done = end;
        self.tried = end;
        self.list = None;
        true
    }

    /// The unfinished last line of the open code block.
    fn show_code_tail(&mut self) {
        let Some(code) = &self.code else { return };
        self.open.truncate(code.kept);
        let line = self.source.get(code.at..).unwrap_or_default();
        // What may become the closing fence is not shown as code for a moment.
        if !line.is_empty() && !line.trim().chars().all(|c| matches!(c, '`' | '~')) {
            let mut painter = code.painter.clone();
            self.open.extend(painter.line(&code.fence.content(line), self.layout.room()));
            self.work.bytes += line.len();
        }
    }

    /// Renders the open chunk, which may look like several until its end is known.
    fn show_open(&mut self) {
        self.open.clear();
        let layout = self.layout;
        let Split { chunks, labels } = split(&self.source, self.done, self.list);
        let mut known = Cow::Borrowed(&self.labels);
        for (_, label, url) in labels {
            known.to_mut().define(&label, &url);
        }
        for chunk in chunks {
            let Rendered { lines, .. } = render_chunk(&self.source, &chunk, &known, &layout);
            self.work.chunks += 1;
            self.work.bytes += chunk.range.len();
            if chunk.gap && !lines.is_empty() && !(self.finished.is_empty() && self.open.is_empty()) {
                self.open.push(MdLine::default());
            }
            self.open.extend(lines);
        }
    }

    /// Renders a chunk for good.
    fn commit(&mut self, chunk: Chunk) {
        let Rendered { lines, wanted } = render_chunk(&self.source, &chunk, &self.labels, &self.layout);
        self.work.chunks += 1;
        self.work.bytes += chunk.range.len();
        let before = self.finished.len();
        if chunk.gap && !lines.is_empty() && before > 0 {
            self.finished.push(MdLine::default());
        }
        self.finished.extend(lines);
        self.chunks.push(Finished { chunk, lines: self.finished.len() - before, wanted });
    }

    /// Takes over the lines of a code block that was closed; an empty block has one that was not shown yet.
    fn commit_code(&mut self, chunk: Chunk) {
        let gap = usize::from(chunk.gap && !self.finished.is_empty());
        if self.open.len() <= gap {
            self.open.clear();
            return self.commit(chunk);
        }
        let lines = self.open.len();
        self.finished.append(&mut self.open);
        self.chunks.push(Finished { chunk, lines, wanted: HashSet::new() });
    }

    /// Takes up definitions that stand before `end`, and renders finished chunks that waited for one.
    fn define(&mut self, labels: Vec<(usize, String, String)>, end: usize) {
        let before = labels.into_iter().filter(|(at, _, _)| *at < end);
        let mut new = Vec::new();
        for (_, label, url) in before {
            new.extend(self.labels.define(&label, &url));
        }
        if new.is_empty() {
            return;
        }
        let mut at = 0;
        for finished in &mut self.chunks {
            if new.iter().any(|label| finished.wanted.contains(label)) {
                let Rendered { mut lines, wanted } =
                    render_chunk(&self.source, &finished.chunk, &self.labels, &self.layout);
                self.work.chunks += 1;
                self.work.bytes += finished.chunk.range.len();
                if finished.chunk.gap && !lines.is_empty() && at > 0 {
                    lines.insert(0, MdLine::default());
                }
                finished.wanted = wanted;
                let count = lines.len();
                self.finished.splice(at..at + finished.lines, lines);
                finished.lines = count;
                self.generation += 1;
            }
            at += finished.lines;
        }
    }
}
