//! The slash commands, as a table. `/help` and the popup are made of it.

use codex_core::ThreadOrigin;
use codex_protocol::Op;

use super::msg::{Cmd, Leave};
use super::overlay::Overlay;
use super::picker::Picker;
use super::turn::Turn;
use super::ui_state::{State, ThreadState};
use crate::cells::{Card, Cell, Notice, grouped};
use crate::composer::Editing;

/// Whether a command may run while a turn does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum During {
    Any,
    Idle,
}

/// One command.
pub(crate) struct SlashCommand {
    pub(crate) name: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) during: During,
    run: fn(&mut State) -> Vec<Cmd>,
}

/// The table, in the order of the popup.
pub(crate) const SLASH: &[SlashCommand] = &[
    SlashCommand { name: "new", purpose: "begin a new conversation", during: During::Idle, run: new },
    SlashCommand { name: "clear", purpose: "clean screen, new conversation", during: During::Idle, run: new },
    SlashCommand {
        name: "resume",
        purpose: "go on with a saved conversation",
        during: During::Idle,
        run: resume,
    },
    SlashCommand {
        name: "fork",
        purpose: "begin a copy of this conversation",
        during: During::Idle,
        run: fork,
    },
    SlashCommand {
        name: "compact",
        purpose: "summarise the conversation to make room",
        during: During::Idle,
        run: compact,
    },
    SlashCommand {
        name: "status",
        purpose: "model, folder, permissions, tokens",
        during: During::Any,
        run: status,
    },
    SlashCommand { name: "copy", purpose: "copy the last reply as Markdown", during: During::Any, run: copy },
    SlashCommand { name: "vim", purpose: "modal editing, on and off", during: During::Any, run: vim },
    SlashCommand { name: "help", purpose: "keys and commands", during: During::Any, run: help },
    SlashCommand { name: "quit", purpose: "leave", during: During::Any, run: quit },
    SlashCommand { name: "exit", purpose: "leave", during: During::Any, run: quit },
];

impl SlashCommand {
    /// The command of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SLASH.iter().find(|command| command.name == name)
    }

    /// Commands that begin with what was typed.
    pub(crate) fn beginning_with(typed: &str) -> Vec<&'static Self> {
        SLASH.iter().filter(|command| command.name.starts_with(typed)).collect()
    }

    /// Why it may not run now.
    pub(crate) fn refusal(&self, state: &State) -> Option<String> {
        (self.during == During::Idle && state.turn.is_some())
            .then(|| format!("/{} has to wait for the turn to end", self.name))
    }

    /// Runs it.
    pub(crate) fn run(&self, state: &mut State) -> Vec<Cmd> {
        (self.run)(state)
    }
}

fn new(state: &mut State) -> Vec<Cmd> {
    open(state, ThreadOrigin::New)
}

/// Leaves the thread at hand for another.
pub(super) fn open(state: &mut State, origin: ThreadOrigin) -> Vec<Cmd> {
    state.thread = ThreadState::Opening;
    state.turn = None;
    state.steers.clear();
    state.turns = 0;
    if state.mode == super::Mode::Fullscreen {
        state.begin_transcript();
    } else {
        // What is in the scrollback stays there; the new conversation begins under it.
        state.begin_transcript();
        state.transcript.push(Cell::notice(Notice::Info, "another conversation begins here"));
    }
    vec![Cmd::Open(origin)]
}

fn resume(state: &mut State) -> Vec<Cmd> {
    state.overlays.push(Overlay::Picker(Picker::new()));
    vec![Cmd::ListSaved { all_folders: false }]
}

fn fork(state: &mut State) -> Vec<Cmd> {
    match state.thread_id() {
        Some(id) if state.turns > 0 || state.info().is_some_and(|info| info.history_items > 0) => {
            open(state, ThreadOrigin::fork(id))
        }
        _ => {
            state
                .transcript
                .push(Cell::notice(Notice::Info, "nothing was said yet: there is nothing to fork"));
            Vec::new()
        }
    }
}

fn compact(state: &mut State) -> Vec<Cmd> {
    if state.info().is_none() {
        state.remark = Some("the conversation is not open".to_owned());
        return Vec::new();
    }
    state.turn = Some(Turn::new(state.now));
    vec![Cmd::Submit(Op::Compact)]
}

fn status(state: &mut State) -> Vec<Cmd> {
    let unknown = || "not known yet".to_owned();
    let info = state.info();
    let model = info.map_or_else(unknown, |info| match &info.reasoning_effort {
        Some(effort) => format!("{} {effort}", info.model),
        None => info.model.clone(),
    });
    let usage = &state.tokens;
    let context = match (state.context_window, state.last_tokens.total_tokens) {
        (Some(window), used) if window > 0 => {
            let left = 100 - (used.min(window) * 100 / window);
            format!("{left}% left ({} of {} tokens used)", grouped(used), grouped(window))
        }
        _ => unknown(),
    };
    let tokens = format!(
        "{} in ({} cached), {} out ({} reasoning)",
        grouped(usage.input_tokens),
        grouped(usage.cached_input_tokens),
        grouped(usage.output_tokens),
        grouped(usage.reasoning_output_tokens)
    );
    let rows = [
        ("model", model),
        ("provider", info.map_or_else(unknown, |info| info.provider.clone())),
        ("folder", state.folder()),
        ("permissions", info.map_or_else(unknown, |info| info.sandbox.mode().as_str().to_owned())),
        ("session", info.map_or_else(unknown, |info| info.thread_id.to_string())),
        (
            "saved in",
            info.and_then(|info| info.rollout_path.as_ref())
                .map_or_else(|| "nowhere".to_owned(), |path| path.display().to_string()),
        ),
        ("tokens", tokens),
        ("context", context),
    ];
    let rows = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    state.transcript.push(Cell::Card(Card { title: "Status".to_owned(), rows }));
    state.transcript.scroll_to_bottom();
    Vec::new()
}

/// Asks the terminal to keep the last reply.
pub(super) fn copy(state: &mut State) -> Vec<Cmd> {
    match state.last_reply.clone() {
        Some(reply) => {
            state.remark = Some("last reply sent to the clipboard".to_owned());
            vec![Cmd::Copy(reply)]
        }
        None => {
            state.remark = Some("there is no reply to copy yet".to_owned());
            Vec::new()
        }
    }
}

fn vim(state: &mut State) -> Vec<Cmd> {
    toggle_vim(state);
    Vec::new()
}

/// Modal editing, on and off.
pub(super) fn toggle_vim(state: &mut State) {
    let editing = if state.composer.vim().is_some() { Editing::Emacs } else { Editing::Vim };
    state.composer.set_editing(editing);
}

fn help(state: &mut State) -> Vec<Cmd> {
    let card = help_card(state);
    state.overlays.push(Overlay::Card { card, scroll: 0 });
    Vec::new()
}

/// Every key and command, from the tables.
pub(super) fn help_card(state: &State) -> Card {
    let mut rows: Vec<(String, String)> =
        SLASH.iter().map(|command| (format!("/{}", command.name), command.purpose.to_owned())).collect();
    rows.push((String::new(), String::new()));
    rows.push(("ctrl-c".to_owned(), "clear the draft, interrupt, or quit".to_owned()));
    rows.push(("ctrl-d".to_owned(), "quit when nothing is typed".to_owned()));
    let vim = state.composer.vim().is_some();
    let mut context = "";
    for row in state.keys.rows() {
        if (row.context.starts_with("vim") && !vim) || row.chords.is_empty() {
            continue;
        }
        if row.context != context {
            context = row.context;
            rows.push((String::new(), String::new()));
            rows.push((context.replace('_', " "), String::new()));
        }
        rows.push((row.keys().join(", "), row.action.replace('_', " ")));
    }
    Card { title: "Keys and commands".to_owned(), rows }
}

fn quit(state: &mut State) -> Vec<Cmd> {
    state.leaving = true;
    vec![Cmd::Leave(Leave::Wanted)]
}
