//! Keys while a layer lies above the conversation.

use codex_core::ThreadOrigin;

use super::msg::{Cmd, Leave};
use super::overlay::Overlay;
use super::picker::{Rows, Scope};
use super::slash::open;
use super::ui_state::State;
use super::update::{is, load_near_top, scroll};
use crate::composer::Key;
use crate::draw::transcript_height;

/// A key for the top layer.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    match state.overlays.last() {
        Some(Overlay::Card { .. }) => card(state, key),
        Some(Overlay::Picker(_)) => picker(state, key),
        Some(Overlay::Pager(_)) => pager(state, key),
        None => Vec::new(),
    }
}

/// Rows a key scrolls by, in a page of this height.
fn scrolled(key: Key, page: usize) -> Option<isize> {
    let page = isize::try_from(page.max(1)).unwrap_or(1);
    let named = |names: &[&str]| names.iter().any(|name| is(key, name));
    if named(&["up", "k", "ctrl-p"]) {
        Some(-1)
    } else if named(&["down", "j", "ctrl-n"]) {
        Some(1)
    } else if named(&["page-up", "ctrl-b"]) {
        Some(-page)
    } else if named(&["page-down", "ctrl-f", "space"]) {
        Some(page)
    } else if named(&["ctrl-u"]) {
        Some(-(page + 1) / 2)
    } else if named(&["ctrl-d"]) {
        Some((page + 1) / 2)
    } else {
        None
    }
}

fn card(state: &mut State, key: Key) -> Vec<Cmd> {
    let page = usize::from(state.height / 2);
    match (scrolled(key, page), state.overlays.last_mut()) {
        (Some(rows), Some(Overlay::Card { scroll, card })) => {
            *scroll = scroll.saturating_add_signed(rows).min(card.rows.len());
        }
        _ => {
            state.overlays.pop();
        }
    }
    Vec::new()
}

fn pager(state: &mut State, key: Key) -> Vec<Cmd> {
    let height = transcript_height(state);
    if let Some(rows) = scrolled(key, height) {
        return scroll(state, rows);
    }
    let named = |names: &[&str]| names.iter().any(|name| is(key, name));
    if named(&["home", "g"]) {
        state.transcript.scroll_to_top(height);
        return load_near_top(state);
    }
    if named(&["end", "G"]) {
        state.transcript.scroll_to_bottom();
    } else if named(&["q", "esc", "ctrl-c", "ctrl-t"])
        && let Some(Overlay::Pager(pager)) = state.overlays.pop()
    {
        pager.close(&mut state.transcript);
    }
    Vec::new()
}

fn picker(state: &mut State, key: Key) -> Vec<Cmd> {
    let named = |names: &[&str]| names.iter().any(|name| is(key, name));
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    if named(&["esc", "ctrl-c"]) {
        state.overlays.pop();
        let first = std::mem::take(&mut state.picks_first);
        return match (first, named(&["ctrl-c"])) {
            (false, _) => Vec::new(),
            (true, false) => vec![Cmd::OpenFirst],
            (true, true) => {
                state.leaving = true;
                vec![Cmd::Leave(Leave::Wanted)]
            }
        };
    }
    if named(&["enter"]) {
        let chosen = picker.chosen().map(|thread| thread.id);
        let Some(id) = chosen else { return Vec::new() };
        state.overlays.pop();
        state.picks_first = false;
        return open(state, ThreadOrigin::resume(id));
    }
    if named(&["tab"]) {
        picker.scope = match picker.scope {
            Scope::ThisFolder => Scope::AllFolders,
            Scope::AllFolders => Scope::ThisFolder,
        };
        (picker.rows, picker.selected) = (Rows::Loading, 0);
        return vec![Cmd::ListSaved { all_folders: picker.scope == Scope::AllFolders }];
    }
    if named(&["up", "ctrl-p"]) {
        picker.step(-1);
    } else if named(&["down", "ctrl-n"]) {
        picker.step(1);
    } else if named(&["page-up"]) {
        picker.step(-10);
    } else if named(&["page-down"]) {
        picker.step(10);
    } else if named(&["backspace"]) {
        picker.filter.pop();
        picker.selected = 0;
    } else if named(&["ctrl-u"]) {
        picker.filter.clear();
        picker.selected = 0;
    } else if let Some(c) = key.typed() {
        picker.filter.push(c);
        picker.selected = 0;
    }
    Vec::new()
}
