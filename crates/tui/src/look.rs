//! The looks of everything on the screen, as one table over the sixteen colours every terminal has.
//! Knows no widget; whether colours reach the terminal is the painter's business.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

/// What a piece of text is, in terms of its look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Plain,
    Dim,
    Bold,
    Italic,
    Accent,
    /// The `›` of the composer and of what the person said.
    Prompt,
    /// What the person said.
    Said,
    Good,
    Bad,
    Warn,
    Added,
    Removed,
    AddedWord,
    RemovedWord,
    /// Behind an added row; themes make it faint.
    AddedBand,
    RemovedBand,
    /// Behind what the person said.
    SaidBand,
    /// What was looked for, and the match at hand.
    Match,
    MatchNow,
    LineNumber,
    Done,
    Current,
    Selected,
    StatusModel,
    StatusFolder,
}

impl Look {
    /// The style of the table.
    pub(crate) fn style(self) -> Style {
        let plain = Style::new();
        match self {
            Self::Plain => plain,
            Self::Dim | Self::LineNumber => plain.add_modifier(Modifier::DIM),
            Self::Bold => plain.add_modifier(Modifier::BOLD),
            Self::Italic => plain.add_modifier(Modifier::ITALIC.union(Modifier::DIM)),
            Self::Accent => plain.fg(Color::Cyan),
            Self::Prompt => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            Self::Said => plain.add_modifier(Modifier::BOLD),
            Self::Good => plain.fg(Color::Green),
            Self::Bad => plain.fg(Color::Red),
            Self::Warn => plain.fg(Color::Yellow),
            Self::Added => plain.fg(Color::Green),
            Self::Removed => plain.fg(Color::Red),
            Self::AddedWord => {
                plain.fg(Color::Green).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED))
            }
            Self::RemovedWord => {
                plain.fg(Color::Red).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED))
            }
            Self::AddedBand => plain.bg(Color::Green),
            Self::RemovedBand => plain.bg(Color::Red),
            Self::SaidBand => plain.bg(Color::Black),
            Self::Match => plain.fg(Color::Yellow).add_modifier(Modifier::REVERSED),
            Self::MatchNow => plain
                .fg(Color::Yellow)
                .add_modifier(Modifier::REVERSED.union(Modifier::BOLD.union(Modifier::UNDERLINED))),
            Self::Done => plain.add_modifier(Modifier::DIM.union(Modifier::CROSSED_OUT)),
            Self::Current => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            Self::Selected => plain.add_modifier(Modifier::REVERSED.union(Modifier::BOLD)),
            Self::StatusModel => plain.fg(Color::Magenta),
            Self::StatusFolder => plain.fg(Color::Blue),
        }
    }

    /// Text in this look.
    pub(crate) fn span(self, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style())
    }
}

/// What a stretch of code is, in terms of its look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CodeLook {
    Plain,
    Keyword,
    Type,
    Function,
    /// A string.
    Text,
    Number,
    Constant,
    Comment,
    /// Attributes, decorators, options of commands.
    Attribute,
    Variable,
    /// The name of a value in data.
    Key,
    Operator,
    Added,
    Removed,
}

impl CodeLook {
    /// The style of the table.
    pub(crate) fn style(self) -> Style {
        let plain = Style::new();
        match self {
            Self::Plain | Self::Operator => plain,
            Self::Keyword => plain.fg(Color::Magenta),
            Self::Type => plain.fg(Color::Yellow),
            Self::Function => plain.fg(Color::Blue),
            Self::Text | Self::Added => plain.fg(Color::Green),
            Self::Number | Self::Constant | Self::Key => plain.fg(Color::Cyan),
            Self::Comment => plain.add_modifier(Modifier::DIM.union(Modifier::ITALIC)),
            Self::Attribute => plain.fg(Color::LightBlue),
            Self::Variable => plain.fg(Color::LightCyan),
            Self::Removed => plain.fg(Color::Red),
        }
    }
}
