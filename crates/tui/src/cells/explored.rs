//! A burst of reads, lists and searches as one growing cell.

use codex_protocol::{ItemId, ParsedCommand};
use ratatui::text::{Line, Span};

use super::cell::{Detail, View};
use super::command::{CommandCell, CommandState};
use crate::look::Look;
use crate::text::{cut, one_line, wrap};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exploration {
    List(String),
    Search { query: String, place: Option<String> },
    Read(String),
}

/// What a command looks at, when it does nothing else.
pub(crate) fn explorations(parsed: &[ParsedCommand]) -> Option<Vec<Exploration>> {
    let all: Option<Vec<Exploration>> = parsed
        .iter()
        .map(|part| match part {
            ParsedCommand::Read { name, .. } => Some(Exploration::Read(name.clone())),
            ParsedCommand::ListFiles { cmd, path } => {
                Some(Exploration::List(path.clone().unwrap_or_else(|| cmd.clone())))
            }
            ParsedCommand::Search { cmd, query, path } => Some(Exploration::Search {
                query: query.clone().unwrap_or_else(|| cmd.clone()),
                place: path.clone(),
            }),
            ParsedCommand::Unknown { .. } => None,
        })
        .collect();
    all.filter(|all| !all.is_empty())
}

#[derive(Debug)]
struct Step {
    id: ItemId,
    looks: Vec<Exploration>,
    running: bool,
    command: CommandCell,
}

/// The burst.
#[derive(Debug, Default)]
pub(crate) struct ExploredCell {
    steps: Vec<Step>,
}

impl ExploredCell {
    /// Adds a command, or brings it up to date.
    pub(crate) fn put(&mut self, id: &ItemId, looks: Vec<Exploration>, running: bool, command: CommandCell) {
        match self.steps.iter_mut().find(|step| step.id == *id) {
            Some(step) => (step.looks, step.running, step.command) = (looks, running, command),
            None => self.steps.push(Step { id: id.clone(), looks, running, command }),
        }
    }

    /// Whether the command is one of the burst.
    pub(crate) fn holds(&self, id: &ItemId) -> bool {
        self.steps.iter().any(|step| step.id == *id)
    }

    /// Whether a command of the burst runs.
    pub(crate) fn is_running(&self) -> bool {
        self.steps.iter().any(|step| step.running)
    }

    /// The turn ended.
    pub(crate) fn leave(&mut self, state: CommandState) {
        for step in &mut self.steps {
            step.running = false;
            step.command.leave(state);
        }
    }

    /// The cell's lines.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        let (mark, word) = if self.is_running() {
            (Look::Accent.span("• "), "Exploring")
        } else {
            (Look::Dim.span("• "), "Explored")
        };
        let mut lines = vec![Line::from(vec![mark, Look::Bold.span(word)])];
        if view.detail != Detail::Compact {
            for step in &self.steps {
                lines.extend(step.command.lines(view));
            }
            return lines;
        }
        for (at, (verb, rest)) in self.rows().into_iter().enumerate() {
            let first = Look::Dim.span(if at == 0 { "  └ " } else { "    " });
            let spans = [Look::Accent.span(verb), Span::raw(format!(" {}", one_line(&rest)))];
            lines.extend(wrap(&spans, view.columns(), &first, &Span::raw("      ")));
        }
        if !self.is_running() {
            lines.push(Line::from(Look::Dim.span(cut("    + Show details", view.columns()))));
        }
        lines
    }

    /// Verb and object of every row; reads that follow one another share a row.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows: Vec<(&'static str, String)> = Vec::new();
        let mut read: Vec<&str> = Vec::new();
        for look in self.steps.iter().flat_map(|step| &step.looks) {
            match look {
                Exploration::Read(name) => match rows.last_mut() {
                    Some(("Read", names)) if !read.is_empty() => {
                        if !read.contains(&name.as_str()) {
                            names.push_str(", ");
                            names.push_str(name);
                            read.push(name);
                        }
                    }
                    _ => {
                        rows.push(("Read", name.clone()));
                        read = vec![name];
                    }
                },
                Exploration::List(path) => rows.push(("List", path.clone())),
                Exploration::Search { query, place: Some(place) } => {
                    rows.push(("Search", format!("{query} in {place}")));
                }
                Exploration::Search { query, place: None } => rows.push(("Search", query.clone())),
            }
        }
        rows
    }
}
