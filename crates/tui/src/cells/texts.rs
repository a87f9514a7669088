//! What a cell says, apart from how it looks: for searches, and for copies as Markdown.

use super::cell::Cell;
use super::reply::ReplyCell;
use crate::text::{Needle, clean_output, clean_text};

impl Cell {
    /// Whether every word may be somewhere in the cell: a quick look that makes no lines.
    pub(crate) fn may_hold(&self, needle: &Needle) -> bool {
        match self {
            Self::Said { text, .. } | Self::Thought { text } | Self::Notice { text, .. } => {
                needle.words_in(text)
            }
            Self::Reply(reply) => reply.may_hold(needle),
            Self::Command(command) => command.may_hold(needle),
            // These are short.
            _ => true,
        }
    }

    /// Whether there is more to it than is shown in short.
    pub(crate) fn is_expandable(&self) -> bool {
        matches!(self, Self::Command(_) | Self::Explored(_) | Self::Patch(_) | Self::Thought { .. })
    }

    /// The reply, if it is one.
    pub(crate) fn as_reply(&self) -> Option<&ReplyCell> {
        match self {
            Self::Reply(reply) => Some(reply),
            _ => None,
        }
    }

    /// Whether a person said it.
    pub(crate) fn is_said(&self) -> bool {
        matches!(self, Self::Said { .. })
    }

    /// As Markdown; none for what is only about the screen.
    pub(crate) fn markdown(&self) -> Option<String> {
        Some(match self {
            Self::Said { text, images } => {
                let mut out: String = text.lines().map(|line| format!("> {line}\n")).collect();
                out.extend(images.iter().map(|image| format!("> [image] {image}\n")));
                out
            }
            Self::Reply(reply) => reply.source(),
            Self::Thought { text } => {
                text.lines().map(|line| format!("*{}*\n", line.replace("**", ""))).collect()
            }
            Self::Command(command) => {
                let (script, output) = command.texts();
                fenced("sh", &format!("$ {}\n{}", clean_text(script.trim()), clean_output(output.trim_end())))
            }
            Self::Explored(_)
            | Self::Patch(_)
            | Self::Plan(_)
            | Self::Search { .. }
            | Self::Image { .. }
            | Self::Questions(_) => {
                let view = super::cell::View { width: u16::MAX, detail: super::cell::Detail::Full };
                let lines =
                    self.lines(view).into_iter().map(|line| format!("{}\n", line.to_string().trim_end()));
                fenced("", &lines.collect::<String>())
            }
            Self::Header { .. }
            | Self::Decided { .. }
            | Self::Notice { .. }
            | Self::TurnEnd { .. }
            | Self::Attached { .. }
            | Self::Card(_) => return None,
        })
    }
}

/// Code between fences that are longer than any in it.
fn fenced(language: &str, code: &str) -> String {
    let longest = code.lines().map(|line| line.trim_start().chars().take_while(|c| *c == '`').count()).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", code.trim_end())
}
