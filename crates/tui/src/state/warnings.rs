//! The warnings of this run (F2, `/warnings`): one by one, to be copied or dismissed (`tui.md §10`).

use super::choosing::{self, Choosing};
use super::list::{List, Row};
use super::msg::Cmd;
use super::overlay::Overlay;
use super::ui_state::State;

/// The key that dismisses a warning.
const DISMISS: &[(&str, &str)] = &[("d", "dismiss")];

/// Opens the list.
pub(super) fn open(state: &mut State) -> Vec<Cmd> {
    open_at(state, 0)
}

fn open_at(state: &mut State, at: usize) -> Vec<Cmd> {
    if state.around.warnings.is_empty() {
        state.remark = Some("there are no warnings".to_owned());
        return Vec::new();
    }
    let rows = state.around.warnings.iter().enumerate();
    let rows = rows.map(|(at, text)| Row::new(at.to_string(), text.clone(), "")).collect();
    let at = at.min(state.around.warnings.len() - 1);
    let list = List::new("Warnings", rows).enter("copy").also(DISMISS).select(&at.to_string());
    let cmds = choosing::open(state, Choosing::Warning, list);
    tell(state);
    cmds
}

/// All of the selected warning, above the list.
pub(super) fn tell(state: &mut State) {
    let Some(Overlay::List(layer)) = state.overlays.last_mut() else { return };
    layer.list.note = layer.list.at().map(|row| row.name);
}

/// Copies a warning.
pub(super) fn copy(state: &mut State, key: &str) -> Vec<Cmd> {
    let text = key.parse::<usize>().ok().and_then(|at| state.around.warnings.get(at).cloned());
    state.remark = text.as_ref().map(|_| "the warning was sent to the clipboard".to_owned());
    text.map(Cmd::Copy).into_iter().collect()
}

/// Drops a warning; the list stays open while there are more.
pub(super) fn dismiss(state: &mut State, key: &str) -> Vec<Cmd> {
    let Some(at) = key.parse::<usize>().ok().filter(|at| *at < state.around.warnings.len()) else {
        return Vec::new();
    };
    state.around.warnings.remove(at);
    if state.around.warnings.is_empty() {
        state.remark = Some("no warnings are left".to_owned());
        return Vec::new();
    }
    open_at(state, at)
}
