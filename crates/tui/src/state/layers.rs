//! Keys while a layer lies above the conversation.

use super::msg::Cmd;
use super::overlay::Overlay;
use super::ui_state::State;
use super::update::{is, load_near_top, scroll};
use super::{choosing, find, items, page, picking, pointing};
use crate::draw::transcript_height;
use crate::keymap::{Key, PagerAction};
use crate::transcript::{Marks, Towards};

/// A key for the top layer.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    match state.overlays.last() {
        Some(Overlay::Card { .. }) => card(state, key),
        Some(Overlay::Picker(_)) => picking::key(state, key),
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

/// Takes the top layer away, with what it changed.
pub(super) fn pop(state: &mut State) {
    if let Some(Overlay::Pager(pager)) = state.overlays.pop() {
        pager.close(&mut state.transcript);
    }
}
