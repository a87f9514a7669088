//! Keys while a screen reader is served: lists and questions are answered by a number and Enter, and nothing needs to
//! be looked at to be chosen. Invariant: no question is answered by Enter alone.

use super::msg::Cmd;
use super::overlay::Overlay;
use super::ui_state::{Mode, State};
use super::update::is;
use super::{asking, choosing, items, layers, picking, questions, welcome};
use crate::cells::{Card, Cell};
use crate::keymap::{Action, Key};
use crate::text::one_line;
use crate::transcript::Towards;

/// Letters of an answer; more has no meaning.
const ANSWER_BYTES_MAX: usize = 4096;

/// What a key does to the question at hand; `None` when it belongs to the conversation.
pub(super) fn key(state: &mut State, key: Key) -> Option<Vec<Cmd>> {
    if state.mode != Mode::Linear {
        return None;
    }
    state.remark = None;
    while let Some(Overlay::Card { .. } | Overlay::Page(_) | Overlay::Pager(_)) = state.overlays.last() {
        // They were said; whatever comes next ends them.
        layers::pop(state);
        if is(key, "enter") || is(key, "esc") {
            return Some(Vec::new());
        }
    }
    if !takes_answers(state) {
        return None;
    }
    if is(key, "tab") && matches!(state.overlays.last(), Some(Overlay::Picker(_))) {
        return Some(picking::other_scope(state));
    }
    if forwards(state) || is(key, "ctrl-c") || is(key, "tab") {
        return Some(forward(state, key));
    }
    if is(key, "esc") && state.answer.is_empty() {
        return Some(forward(state, key));
    }
    if is(key, "esc") || is(key, "ctrl-u") {
        state.answer.clear();
    } else if is(key, "backspace") {
        state.answer.pop();
    } else if is(key, "enter") {
        let typed = std::mem::take(&mut state.answer);
        return Some(answer(state, typed.trim()));
    } else if let Some(c) = key.typed() {
        paste(state, c.encode_utf8(&mut [0; 4]));
    }
    Some(Vec::new())
}

/// Whether what is typed is an answer.
pub(super) fn takes_answers(state: &State) -> bool {
    let questions = !state.asking.is_empty() || !state.forms.is_empty();
    state.mode == Mode::Linear && (state.welcome.is_some() || !state.overlays.is_empty() || questions)
}

/// Adds to the answer.
pub(super) fn paste(state: &mut State, text: &str) {
    if state.answer.len() + text.len() <= ANSWER_BYTES_MAX {
        state.answer.push_str(&one_line(text));
    }
}

/// Whether the keys themselves are wanted: a secret, or a key that is to be bound.
fn forwards(state: &State) -> bool {
    match (&state.welcome, state.overlays.last()) {
        (Some(step), _) => step.choices().is_empty(),
        (None, Some(Overlay::List(layer))) => matches!(layer.choosing, choosing::Choosing::Key(_)),
        _ => false,
    }
}

fn forward(state: &mut State, key: Key) -> Vec<Cmd> {
    state.answer.clear();
    if state.welcome.is_some() {
        return welcome::key(state, key);
    }
    match (state.overlays.is_empty(), state.asking.is_empty()) {
        (false, _) => layers::key(state, key),
        (true, false) => asking::key(state, key),
        (true, true) => questions::key(state, key),
    }
}

fn answer(state: &mut State, typed: &str) -> Vec<Cmd> {
    let at = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    if state.welcome.is_some() {
        let number = at.and_then(|at| char::from_digit(u32::try_from(at).ok()? + 1, 10));
        let Some(number) = number else { return again(state) };
        return welcome::key(state, Key::char(number));
    }
    match state.overlays.last_mut() {
        Some(Overlay::List(layer)) => match at {
            Some(at) => {
                let pressed = layer.list.choose_at(at);
                choosing::pressed(state, pressed)
            }
            None if layer.list.is_typed_into() => {
                layer.list.set_filter(typed);
                Vec::new()
            }
            None => again(state),
        },
        Some(Overlay::Items(layer)) => match at {
            Some(at) => {
                layer.list.toggle_at(at);
                Vec::new()
            }
            None if typed.is_empty() => items::save(state),
            None => {
                layer.list.filter = typed.to_owned();
                Vec::new()
            }
        },
        Some(Overlay::Picker(picker)) => match at {
            Some(at) if at < picker.count() => {
                picker.selected = at;
                picking::open_chosen(state)
            }
            Some(_) => again(state),
            None => {
                picker.filter = typed.to_owned();
                picker.narrow();
                Vec::new()
            }
        },
        Some(Overlay::Card { .. } | Overlay::Page(_) | Overlay::Pager(_)) => Vec::new(),
        None => {
            let taken = match (typed.to_lowercase().as_str(), state.asking.is_empty()) {
                (_, true) => form(state, typed),
                ("y" | "yes", false) => asking::answer(state, 0),
                ("n" | "no", false) => asking::deny(state),
                _ => at.and_then(|at| asking::answer(state, at)),
            };
            taken.unwrap_or_else(|| again(state))
        }
    }
}

/// A number, and what is to be noted.
fn form(state: &mut State, typed: &str) -> Option<Vec<Cmd>> {
    let (number, note) = typed.split_once(' ').unwrap_or((typed, ""));
    let row = number.trim_end_matches('.').parse::<usize>().ok()?.checked_sub(1)?;
    questions::answer(state, row, note.trim())
}

fn again(state: &mut State) -> Vec<Cmd> {
    state.remark = Some("that was no answer, or it came too early; type it again".to_owned());
    Vec::new()
}

/// What an action does here that elsewhere needs a look at the screen; `None` when it is the same.
pub(super) fn action(state: &mut State, action: Action) -> Option<Vec<Cmd>> {
    if state.mode != Mode::Linear {
        return None;
    }
    match action {
        Action::ToggleDetail => details(state),
        Action::Find
        | Action::FocusActivity
        | Action::RawOutput
        | Action::PageUp
        | Action::PageDown
        | Action::RowUp
        | Action::RowDown
        | Action::Top
        | Action::Bottom => {
            state.remark =
                Some("there is no such view for a screen reader; Control T says details".to_owned());
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Says all of the newest cell that was said in short.
fn details(state: &mut State) {
    let newest = state.transcript.next_entry(state.transcript.len(), Towards::Older, Cell::is_expandable);
    let Some(entry) = newest.and_then(|at| state.transcript.get(at)) else {
        state.remark = Some("there is nothing with details yet".to_owned());
        return;
    };
    let rows = entry.cell().spoken_in_full().into_iter().map(|line| (String::new(), line)).collect();
    state.overlays.push(Overlay::Card { card: Card { title: "Details".to_owned(), rows }, scroll: 0 });
}
