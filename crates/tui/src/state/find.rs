//! Finding text in the conversation, also in what is not shown and in what is not loaded yet (`tui.md` 5, 19.70).

use super::msg::Cmd;
use super::pointing::{Place, Pointing, ask_earlier};
use super::ui_state::State;
use crate::cells::View;
use crate::draw::transcript_height;
use crate::keymap::{Key, ListAction};
use crate::text::{Needle, one_line};
use crate::transcript::{Marks, Spot, Towards};

/// The row in place of the hints.
#[derive(Debug)]
pub(crate) struct Find {
    pub(crate) query: String,
    pub(crate) found: Found,
    pub(super) before: Place,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Here,
    /// Nothing in what is loaded; older items are on their way.
    Waiting,
}

/// Opens the row, with what was looked for last.
pub(super) fn open(state: &mut State) -> Vec<Cmd> {
    let query = state.sought.clone();
    let find = Find { query, found: Found::Here, before: Place::of(state) };
    state.pointing = Some(Pointing::Find(find));
    seek(state, None, Towards::Older)
}

/// A key for the row; none when it means nothing here.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let typed = key.typed();
    let action = if typed.is_some() { None } else { state.keys.list.one(key) };
    match action {
        Some(ListAction::Cancel) => cancel(state),
        Some(ListAction::Accept) => accept(state),
        Some(ListAction::MoveUp) => return step(state, Towards::Older),
        Some(ListAction::MoveDown) => return step(state, Towards::Newer),
        _ => return edit(state, key, typed),
    }
    Vec::new()
}

fn edit(state: &mut State, key: Key, typed: Option<char>) -> Vec<Cmd> {
    let is = |name: &str| super::update::is(key, name);
    if is("ctrl-c") {
        cancel(state);
        return Vec::new();
    }
    if is("f3") {
        return step(state, Towards::Older);
    }
    if is("shift-f3") {
        return step(state, Towards::Newer);
    }
    if is("ctrl-t") {
        super::pointing::toggle_detail(state);
        return seek(state, None, Towards::Older);
    }
    let Some(Pointing::Find(find)) = &mut state.pointing else { return Vec::new() };
    match typed {
        Some(c) => find.query.push(c),
        None if is("backspace") || is("ctrl-h") => drop(find.query.pop()),
        None if is("ctrl-u") => find.query.clear(),
        None => return Vec::new(),
    }
    seek(state, None, Towards::Older)
}

/// Text that was pasted into the row.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Cmd> {
    if let Some(Pointing::Find(find)) = &mut state.pointing {
        find.query.push_str(&one_line(text));
    }
    seek(state, None, Towards::Older)
}

/// The next match; from the other end when there is none.
pub(super) fn step(state: &mut State, towards: Towards) -> Vec<Cmd> {
    let from = state.transcript.marks().spot;
    seek(state, from, towards)
}

/// Goes on when older items came.
pub(super) fn go_on(state: &mut State) -> Vec<Cmd> {
    match &state.pointing {
        Some(Pointing::Find(find)) if find.found == Found::Waiting => {
            let from = state.transcript.marks().spot;
            seek(state, from, Towards::Older)
        }
        _ => Vec::new(),
    }
}

fn seek(state: &mut State, from: Option<Spot>, towards: Towards) -> Vec<Cmd> {
    let query = match &state.pointing {
        Some(Pointing::Find(find)) => find.query.clone(),
        _ => state.sought.clone(),
    };
    let needle = Needle::new(&query);
    let marks = Marks { needle: needle.clone(), spot: from, ..Marks::default() };
    let Some(needle) = needle else {
        state.transcript.set_marks(marks);
        return found(state, Found::Here);
    };
    let mut hit = state.transcript.find(&needle, from, towards);
    if hit.is_none() && towards == Towards::Older {
        let cmds = ask_earlier(state);
        if !cmds.is_empty() || state.is_loading() {
            state.transcript.set_marks(marks);
            found(state, Found::Waiting);
            return cmds;
        }
    }
    if hit.is_none() && from.is_some() {
        // Around the end.
        let other = (towards == Towards::Newer).then_some(Spot { entry: 0, line: 0 });
        hit = match other {
            None => state.transcript.find(&needle, None, Towards::Older),
            Some(first) => state.transcript.find(&needle, Some(first), Towards::Newer),
        };
    }
    let Some(hit) = hit else {
        state.transcript.set_marks(marks);
        return found(state, Found::Nothing);
    };
    if state.detail() != hit.detail {
        let view = View { detail: hit.detail, ..state.transcript.view() };
        state.transcript.set_view(view);
    }
    state.transcript.set_marks(Marks { spot: Some(hit.spot), ..marks });
    let height = transcript_height(state);
    state.transcript.reveal(hit.spot, height);
    found(state, Found::Here)
}

fn found(state: &mut State, found: Found) -> Vec<Cmd> {
    if let Some(Pointing::Find(find)) = &mut state.pointing {
        find.found = found;
    }
    Vec::new()
}

/// Stays where the match is.
fn accept(state: &mut State) {
    if let Some(Pointing::Find(find)) = state.pointing.take() {
        state.sought = find.query;
    }
}

/// Back to where it began.
fn cancel(state: &mut State) {
    if let Some(Pointing::Find(find)) = state.pointing.take() {
        state.sought = find.query;
        state.transcript.set_marks(Marks::default());
        find.before.restore(state);
    }
}
