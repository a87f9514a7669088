//! From the events of the Markdown parser to lines: one chunk of a document at a time.
//! Invariant: no recursion, so that no nesting can exhaust the stack; prefixes take at most half the width.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Tag, TagEnd};

use super::code::{CODE_INDENT, code_lines, language};
use super::flow::{Breaks, columns, flow};
use super::inline::{Emphasis, Inline, LinkUrls};
use super::look::{MdLine, MdLook, MdSpan, Role};
use super::table::Table;

/// How Markdown is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Columns of the screen; every line fits.
    pub(crate) width: u16,
    pub(crate) urls: LinkUrls,
    /// Columns before the lines of a code block.
    pub(crate) code_indent: usize,
}

impl Layout {
    pub(crate) fn of_width(width: u16) -> Self {
        Self { width, urls: LinkUrls::default(), code_indent: CODE_INDENT }
    }

    pub(super) fn room(&self) -> usize {
        usize::from(self.width.max(1))
    }
}

/// The syntax that is understood: CommonMark with tables, strikethrough and task lists.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

#[derive(Debug)]
enum Container {
    Quote,
    Item {
        marker: String,
        /// The marker is on the screen.
        shown: bool,
    },
}

#[derive(Debug, Clone, Copy)]
struct List {
    ordinal: Option<u64>,
    first: bool,
    /// Items are parted by blank lines.
    loose: bool,
}

/// Renders the events of one chunk.
pub(super) struct Writer<'a> {
    layout: &'a Layout,
    lines: Vec<MdLine>,
    inline: Inline,
    containers: Vec<Container>,
    lists: Vec<List>,
    /// The number of the first item, when the chunk goes on with a list.
    ordinal: Option<u64>,
    /// A blank line is due before the next block.
    gap: bool,
    code: Option<(String, String)>,
    table: Option<(Table, Vec<Vec<MdSpan>>)>,
    html: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(layout: &'a Layout, ordinal: Option<u64>) -> Self {
        Self {
            layout,
            lines: Vec::new(),
            inline: Inline::default(),
            containers: Vec::new(),
            lists: Vec::new(),
            ordinal,
            gap: false,
            code: None,
            table: None,
            html: false,
        }
    }

    pub(super) fn finish(mut self) -> Vec<MdLine> {
        self.end_text(false);
        self.lines
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.inline.text(&text),
            },
            Event::Code(code) => self.inline.push(&code, Role::Code),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.inline.push(&text, Role::Code),
            Event::Html(html) => self.inline.push(&html, Role::Html),
            Event::InlineHtml(html) => {
                let tag = html.trim_matches(['<', '>', '/', ' ']);
                if tag.eq_ignore_ascii_case("br") {
                    self.inline.text("\n");
                } else {
                    self.inline.push(&html, Role::Html);
                }
            }
            Event::FootnoteReference(label) => self.inline.text(&label),
            Event::SoftBreak => self.inline.text(" "),
            Event::HardBreak => self.inline.text("\n"),
            Event::Rule => {
                self.emit(&[MdSpan::new("———", MdLook::of(Role::Rule))], Breaks::Anywhere);
                self.gap = true;
            }
            Event::TaskListMarker(true) => self.inline.push("[x] ", Role::TaskDone),
            Event::TaskListMarker(false) => self.inline.push("[ ] ", Role::TaskOpen),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => {
                if let (Some(list), Some(Container::Item { .. })) =
                    (self.lists.last_mut(), self.containers.last())
                {
                    list.loose = true;
                }
            }
            Tag::Heading { level, .. } => {
                self.end_text(false);
                self.inline.base = match level {
                    HeadingLevel::H1 => Role::Title,
                    HeadingLevel::H2 => Role::Section,
                    _ => Role::Heading,
                };
            }
            Tag::BlockQuote(_) => {
                self.end_text(false);
                self.open_gap();
                self.containers.push(Container::Quote);
                self.inline.base = Role::Quote;
            }
            Tag::CodeBlock(kind) => {
                self.end_text(false);
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => language(info).to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::HtmlBlock => {
                self.end_text(false);
                self.html = true;
            }
            Tag::List(start) => {
                self.end_text(false);
                let ordinal = match (start, self.lists.is_empty(), self.ordinal.take()) {
                    (Some(_), true, Some(continued)) => Some(continued),
                    (start, _, _) => start,
                };
                self.lists.push(List { ordinal, first: true, loose: false });
            }
            Tag::Item => self.start_item(),
            Tag::Table(alignments) => {
                self.end_text(false);
                self.table = Some((Table { alignments, ..Table::default() }, Vec::new()));
            }
            Tag::TableHead => self.inline.base = Role::TableHead,
            Tag::Emphasis => self.inline.begin(Emphasis::Italic),
            Tag::Strong => self.inline.begin(Emphasis::Bold),
            Tag::Strikethrough => self.inline.begin(Emphasis::Strike),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.inline.begin_link(&dest_url),
            _ => {}
        }
    }

    fn start_item(&mut self) {
        self.end_text(false);
        let Some(list) = self.lists.last_mut() else { return };
        if !list.first {
            self.gap = list.loose;
        }
        list.first = false;
        let marker = match &mut list.ordinal {
            None => "- ".to_owned(),
            Some(number) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
        };
        self.open_gap();
        self.containers.push(Container::Item { marker, shown: false });
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.end_text(true),
            TagEnd::Heading(_) => {
                self.end_text(true);
                self.inline.base = self.base();
            }
            TagEnd::BlockQuote(_) => {
                self.end_text(false);
                self.containers.pop();
                self.inline.base = self.base();
                self.gap = true;
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => {
                self.html = false;
                self.end_text(true);
            }
            TagEnd::List(_) => {
                self.end_text(false);
                self.lists.pop();
                self.gap = true;
            }
            TagEnd::Item => {
                self.end_text(false);
                if let Some(Container::Item { shown: false, .. }) = self.containers.last() {
                    self.emit(&[], Breaks::Words);
                }
                self.containers.pop();
            }
            TagEnd::TableCell => {
                let cell = self.inline.take();
                if let Some((_, row)) = &mut self.table {
                    row.push(cell);
                }
            }
            TagEnd::TableHead => {
                self.inline.base = self.base();
                if let Some((table, row)) = &mut self.table {
                    table.head = std::mem::take(row);
                }
            }
            TagEnd::TableRow => {
                if let Some((table, row)) = &mut self.table {
                    table.rows.push(std::mem::take(row));
                }
            }
            TagEnd::Table => {
                if let Some((table, _)) = self.table.take() {
                    self.emit_block(|room| table.lines(room));
                }
            }
            TagEnd::Emphasis => self.inline.end(Emphasis::Italic),
            TagEnd::Strong => self.inline.end(Emphasis::Bold),
            TagEnd::Strikethrough => self.inline.end(Emphasis::Strike),
            TagEnd::Link | TagEnd::Image => self.inline.end_link(self.layout.urls),
            _ => {}
        }
    }

    /// What plain text is in the present containers.
    fn base(&self) -> Role {
        let quoted = self.containers.iter().any(|container| matches!(container, Container::Quote));
        if quoted { Role::Quote } else { Role::Text }
    }

    fn end_code(&mut self) {
        let Some((language, code)) = self.code.take() else { return };
        let indent = self.layout.code_indent;
        self.emit_block(|room| code_lines(&language, &code, room, indent));
    }

    /// Writes the collected text. A paragraph is followed by a blank line, the bare text of a tight item is not.
    fn end_text(&mut self, gap: bool) {
        if self.inline.is_empty() || self.table.is_some() {
            return;
        }
        let mut spans = self.inline.take();
        if let Some(last) = spans.last_mut().filter(|last| last.look.role == Role::Html) {
            let kept = last.text.trim_end_matches('\n').len();
            last.text.truncate(kept);
        }
        let breaks = if self.html { Breaks::Anywhere } else { Breaks::Words };
        self.emit(&spans, breaks);
        self.gap = gap;
    }

    /// Writes the blank line that is due.
    fn open_gap(&mut self) {
        if std::mem::take(&mut self.gap) && !self.lines.is_empty() {
            let (mut prefix, _) = self.rest_prefix();
            super::flow::trim_end(&mut prefix);
            self.lines.push(prefix);
        }
    }

    /// Writes text with the prefixes of its containers.
    fn emit(&mut self, spans: &[MdSpan], breaks: Breaks) {
        self.open_gap();
        let prefixes = self.prefixes();
        let room = self.layout.room().saturating_sub(prefixes.columns);
        let mut all = prefixes.squeezed_out.clone();
        all.extend(spans.iter().cloned());
        let lines = flow(&all, room, breaks);
        self.push_lines(lines, &prefixes);
    }

    /// Writes the lines that something makes of the room it is given.
    fn emit_block(&mut self, lines: impl FnOnce(usize) -> Vec<MdLine>) {
        self.open_gap();
        let prefixes = self.prefixes();
        if !prefixes.squeezed_out.is_empty() {
            let markers = flow(&prefixes.squeezed_out, self.layout.room(), Breaks::Words);
            self.lines.extend(markers);
        }
        let room = self.layout.room().saturating_sub(prefixes.columns);
        self.push_lines(lines(room), &prefixes);
        self.gap = true;
    }

    fn push_lines(&mut self, lines: Vec<MdLine>, prefixes: &Prefixes) {
        for (index, line) in lines.into_iter().enumerate() {
            let mut out = if index == 0 { prefixes.first.clone() } else { prefixes.rest.clone() };
            if line.spans.is_empty() {
                super::flow::trim_end(&mut out);
            }
            for span in line.spans {
                out.push(&span.text.clone(), &span);
            }
            self.lines.push(out);
        }
    }

    fn rest_prefix(&self) -> (MdLine, usize) {
        let mut line = MdLine::default();
        let mut used = 0;
        for container in self.fitting() {
            let (text, look) = match container {
                Container::Quote => ("> ".to_owned(), MdLook::of(Role::Quote)),
                Container::Item { marker, .. } => (" ".repeat(columns(marker)), MdLook::default()),
            };
            used += columns(&text);
            line.push(&text, &MdSpan::new("", look));
        }
        (line, used)
    }

    /// The innermost containers whose prefixes take at most half the width.
    fn fitting(&self) -> &[Container] {
        let room = self.layout.room() / 2;
        let mut used = 0;
        let mut from = self.containers.len();
        for (index, container) in self.containers.iter().enumerate().rev() {
            used += match container {
                Container::Quote => 2,
                Container::Item { marker, .. } => columns(marker),
            };
            if used > room {
                break;
            }
            from = index;
        }
        self.containers.get(from..).unwrap_or_default()
    }

    /// The prefixes of a block that begins now; its markers count as shown.
    fn prefixes(&mut self) -> Prefixes {
        let (rest, columns_used) = self.rest_prefix();
        let fitting = self.fitting().len();
        let from = self.containers.len() - fitting;
        let mut prefixes =
            Prefixes { first: MdLine::default(), rest, columns: columns_used, squeezed_out: Vec::new() };
        for (index, container) in self.containers.iter_mut().enumerate() {
            let (text, look) = match container {
                Container::Quote => ("> ".to_owned(), MdLook::of(Role::Quote)),
                Container::Item { shown: true, marker } => (" ".repeat(columns(marker)), MdLook::default()),
                Container::Item { shown, marker } => {
                    *shown = true;
                    if index < from {
                        prefixes.squeezed_out.push(MdSpan::new(marker.clone(), MdLook::of(Role::Marker)));
                        continue;
                    }
                    (marker.clone(), MdLook::of(Role::Marker))
                }
            };
            if index >= from {
                prefixes.first.push(&text, &MdSpan::new("", look));
            }
        }
        prefixes
    }
}

/// What stands before the lines of a block.
struct Prefixes {
    first: MdLine,
    rest: MdLine,
    columns: usize,
    /// Markers of containers for which there was no room: they lead the text.
    squeezed_out: Vec<MdSpan>,
}
