//! Lines of rendered Markdown: text with roles, and the table that gives roles their styles.
//! Invariant: no text and no link of a span holds a character that a terminal would act on.

use std::sync::Arc;

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::look::CodeLook;
use crate::text::linked;

/// What a piece of text is in its document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    #[default]
    Text,
    /// Heading of the first level.
    Title,
    /// Heading of the second level.
    Section,
    /// Heading of any deeper level.
    Heading,
    /// A code span.
    Code,
    /// A line of a code block.
    CodeBlock,
    /// The mark of a quote and its text.
    Quote,
    /// The mark or number of a list item.
    Marker,
    TaskOpen,
    TaskDone,
    Rule,
    TableHead,
    TableRule,
    /// The text of a link.
    Link,
    /// The address of a link, shown behind its text.
    Url,
    /// Raw HTML.
    Html,
    /// Highlighted code.
    Syntax(CodeLook),
}

/// Role and emphasis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct MdLook {
    pub(crate) role: Role,
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) strike: bool,
}

impl MdLook {
    pub(crate) fn of(role: Role) -> Self {
        Self { role, ..Self::default() }
    }
}

/// Text of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MdSpan {
    pub(crate) text: String,
    pub(crate) look: MdLook,
    /// The address behind the text, for hyperlinks of the terminal.
    pub(crate) link: Option<Arc<str>>,
}

impl MdSpan {
    pub(crate) fn new(text: impl Into<String>, look: MdLook) -> Self {
        Self { text: text.into(), look, link: None }
    }
}

/// One line of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MdLine {
    pub(crate) spans: Vec<MdSpan>,
}

impl MdLine {
    /// The line in the styles of a theme.
    pub(crate) fn to_line(&self, theme: &MdTheme) -> Line<'static> {
        let spans = self.spans.iter().map(|span| Span::styled(span.text.clone(), theme.span_style(span)));
        Line::from(spans.collect::<Vec<_>>())
    }

    /// The text alone.
    #[cfg(test)]
    pub(crate) fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Appends text, growing the last span when it looks the same.
    pub(super) fn push(&mut self, text: &str, like: &MdSpan) {
        match self.spans.last_mut() {
            Some(last) if last.look == like.look && last.link == like.link => {
                last.text.push_str(text);
            }
            _ => self.spans.push(MdSpan { text: text.to_owned(), ..like.clone() }),
        }
    }
}

/// The style of every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MdTheme {
    styles: Vec<(Role, Style)>,
}

impl MdTheme {
    /// The sixteen colours that every terminal has.
    pub(crate) fn ansi() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        Self {
            styles: vec![
                (Role::Title, bold.add_modifier(Modifier::UNDERLINED)),
                (Role::Section, bold),
                (Role::Heading, bold.add_modifier(Modifier::ITALIC)),
                (Role::Code, plain.fg(Color::Cyan)),
                (Role::CodeBlock, plain.fg(Color::Cyan)),
                (Role::Quote, plain.fg(Color::Green)),
                (Role::Marker, plain.fg(Color::Blue)),
                (Role::TaskOpen, plain.fg(Color::Yellow)),
                (Role::TaskDone, plain.fg(Color::Green)),
                (Role::Rule, dim),
                (Role::TableHead, bold.fg(Color::Cyan)),
                (Role::TableRule, dim),
                (Role::Link, plain.fg(Color::Cyan).add_modifier(Modifier::UNDERLINED)),
                (Role::Url, dim),
                (Role::Html, dim),
            ],
        }
    }

    /// No colour at all: bold, dim, italic and underline only.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        let mut theme = Self::ansi();
        for (_, style) in &mut theme.styles {
            style.fg = None;
        }
        theme
    }

    fn span_style(&self, span: &MdSpan) -> Style {
        let mut style = match span.look.role {
            Role::Syntax(look) => look.style(),
            role => {
                self.styles.iter().find(|(own, _)| *own == role).map(|(_, style)| *style).unwrap_or_default()
            }
        };
        if let Some(url) = &span.link {
            style = linked(style, url);
        }
        for (on, modifier) in [
            (span.look.bold, Modifier::BOLD),
            (span.look.italic, Modifier::ITALIC),
            (span.look.strike, Modifier::CROSSED_OUT),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}
