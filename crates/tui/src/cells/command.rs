//! A command and its output: the last lines in short, everything in full. Output is kept raw and cleaned when shown.

use std::time::Duration;

use codex_protocol::{CommandExecutionItem, CommandSource, ItemStatus};
use ratatui::text::{Line, Span};

use super::cell::{Detail, View};
use super::colour::shell_spans;
use super::words::took;
use crate::look::Look;
use crate::text::{Needle, clean_output, clean_text, cut, plain_width, wrap};

const TAIL_LINES: usize = 3;
/// What a head may say.
const HEAD_WORDS: &str = "You ran Running Ran Exited (status) Stopped Could not run Still running";
const COMMAND_ROWS_MAX: usize = 2;
/// Output of a running command held for its live tail; the finished item brings the whole.
const LIVE_OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// How far a command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandState {
    Running,
    Succeeded,
    /// Ended with this status, or could not start.
    Failed(Option<i32>),
    Declined,
    /// Stopped with the turn.
    Stopped,
    /// Went on after its turn; its end is a cell of its own.
    Background,
}

/// One command.
#[derive(Debug)]
pub(crate) struct CommandCell {
    command: String,
    source: CommandSource,
    state: CommandState,
    output: String,
    /// Lines that were cut from the start of the live output.
    dropped_lines: usize,
    duration: Option<Duration>,
}

impl CommandCell {
    /// From an item in any state.
    pub(crate) fn new(item: &CommandExecutionItem) -> Self {
        Self {
            command: command_text(&item.command),
            source: item.source,
            state: state(item),
            output: item.aggregated_output.clone(),
            dropped_lines: 0,
            duration: item.duration,
        }
    }

    /// More output while it runs.
    pub(crate) fn push_output(&mut self, delta: &str) {
        self.output.push_str(delta);
        if self.output.len() > 2 * LIVE_OUTPUT_BYTES_MAX {
            let from = self.output.len() - LIVE_OUTPUT_BYTES_MAX;
            let cut = self.output[..].floor_char_boundary(from);
            self.dropped_lines += self.output[..cut].matches('\n').count();
            self.output.drain(..cut);
        }
    }

    /// The command line and its output, as they came.
    pub(crate) fn texts(&self) -> (&str, &str) {
        (&self.command, &self.output)
    }

    /// How far it has come, and who wanted it.
    pub(crate) fn outcome(&self) -> (CommandState, CommandSource) {
        (self.state, self.source)
    }

    /// Whether every word may be somewhere in it.
    pub(crate) fn may_hold(&self, needle: &Needle) -> bool {
        // The words of its head count too.
        needle.words_in(&self.command) || needle.words_in(&self.output) || needle.words_in(HEAD_WORDS)
    }

    /// Nothing more is heard of it here: it was stopped, or goes on in the background.
    pub(crate) fn leave(&mut self, state: CommandState) {
        if self.state == CommandState::Running {
            self.state = state;
        }
    }

    /// The cell's lines.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        match view.detail {
            Detail::Compact => self.compact(view),
            Detail::Full | Detail::Raw => self.full(view),
        }
    }

    fn head(&self) -> (Span<'static>, Vec<Span<'static>>) {
        let word = match (self.state, self.source) {
            (CommandState::Running, _) => "Running",
            (CommandState::Succeeded | CommandState::Failed(_), CommandSource::UserShell) => "You ran",
            (CommandState::Succeeded, _) => "Ran",
            (CommandState::Failed(None), _) => "Could not run",
            (CommandState::Failed(Some(code)), _) => {
                return (Look::Bad.span("• "), vec![Look::Bold.span(format!("Exited (status {code}) "))]);
            }
            (CommandState::Declined, _) => "Not run:",
            (CommandState::Stopped, _) => "Stopped",
            (CommandState::Background, _) => "Still running",
        };
        let mark = match self.state {
            CommandState::Running | CommandState::Background => Look::Accent.span("• "),
            CommandState::Succeeded => Look::Good.span("• "),
            CommandState::Failed(_) | CommandState::Declined | CommandState::Stopped => Look::Bad.span("• "),
        };
        (mark, vec![Look::Bold.span(format!("{word} "))])
    }

    fn compact(&self, view: View) -> Vec<Line<'static>> {
        let (mark, mut spans) = self.head();
        let command = clean_text(self.command.trim());
        let one_line = command.lines().next().unwrap_or_default();
        // A line that cannot fit its rows is cut before it is wrapped.
        let room = view.columns().saturating_mul(COMMAND_ROWS_MAX);
        let mut shown = cut(one_line, room);
        if command.lines().nth(1).is_some() && !shown.ends_with('…') {
            shown.push_str(" …");
        }
        spans.extend(shell_spans(&shown));
        let mut lines = wrap(&spans, view.columns(), &mark, &Look::Dim.span("  │ "));
        if lines.len() > COMMAND_ROWS_MAX {
            lines.truncate(COMMAND_ROWS_MAX);
            if let Some(last) = lines.last_mut() {
                let text = last.spans.iter().skip(1).map(|span| span.content.as_ref()).collect::<String>();
                let text = cut(&text, view.columns().saturating_sub(6));
                let text = text.trim_end_matches('…').to_owned() + "…";
                *last = Line::from(vec![Look::Dim.span("  │ "), Span::raw(text)]);
            }
        }
        self.push_tail(view, &mut lines);
        lines
    }

    fn push_tail(&self, view: View, lines: &mut Vec<Line<'static>>) {
        let total = self.dropped_lines + self.output.trim_end_matches('\n').lines().count();
        if self.output.trim().is_empty() {
            if !matches!(self.state, CommandState::Running | CommandState::Background) {
                lines.push(Line::from(Look::Dim.span("  └ (no output)")));
            }
            return;
        }
        let raw = self.output.trim_end_matches(['\n', '\r']);
        let start = raw.rmatch_indices('\n').nth(TAIL_LINES - 1).map_or(0, |(at, _)| at + 1);
        let tail = clean_output(&raw[start..]);
        let mut shown = 0;
        for line in tail.lines() {
            let prefix = if shown == 0 { "  └ " } else { "    " };
            let text = cut(line, view.columns().saturating_sub(plain_width(prefix)));
            lines.push(Line::from(Look::Dim.span(format!("{prefix}{text}"))));
            shown += 1;
        }
        let hidden = total.saturating_sub(shown);
        if hidden > 0 {
            let plural = if hidden == 1 { "line" } else { "lines" };
            let text = cut(&format!("    + {hidden} {plural} (^t to expand)"), view.columns());
            lines.push(Line::from(Look::Dim.span(text)));
        }
    }

    fn full(&self, view: View) -> Vec<Line<'static>> {
        let command = shell_spans(&clean_text(self.command.trim_end()));
        let mut lines = wrap(&command, view.columns(), &Look::Prompt.span("$ "), &Span::raw("  "));
        if self.dropped_lines > 0 {
            lines.push(Line::from(Look::Dim.span(format!("  … {} lines before", self.dropped_lines))));
        }
        let indent = Span::raw("  ");
        for line in clean_output(self.output.trim_end_matches(['\n', '\r'])).lines() {
            lines.extend(wrap(&[Look::Dim.span(line.to_owned())], view.columns(), &indent, &indent));
        }
        let time = self.duration.map(|time| format!(" • {}", took(time))).unwrap_or_default();
        lines.push(Line::from(match self.state {
            CommandState::Running => Look::Accent.span("  … running"),
            CommandState::Succeeded => Look::Good.span(format!("  ✓{time}")),
            CommandState::Failed(Some(code)) => Look::Bad.span(format!("  ✗ ({code}){time}")),
            CommandState::Failed(None) => Look::Bad.span(format!("  ✗ could not run{time}")),
            CommandState::Declined => Look::Bad.span("  ✗ not run"),
            CommandState::Stopped => Look::Bad.span("  ✗ stopped"),
            CommandState::Background => Look::Accent.span("  … still running"),
        }));
        lines
    }
}

/// The script of `sh -c SCRIPT`, else the words quoted.
pub(crate) fn command_text(words: &[String]) -> String {
    if let [shell, flag, script] = words {
        let name = shell.rsplit('/').next().unwrap_or(shell);
        if matches!(flag.as_str(), "-c" | "-lc")
            && matches!(name, "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish")
        {
            return script.clone();
        }
    }
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

fn state(item: &CommandExecutionItem) -> CommandState {
    match item.status {
        ItemStatus::InProgress => CommandState::Running,
        ItemStatus::Completed => CommandState::Succeeded,
        ItemStatus::Declined => CommandState::Declined,
        // -1 stands for no status at all.
        ItemStatus::Failed => CommandState::Failed(item.exit_code.filter(|code| *code != -1)),
    }
}
