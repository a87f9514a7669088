//! Keys while a layer lies above the conversation.

use codex_core::ThreadOrigin;

use super::commands::open;
use super::msg::{Cmd, Leave};
use super::overlay::Overlay;
use super::picker::{Rows, Scope};
use super::ui_state::State;
use super::update::{is, load_near_top, scroll};
use super::{choosing, find, items, page, pointing};
use crate::draw::transcript_height;
use crate::keymap::{Key, ListAction, PagerAction};
use crate::transcript::{Marks, Towards};

/// A key for the top layer.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    match state.overlays.last() {
        Some(Overlay::Card { .. }) => card(state, key),
        Some(Overlay::Picker(_)) => picker(state, key),
        Some(Overlay::Pager(_)) => pager(state, key),
        Some(Overlay::List(_)) => choosing::key(state, key),
        Some(Overlay::Items(_)) => items::key(state, key),
        Some(Overlay::Page(_)) => page::key(state, key),
        None => Vec::new(),
    }
}

/// Rows an action scrolls by, in a page of this height.
pub(super) fn scrolled(action: PagerAction, page: usize) -> Option<isize> {
    let page = isize::try_from(page.max(1)).unwrap_or(1);
    match action {
        PagerAction::ScrollUp => Some(-1),
        PagerAction::ScrollDown => Some(1),
        PagerAction::PageUp => Some(-page),
        PagerAction::PageDown => Some(page),
        PagerAction::HalfPageUp => Some(-(page + 1) / 2),
        PagerAction::HalfPageDown => Some((page + 1) / 2),
        PagerAction::JumpTop
        | PagerAction::JumpBottom
        | PagerAction::Close
        | PagerAction::CloseTranscript
        | PagerAction::Find
        | PagerAction::NextMatch
        | PagerAction::PreviousMatch
        | PagerAction::NextTurn
        | PagerAction::PreviousTurn
        | PagerAction::CopyReply
        | PagerAction::CopyAll => None,
    }
}

fn card(state: &mut State, key: Key) -> Vec<Cmd> {
    let page = usize::from(state.height / 2);
    let rows = state.keys.pager.one(key).and_then(|action| scrolled(action, page));
    match (rows, state.overlays.last_mut()) {
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
    let Some(action) = state.keys.pager.one(key) else { return Vec::new() };
    if let Some(rows) = scrolled(action, height) {
        return scroll(state, rows);
    }
    match action {
        PagerAction::JumpTop => {
            state.transcript.scroll_to_top(height);
            return load_near_top(state);
        }
        PagerAction::JumpBottom => state.transcript.scroll_to_bottom(),
        PagerAction::Close if is(key, "esc") && pointing::arm(state) => {
            return pointing::browse_prompts(state);
        }
        PagerAction::Close | PagerAction::CloseTranscript => {
            state.transcript.set_marks(Marks::default());
            if let Some(Overlay::Pager(pager)) = state.overlays.pop() {
                pager.close(&mut state.transcript);
            }
        }
        PagerAction::Find => return find::open(state),
        PagerAction::NextMatch => return find::step(state, Towards::Older),
        PagerAction::PreviousMatch => return find::step(state, Towards::Newer),
        PagerAction::NextTurn => return pointing::turn(state, Towards::Newer),
        PagerAction::PreviousTurn => return pointing::turn(state, Towards::Older),
        PagerAction::CopyReply => return pointing::copy_reply(state),
        PagerAction::CopyAll => return pointing::copy_all(state),
        _ => {}
    }
    Vec::new()
}

/// Rows an action goes in a list.
pub(super) fn picked(action: ListAction) -> Option<isize> {
    match action {
        ListAction::MoveUp => Some(-1),
        ListAction::MoveDown => Some(1),
        ListAction::PageUp => Some(-10),
        ListAction::PageDown => Some(10),
        ListAction::JumpTop => Some(isize::MIN / 2),
        ListAction::JumpBottom => Some(isize::MAX / 2),
        ListAction::MoveLeft | ListAction::MoveRight | ListAction::Accept | ListAction::Cancel => None,
    }
}

fn picker(state: &mut State, key: Key) -> Vec<Cmd> {
    let named = |names: &[&str]| names.iter().any(|name| is(key, name));
    // Letters narrow the list.
    let action = if key.typed().is_some() { None } else { state.keys.list.one(key) };
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    if action == Some(ListAction::Cancel) || named(&["ctrl-c"]) {
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
    if action == Some(ListAction::Accept) {
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
    if let Some(rows) = action.and_then(picked) {
        picker.step(rows);
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
