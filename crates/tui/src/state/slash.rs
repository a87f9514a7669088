//! The slash commands, as a table (`tui.md` 11). `/help` and the popup are made of it.
//! Only commands of systems that exist stand here: none is dead.

use super::asking;
use super::choosing::{self, Away};
use super::commands::{self as run, Run};
use super::configuring;
use super::items::{self, Place};
use super::keymapping;
use super::msg::Cmd;
use super::tuning;
use super::ui_state::State;
use super::{recovery, review, status, steering, warnings};

/// Whether a command may run while a turn does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum During {
    Any,
    Idle,
}

/// One command.
pub(crate) struct SlashCommand {
    pub(crate) name: &'static str,
    /// Other names; they run it but are not listed.
    pub(crate) aliases: &'static [&'static str],
    /// What may follow the name; empty when nothing does.
    pub(crate) argument: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) during: During,
    run: Run,
}

/// The table, in the order of the popup.
pub(crate) const SLASH: &[SlashCommand] = &[
    any("model", "what model and effort to use", |state, _| tuning::model(state)),
    any("permissions", "what may run unasked", |state, _| tuning::permissions(state)).also(&["approvals"]),
    idle("new", "begin a new conversation", |state, _| run::new(state)),
    idle("clear", "clean screen, new conversation", |state, _| run::new(state)),
    idle("resume", "go on with a saved conversation", |state, _| run::resume(state)),
    idle("fork", "begin a copy of this conversation", |state, _| run::fork(state)),
    idle("review", "have changes reviewed by a second agent", review::ask).taking("WHAT TO LOOK AT"),
    any("approve", "let what the reviewer refused pass once", |state, _| asking::reconsider(state)),
    idle("compact", "summarise the conversation to make room", |state, _| run::compact(state)),
    any("plan", "Plan mode, on and off", |state, _| steering::cycle_mode(state)),
    any("rename", "name this conversation", run::rename).taking("NAME"),
    idle("archive", "put this conversation away (asks)", |state, _| run::ask_away(state, Away::Archive)),
    idle("delete", "throw this conversation away (asks)", |state, _| run::ask_away(state, Away::Delete)),
    idle("init", "have an AGENTS.md written for this folder", |state, _| run::init(state)),
    any("status", "model, folder, permissions, tokens", |state, _| status::status(state)),
    any("diff", "changes of the working tree, untracked files included", |state, _| run::diff(state)),
    any("restore", "bring back files that commands removed", |state, _| recovery::ask(state)),
    any("copy", "copy the last reply, or a part of it", |state, _| choosing::copy(state)),
    any("export", "write the conversation to a Markdown file", run::export).taking("FILE"),
    any("raw", "the conversation as plain text, on and off", |state, _| run::raw(state)),
    any("mention", "name a file: begins a mention", |state, _| run::mention(state)),
    any("ps", "commands that run in the background", |state, _| run::terminals(state)),
    any("stop", "end all commands in the background", |state, _| run::stop_terminals(state)),
    idle("cd", "change the working folder; alone: the home folder", tuning::cd).taking("FOLDER"),
    any("pwd", "show the working folder", |state, _| run::pwd(state)),
    any("theme", "colours, tried on while moving", |state, _| choosing::theme(state)),
    any("statusline", "items of the line below the composer", |state, _| {
        items::choose(state, Place::StatusLine)
    }),
    any("title", "items of the terminal's title", |state, _| items::choose(state, Place::Title)),
    any("tui", "display at the next start: whole screen or inline", |state, _| choosing::screen(state)),
    any("keymap", "keys of every action: search, set, take away", keymapping::list).taking("WORDS"),
    any("config", "settings, saved as they change", |state, _| configuring::list(state)).also(&["settings"]),
    any("skills", "skills that can be named: begins a mention", |state, _| run::skills(state)),
    any("vim", "modal editing, on and off", |state, _| run::vim(state)),
    any("warnings", "warnings of this run: copy or dismiss them", |state, _| warnings::open(state)),
    idle("logout", "remove the stored login and leave", |state, _| run::log_out(state)),
    any("help", "keys and commands", |state, _| run::help(state)),
    any("quit", "leave", |state, _| run::quit(state)).also(&["exit"]),
];

const fn any(name: &'static str, purpose: &'static str, run: Run) -> SlashCommand {
    SlashCommand { name, aliases: &[], argument: "", purpose, during: During::Any, run }
}

const fn idle(name: &'static str, purpose: &'static str, run: Run) -> SlashCommand {
    SlashCommand { during: During::Idle, ..any(name, purpose, run) }
}

impl SlashCommand {
    const fn taking(self, argument: &'static str) -> Self {
        Self { argument, ..self }
    }

    const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The command of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SLASH.iter().find(|command| command.name == name || command.aliases.contains(&name))
    }

    /// Commands that begin with what was typed; an alias counts once it is typed far enough to be meant.
    pub(crate) fn beginning_with(typed: &str) -> Vec<&'static Self> {
        let by_alias = |command: &Self| {
            !typed.is_empty() && command.aliases.iter().any(|alias| alias.starts_with(typed))
        };
        SLASH.iter().filter(|command| command.name.starts_with(typed) || by_alias(command)).collect()
    }

    /// Why it may not run now.
    pub(crate) fn refusal(&self, state: &State) -> Option<String> {
        (self.during == During::Idle && state.turn.is_some())
            .then(|| format!("/{} has to wait for the turn to end", self.name))
    }

    /// Runs it with what followed its name.
    pub(crate) fn run(&self, state: &mut State, argument: &str) -> Vec<Cmd> {
        (self.run)(state, argument.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_means_one_command() {
        let names = SLASH.iter().flat_map(|command| std::iter::once(&command.name).chain(command.aliases));
        let mut seen = Vec::new();
        for name in names {
            assert!(!seen.contains(&name), "/{name} stands twice");
            assert!(name.chars().all(|c| c.is_ascii_lowercase()), "/{name} cannot be typed");
            seen.push(name);
        }
    }
}
