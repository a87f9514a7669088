//! What the slash commands do. Commands that open a list are in `choosing`.

use codex_core::ThreadOrigin;
use codex_protocol::{Op, UserInput};

use super::choosing::{self, Away, Choosing};
use super::door::DoorAsk;
use super::list::{List, Row};
use super::msg::{Cmd, Job, Leave};
use super::overlay::Overlay;
use super::page::{Page, PageRow};
use super::slash::{SLASH, SlashCommand};
use super::submit::begin_input;
use super::turn::Turn;
use super::ui_state::{State, ThreadState};
use crate::cells::{Card, Cell, Notice};
use crate::composer::Editing;
use crate::look::Look;
use crate::text::one_line;

/// What a command does with the state and what followed its name.
pub(super) type Run = fn(&mut State, &str) -> Vec<Cmd>;

/// What `/init` asks of the model.
const INIT: &str = "Look around in this project, then write a file AGENTS.md in its root folder: notes for a coding \
    agent that works here for the first time. Keep it under one page: what the project is, how it is laid out, the \
    commands that build, test and check it, and the conventions its code follows. Take everything from what you find \
    in the files, invent nothing. If there is an AGENTS.md already, improve it and keep what is right.";

pub(super) fn new(state: &mut State) -> Vec<Cmd> {
    open(state, ThreadOrigin::New)
}

/// Leaves the thread at hand for another.
pub(super) fn open(state: &mut State, origin: ThreadOrigin) -> Vec<Cmd> {
    state.thread = ThreadState::Opening;
    state.turn = None;
    state.steers.clear();
    state.asking.clear();
    state.under_review.clear();
    state.refused.clear();
    state.forms.clear();
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

pub(super) fn resume(state: &mut State) -> Vec<Cmd> {
    super::picking::open_picker(state)
}

pub(super) fn fork(state: &mut State) -> Vec<Cmd> {
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

pub(super) fn compact(state: &mut State) -> Vec<Cmd> {
    if state.info().is_none() {
        state.remark = Some("the conversation is not open".to_owned());
        return Vec::new();
    }
    state.turn = Some(Turn::new(state.now));
    vec![Cmd::Submit(Op::Compact)]
}

/// Asks the terminal to keep the last reply.
pub(super) fn copy_reply(state: &mut State) -> Vec<Cmd> {
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

pub(super) fn vim(state: &mut State) -> Vec<Cmd> {
    toggle_vim(state);
    Vec::new()
}

/// Modal editing, on and off.
pub(super) fn toggle_vim(state: &mut State) {
    let editing = if state.composer.vim().is_some() { Editing::Emacs } else { Editing::Vim };
    state.composer.set_editing(editing);
}

pub(super) fn help(state: &mut State) -> Vec<Cmd> {
    let card = help_card(state);
    state.overlays.push(Overlay::Card { card, scroll: 0 });
    Vec::new()
}

/// Every key and command, from the tables.
pub(super) fn help_card(state: &State) -> Card {
    let name = |command: &SlashCommand| match command.argument {
        "" => format!("/{}", command.name),
        argument => format!("/{} {argument}", command.name),
    };
    let mut rows: Vec<(String, String)> =
        SLASH.iter().map(|command| (name(command), command.purpose.to_owned())).collect();
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

pub(super) fn quit(state: &mut State) -> Vec<Cmd> {
    state.leaving = true;
    vec![Cmd::Leave(Leave::Wanted)]
}

/// `/logout`: the UI ends when the door says that it is done.
pub(super) fn log_out(state: &mut State) -> Vec<Cmd> {
    state.remark = Some("logging out …".to_owned());
    vec![Cmd::Door(DoorAsk::LogOut)]
}

/// `/init`: a turn with our own words.
pub(super) fn init(state: &mut State) -> Vec<Cmd> {
    if state.info().is_none() {
        state.remark = Some("the conversation is not open".to_owned());
        return Vec::new();
    }
    begin_input(state, vec![UserInput::text(INIT)])
}

/// `/diff`: a page that fills when git has answered.
pub(super) fn diff(state: &mut State) -> Vec<Cmd> {
    let rows = vec![PageRow::new(Look::Dim, "asking git …")];
    state.overlays.push(Overlay::Page(Box::new(Page::new("Changes of the working tree", rows))));
    vec![Cmd::Job(Job::Diff { cwd: state.cwd.clone() })]
}

/// `/export FILE`: the file is made in the working folder unless it is an absolute path.
pub(super) fn export(state: &mut State, file: &str) -> Vec<Cmd> {
    let Some(id) = state.thread_id() else {
        state.remark = Some("there is no conversation to export".to_owned());
        return Vec::new();
    };
    let name = if file.is_empty() { format!("codex-{id}.md") } else { file.to_owned() };
    vec![Cmd::Job(Job::Export { id, path: state.cwd.join(name) })]
}

pub(super) fn mention(state: &mut State) -> Vec<Cmd> {
    state.composer.insert("@");
    Vec::new()
}

/// `/skills`: the list that `$` opens.
pub(super) fn skills(state: &mut State) -> Vec<Cmd> {
    state.composer.insert("$");
    vec![Cmd::ListSkills]
}

pub(super) fn pwd(state: &mut State) -> Vec<Cmd> {
    let folder = state.cwd.display().to_string();
    state.transcript.push(Cell::notice(Notice::Info, folder));
    state.transcript.scroll_to_bottom();
    Vec::new()
}

/// `/rename NAME`.
pub(super) fn rename(state: &mut State, name: &str) -> Vec<Cmd> {
    let name = one_line(name);
    if state.info().is_none() {
        state.remark = Some("the conversation is not open".to_owned());
        return Vec::new();
    }
    if name.is_empty() {
        state.composer.insert("/rename ");
        state.remark = Some("type the name behind it".to_owned());
        return Vec::new();
    }
    vec![Cmd::Submit(Op::Rename { name })]
}

/// `/archive` and `/delete` ask first; the safe answer is selected.
pub(super) fn ask_away(state: &mut State, away: Away) -> Vec<Cmd> {
    let used = state.turns > 0 || state.info().is_some_and(|info| info.history_items > 0);
    if !used || state.info().is_none_or(|info| info.rollout_path.is_none()) {
        state.remark = Some("nothing of this conversation is saved".to_owned());
        return Vec::new();
    }
    let (title, note, yes) = match away {
        Away::Archive => (
            "Archive this conversation?",
            "It leaves the list; /resume can show archived ones.",
            "Yes, archive it",
        ),
        // What is open is not archived.
        Away::TakeBack => return Vec::new(),
        Away::Delete => (
            "Delete this conversation for good?",
            "Its file is removed. This cannot be undone.",
            "Yes, delete it",
        ),
    };
    let rows = vec![Row::new("no", "No, keep it", ""), Row::new("yes", yes, "a new conversation begins")];
    choosing::open(state, Choosing::PutAway(away), List::new(title, rows).note(note))
}

/// The person said yes: the conversation is left, then put away.
pub(super) fn put_away(state: &mut State, away: Away) -> Vec<Cmd> {
    let Some(id) = state.thread_id() else { return Vec::new() };
    let mut cmds = open(state, ThreadOrigin::New);
    cmds.push(Cmd::Job(Job::PutAway { id, away }));
    cmds
}

/// `/ps`.
pub(super) fn terminals(state: &mut State) -> Vec<Cmd> {
    state.around.asked_terminals = true;
    vec![Cmd::Submit(Op::ListTerminals)]
}

/// `/stop`.
pub(super) fn stop_terminals(state: &mut State) -> Vec<Cmd> {
    state.around.asked_terminals = true;
    vec![Cmd::Submit(Op::StopTerminals { process_id: None })]
}

/// `/raw`.
pub(super) fn raw(state: &mut State) -> Vec<Cmd> {
    super::pointing::toggle_raw(state);
    Vec::new()
}
