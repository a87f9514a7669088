//! One cell of the transcript and its lines. Sources are kept, lines are made for a width when they are needed.
//! Invariant: `lines` is a pure function of the cell and the view.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::command::CommandCell;
use super::explored::ExploredCell;
use super::patch::PatchCell;
use super::plan::PlanCell;
use super::questions::QuestionsCell;
use super::reply::ReplyCell;
use super::words::elapsed;
use crate::look::Look;
use crate::picture::Picture;
use crate::text::{clean_text, cut, linked, one_line, plain_width, wrap};

/// Columns of the names in a card.
const CARD_NAME_COLUMNS_MAX: usize = 24;

/// Rows of an answered question in short.
const DECIDED_ROWS_MAX: usize = 4;

/// How much of a cell is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Detail {
    /// The gist.
    Compact,
    /// Everything (Ctrl+T).
    Full,
    /// The text alone, as it came: no marks, no indents (Alt+R).
    Raw,
}

/// What shapes a cell's lines besides its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    /// Columns of the screen.
    pub(crate) width: u16,
    /// How much is shown.
    pub(crate) detail: Detail,
}

impl View {
    pub(crate) fn columns(self) -> usize {
        usize::from(self.width).max(1)
    }
}

/// A remark of the program itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    Info,
    Warning,
    Error,
}

/// A table of names and values (`/status`), or of keys and their effect (`/help`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) title: String,
    /// An empty name continues the row above; two empty texts make a blank line.
    pub(crate) rows: Vec<(String, String)>,
}

/// One cell.
#[derive(Debug)]
pub(crate) enum Cell {
    /// Name, version and folder.
    Header { folder: String },
    /// What the person said.
    Said { text: String, images: Vec<String> },
    /// What the model said.
    Reply(ReplyCell),
    /// What the model shows of its thoughts.
    Thought { text: String },
    /// Reads, lists and searches of one burst.
    Explored(ExploredCell),
    /// Any other command.
    Command(CommandCell),
    /// A patch.
    Patch(PatchCell),
    /// The plan.
    Plan(PlanCell),
    /// A search on the web.
    Search { query: String },
    /// An image the model looked at.
    Image {
        path: String,
        /// Opens it where the terminal follows links.
        url: Option<String>,
        /// The pixels, where the terminal shows them.
        picture: Option<Picture>,
    },
    /// An image the person sent with the message above; a blank until it is read.
    Attached { path: String, picture: Option<Picture> },
    /// A form the person answered.
    Questions(QuestionsCell),
    /// What the person answered to a question, what about, and why it was asked.
    Decided { approved: bool, text: String, reason: Option<String> },
    /// A remark.
    Notice { kind: Notice, text: String },
    /// How long a turn took and when it ended.
    TurnEnd { took: Duration, clock: Option<String> },
    /// A card.
    Card(Card),
}

impl Cell {
    /// A remark.
    pub(crate) fn notice(kind: Notice, text: impl Into<String>) -> Self {
        Self::Notice { kind, text: text.into() }
    }

    /// Gives the cell of an image its pixels.
    pub(crate) fn set_picture(&mut self, new: Picture) {
        if let Self::Image { picture, .. } | Self::Attached { picture, .. } = self {
            *picture = Some(new);
        }
    }

    /// The pixels at the end of this cell's lines, if they are there in this view.
    pub(crate) fn picture(&self, view: View) -> Option<&Picture> {
        let (Self::Image { picture, .. } | Self::Attached { picture, .. }) = self else { return None };
        picture.as_ref().filter(|picture| !picture_lines(Some(picture), view).is_empty())
    }

    /// The cell's lines, none wider than the view.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        if view.detail == Detail::Raw {
            return self.raw_lines(view);
        }
        match self {
            Self::Header { folder } => header(folder, view),
            Self::Said { text, images } => said(text, images, view),
            Self::Reply(cell) => cell.lines(view),
            Self::Thought { text } => thought(text, view),
            Self::Explored(cell) => cell.lines(view),
            Self::Command(cell) => cell.lines(view),
            Self::Patch(cell) => cell.lines(view),
            Self::Plan(cell) => cell.lines(view),
            Self::Search { query } => labelled("Searched the web", query, view),
            Self::Image { path, url, picture } => {
                let style = url.as_deref().map_or_else(Style::new, |url| linked(Style::new(), url));
                let spans = [Look::Bold.span("Viewed image "), Span::styled(clean_text(path), style)];
                let mut lines = wrap(&spans, view.columns(), &Look::Dim.span("• "), &Span::raw("  "));
                lines.extend(picture_lines(picture.as_ref(), view));
                lines
            }
            Self::Attached { path, picture } => {
                let lines = picture_lines(picture.as_ref(), view);
                if lines.is_empty() { labelled("Image", path, view) } else { lines }
            }
            Self::Questions(cell) => cell.lines(view),
            Self::Decided { approved, text, reason } => decided(*approved, text, reason.as_deref(), view),
            Self::Notice { kind, text } => notice(*kind, text, view),
            Self::TurnEnd { took, clock } => turn_end(*took, clock.as_deref()),
            Self::Card(card) => card_lines(card, view),
        }
    }
}

/// Only the gist holds pixels: what shows everything shows text, and is drawn on a page of the terminal's that may
/// not know the image.
fn picture_lines(picture: Option<&Picture>, view: View) -> Vec<Line<'static>> {
    match picture {
        Some(picture) if view.detail == Detail::Compact => picture.lines(view.width),
        _ => Vec::new(),
    }
}

fn header(folder: &str, view: View) -> Vec<Line<'static>> {
    let name = Line::from(vec![
        Span::raw("  "),
        Look::Accent.span(">_"),
        Span::raw(" "),
        Look::Bold.span("Codex"),
        Look::Dim.span(format!(" (v{})", env!("CARGO_PKG_VERSION"))),
    ]);
    let folder = cut(&one_line(folder), view.columns().saturating_sub(5));
    vec![name, Line::from(vec![Span::raw("     "), Look::Dim.span(folder)])]
}

fn said(text: &str, images: &[String], view: View) -> Vec<Line<'static>> {
    let mut words = clean_text(text);
    for (at, image) in images.iter().enumerate() {
        if !words.is_empty() {
            words.push('\n');
        }
        words.push_str(&format!("[Image #{}] {}", at + 1, one_line(image)));
    }
    let lines = wrap(&[Look::Said.span(words)], view.columns(), &Look::Prompt.span("› "), &Span::raw("  "));
    lines.into_iter().map(|line| line.style(Look::SaidBand.style())).collect()
}

fn thought(text: &str, view: View) -> Vec<Line<'static>> {
    let text = clean_text(text).replace("**", "");
    let text = text.trim();
    let style = Look::Italic;
    if view.detail != Detail::Compact {
        return wrap(&[style.span(text.to_owned())], view.columns(), &Look::Dim.span("• "), &Span::raw("  "));
    }
    let first = text.lines().next().unwrap_or_default();
    let more = text.lines().skip(1).any(|line| !line.trim().is_empty());
    let room = view.columns().saturating_sub(2);
    let hint = if more && room > 40 { " (^t to expand)" } else { "" };
    let gist = cut(first, room.saturating_sub(hint.len()));
    vec![Line::from(vec![Look::Dim.span("• "), style.span(gist), Look::Dim.span(hint)])]
}

fn labelled(label: &str, text: &str, view: View) -> Vec<Line<'static>> {
    let spans = [Look::Bold.span(format!("{label} ")), Span::raw(clean_text(text))];
    wrap(&spans, view.columns(), &Look::Dim.span("• "), &Span::raw("  "))
}

fn decided(approved: bool, text: &str, reason: Option<&str>, view: View) -> Vec<Line<'static>> {
    let mark = if approved { Look::Good.span("✔ ") } else { Look::Bad.span("✗ ") };
    let mut spans = vec![Span::raw(one_line(text))];
    if let Some(reason) = reason {
        spans.push(Look::Italic.span(format!(" ({})", one_line(reason))));
    }
    let mut lines = wrap(&spans, view.columns(), &mark, &Span::raw("  "));
    if view.detail == Detail::Compact && lines.len() > DECIDED_ROWS_MAX {
        lines.truncate(DECIDED_ROWS_MAX);
        if let Some(last) = lines.last_mut() {
            *last = Line::from(Look::Dim.span("  … (^t to expand)"));
        }
    }
    lines
}

fn notice(kind: Notice, text: &str, view: View) -> Vec<Line<'static>> {
    let (mark, look) = match kind {
        Notice::Info => (Look::Dim.span("• "), Look::Dim),
        Notice::Warning => (Look::Warn.span("⚠ "), Look::Warn),
        Notice::Error => (Look::Bad.span("■ "), Look::Bad),
    };
    wrap(&[look.span(clean_text(text))], view.columns(), &mark, &Span::raw("  "))
}

fn turn_end(took: Duration, clock: Option<&str>) -> Vec<Line<'static>> {
    let clock = clock.map(|clock| format!(" • {clock}")).unwrap_or_default();
    vec![Line::from(Look::Dim.span(format!("  Worked for {}{clock}", elapsed(took))))]
}

fn card_lines(card: &Card, view: View) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(vec![Look::Accent.span("• "), Look::Bold.span(card.title.clone())])];
    let names = card.rows.iter().map(|(name, _)| plain_width(name)).max().unwrap_or(0);
    let names = names.min(CARD_NAME_COLUMNS_MAX).min(view.columns() / 2);
    for (name, value) in &card.rows {
        if name.is_empty() && value.is_empty() {
            lines.push(Line::default());
            continue;
        }
        let pad = names.saturating_sub(plain_width(name));
        let first = Look::Dim.span(format!("  {}{}  ", cut(name, names), " ".repeat(pad)));
        let rest = Span::raw(" ".repeat(names + 4));
        lines.extend(wrap(&[Span::raw(clean_text(value))], view.columns(), &first, &rest));
    }
    lines
}
