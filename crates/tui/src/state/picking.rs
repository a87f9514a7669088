//! Keys of the list of saved threads, and what comes back for it from the files.

use codex_config::SessionPickerView;
use codex_core::{SavedShelf, SavedSort, SavedThread, ThreadOrigin};
use codex_protocol::ThreadId;

use super::choosing::Away;
use super::commands::open;
use super::msg::{Cmd, Job, Leave};
use super::overlay::Overlay;
use super::page::{Page, PageRow};
use super::picker::{Focus, Listing, Picker, Preview, Scope, Share, Speaker, title};
use super::ui_state::State;
use super::update::is;
use crate::keymap::{Key, ListAction};
use crate::look::Look;
use crate::text::one_line;

/// Opens the list.
pub(super) fn open_picker(state: &mut State) -> Vec<Cmd> {
    let picker = Picker::new(state.settings.session_picker_view);
    let cmds = ask(picker.listing);
    state.overlays.push(Overlay::Picker(picker));
    cmds
}

/// Rows come share by share: the first at once.
pub(super) fn ask(listing: Listing) -> Vec<Cmd> {
    vec![Cmd::ListSaved { listing }]
}

/// Rows have come.
pub(super) fn listed(
    state: &mut State,
    listing: Listing,
    share: Share,
    rows: Result<Vec<SavedThread>, String>,
    more: bool,
) -> Vec<Cmd> {
    // A page may lie over the list meanwhile.
    let picker = state.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::Picker(picker) => Some(picker),
        _ => None,
    });
    let Some(picker) = picker else { return Vec::new() };
    match share {
        Share::First => picker.listed(listing, rows, more),
        Share::Later => picker.grown(listing, rows.unwrap_or_default(), more),
    }
    look(state)
}

/// The end of a thread has come.
pub(super) fn previewed(state: &mut State, id: ThreadId, said: Vec<(Speaker, String)>) -> Vec<Cmd> {
    if let Some(Overlay::Picker(picker)) = state.overlays.last_mut() {
        picker.reading = None;
        picker.preview = Some(Preview { id, said });
    }
    look(state)
}

/// Asks for the end of the chosen thread.
pub(super) fn look(state: &mut State) -> Vec<Cmd> {
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    picker.wants_preview().map(|id| Cmd::Job(Job::Preview { id })).into_iter().collect()
}

/// The whole of a thread has come, to be read.
pub(super) fn transcript(state: &mut State, id: ThreadId, text: Result<String, String>) {
    if let Some(Overlay::Page(page)) = state.overlays.last_mut() {
        let rows = match text {
            Ok(text) => text.lines().map(|line| PageRow::new(heading(line), line)).collect(),
            Err(error) => vec![PageRow::new(Look::Bad, &error)],
        };
        page.fill(format!("Conversation {id}"), rows);
    }
}

fn heading(line: &str) -> Look {
    if line.starts_with('#') { Look::Bold } else { Look::Plain }
}

/// A thread was put away from the list, or taken back.
pub(super) fn moved(state: &mut State, result: &Result<(), String>) -> Option<Vec<Cmd>> {
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return None };
    match result {
        Ok(()) => Some(ask(picker.listing)),
        Err(error) => {
            picker.remark = Some(one_line(error));
            Some(Vec::new())
        }
    }
}

/// Opens the chosen thread.
pub(super) fn open_chosen(state: &mut State) -> Vec<Cmd> {
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    if picker.listing.shelf == SavedShelf::Archived {
        picker.remark = Some("archived: ctrl+a takes it back, then it can be opened".to_owned());
        return Vec::new();
    }
    let Some(id) = picker.chosen().map(|thread| thread.id) else { return Vec::new() };
    begin(state, ThreadOrigin::resume(id))
}

/// The threads of all folders, or of this one again.
pub(super) fn other_scope(state: &mut State) -> Vec<Cmd> {
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    let scope = match picker.listing.scope {
        Scope::ThisFolder => Scope::AllFolders,
        Scope::AllFolders => Scope::ThisFolder,
    };
    let listing = Listing { scope, ..picker.listing };
    picker.list(listing);
    ask(listing)
}

/// A key while the list is open.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let named = |name: &str| is(key, name);
    // Letters narrow the list, and these have a meaning of their own here.
    let own = ["ctrl-a", "ctrl-e", "ctrl-o", "ctrl-t", "alt-f", "tab", "shift-tab"].into_iter().any(named);
    let action = if key.typed().is_some() || own { None } else { state.keys.list.one(key) };
    let open_thread = state.thread_id();
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    picker.remark = None;
    let chosen = picker.chosen().map(|thread| (thread.id, title(thread)));
    match action {
        Some(ListAction::Cancel) if !picker.filter.is_empty() => {
            picker.filter.clear();
            picker.narrow();
            return look(state);
        }
        Some(ListAction::Cancel) => return close(state, Leaving::Back),
        _ if named("ctrl-c") => return close(state, Leaving::Program),
        Some(ListAction::Accept) => return open_chosen(state),
        Some(ListAction::MoveUp) => picker.step(-1),
        Some(ListAction::MoveDown) => picker.step(1),
        Some(ListAction::PageUp) => picker.step(-10),
        Some(ListAction::PageDown) => picker.step(10),
        Some(ListAction::JumpTop) => picker.step(isize::MIN),
        Some(ListAction::JumpBottom) => picker.step(isize::MAX),
        Some(ListAction::MoveLeft | ListAction::MoveRight) => return change(picker),
        None if named("tab") => picker.focus = next(picker.focus),
        None if named("shift-tab") => picker.focus = next(next(next(picker.focus))),
        None if named("ctrl-e") => picker.expanded = !picker.expanded,
        None if named("ctrl-o") => {
            picker.view = match picker.view {
                SessionPickerView::Dense => SessionPickerView::Comfortable,
                SessionPickerView::Comfortable => SessionPickerView::Dense,
            };
        }
        None if named("ctrl-t") => {
            let Some((id, title)) = chosen else { return Vec::new() };
            let rows = vec![PageRow::new(Look::Dim, "reading …")];
            state.overlays.push(Overlay::Page(Box::new(Page::new(title, rows))));
            return vec![Cmd::Job(Job::Transcript { id })];
        }
        None if named("alt-f") => {
            let Some((id, _)) = chosen else { return Vec::new() };
            return begin(state, ThreadOrigin::fork(id));
        }
        None if named("ctrl-a") => {
            let Some((id, _)) = chosen else { return Vec::new() };
            if open_thread == Some(id) {
                picker.remark = Some("this one is open: /archive puts it away".to_owned());
                return Vec::new();
            }
            let away = match picker.listing.shelf {
                SavedShelf::Active => Away::Archive,
                SavedShelf::Archived => Away::TakeBack,
            };
            return vec![Cmd::Job(Job::PutAway { id, away })];
        }
        None => typed(picker, key),
    }
    look(state)
}

fn typed(picker: &mut Picker, key: Key) {
    if is(key, "backspace") {
        picker.filter.pop();
    } else if is(key, "ctrl-u") {
        picker.filter.clear();
    } else if let Some(c) = key.typed() {
        picker.filter.push(c);
    } else {
        return;
    }
    picker.narrow();
}

fn next(focus: Focus) -> Focus {
    match focus {
        Focus::Rows => Focus::Scope,
        Focus::Scope => Focus::Shelf,
        Focus::Shelf => Focus::Sort,
        Focus::Sort => Focus::Rows,
    }
}

/// Left and right change what has the focus; each has two values.
fn change(picker: &mut Picker) -> Vec<Cmd> {
    let mut listing = picker.listing;
    match picker.focus {
        Focus::Rows => return Vec::new(),
        Focus::Scope => {
            listing.scope = match listing.scope {
                Scope::ThisFolder => Scope::AllFolders,
                Scope::AllFolders => Scope::ThisFolder,
            };
        }
        Focus::Shelf => {
            listing.shelf = match listing.shelf {
                SavedShelf::Active => SavedShelf::Archived,
                SavedShelf::Archived => SavedShelf::Active,
            };
        }
        Focus::Sort => {
            listing.sort = match listing.sort {
                SavedSort::Updated => SavedSort::Created,
                SavedSort::Created => SavedSort::Updated,
            };
        }
    }
    picker.list(listing);
    ask(listing)
}

fn begin(state: &mut State, origin: ThreadOrigin) -> Vec<Cmd> {
    state.overlays.pop();
    state.picks_first = false;
    open(state, origin)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    Back,
    Program,
}

/// Back to the conversation; where there is none yet, one begins or the program ends.
fn close(state: &mut State, leaving: Leaving) -> Vec<Cmd> {
    state.overlays.pop();
    match (std::mem::take(&mut state.picks_first), leaving) {
        (false, _) => Vec::new(),
        (true, Leaving::Back) => vec![Cmd::OpenFirst],
        (true, Leaving::Program) => {
            state.leaving = true;
            vec![Cmd::Leave(Leave::Wanted)]
        }
    }
}
