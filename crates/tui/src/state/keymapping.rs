//! `/keymap`: every action with its keys, searched by typing; a new key is pressed, holds at once and is kept.
//! Invariant: a list, not a mode: each step is a layer that Escape closes.

use codex_config::SettingValue;

use super::choosing::{self, Choosing};
use super::list::{List, Row, Typing};
use super::msg::{Cmd, Job};
use super::overlay::Overlay;
use super::ui_state::State;
use super::update::is;
use crate::keymap::{Key, KeyRow};

/// Keys of the list besides Enter.
const ALSO: &[(&str, &str)] = &[("delete", "no key"), ("ctrl-r", "default")];

/// The key that is being set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    context: &'static str,
    action: &'static str,
    /// The beginning of a chord.
    begun: Option<Key>,
}

/// `/keymap`: all actions; what follows the command is searched for.
pub(super) fn list(state: &mut State, words: &str) -> Vec<Cmd> {
    let row = |row: KeyRow| {
        let keys = row.keys();
        let keys = if keys.is_empty() { "no key".to_owned() } else { keys.join(", ") };
        Row::new(name(&row), keys, name(&row).replace(['.', '_'], " "))
            .marked(row.changed.then_some("changed"))
    };
    let rows = state.keys.rows().map(row).collect();
    let mut list = List::new("Keys", rows)
        .typing(Typing::Filters)
        .note("kept in config.toml under [tui.keymap.<context>]")
        .enter("set a key");
    list.also = ALSO;
    list.paste(words);
    choosing::open(state, Choosing::Keymap, list)
}

fn name(row: &KeyRow) -> String {
    format!("{}.{}", row.context, row.action)
}

/// Enter or another key on a row of the list.
pub(super) fn chosen(state: &mut State, wanted: &str, also: Option<&str>) -> Vec<Cmd> {
    let Some(row) = state.keys.rows().find(|row| name(row) == wanted) else { return Vec::new() };
    let (context, action) = (row.context, row.action);
    match also {
        Some("delete") => apply(state, context, action, Some(Vec::new())),
        Some(_) => apply(state, context, action, None),
        None => ask(state, Setting { context, action, begun: None }),
    }
}

fn ask(state: &mut State, setting: Setting) -> Vec<Cmd> {
    let what = match setting.begun {
        Some(key) => format!("{} …: press the second key", key.hint()),
        None => "press the new key; after the leader or ctrl-x a second one".to_owned(),
    };
    let title = format!("New key for {}.{}", setting.context, setting.action);
    let list = List::new(title, vec![Row::new("", what, "")]).enter("binds enter itself");
    choosing::open(state, Choosing::Key(setting), list)
}

/// The key that was pressed for an action; Escape leaves all as it is.
pub(super) fn pressed(state: &mut State, setting: Setting, key: Key) -> Vec<Cmd> {
    state.overlays.pop();
    if is(key, "esc") && setting.begun.is_none() {
        return Vec::new();
    }
    let leads = state.keys.is_leader(key) || is(key, "ctrl-x");
    let keys = match setting.begun {
        Some(first) => format!("{first} {key}"),
        None if leads && setting.action != "leader" => {
            return ask(state, Setting { begun: Some(key), ..setting });
        }
        None => key.to_string(),
    };
    apply(state, setting.context, setting.action, Some(vec![keys]))
}

/// Changes the keys of an action here and in the person's file. None gives the default back.
fn apply(
    state: &mut State,
    context: &'static str,
    action: &'static str,
    keys: Option<Vec<String>>,
) -> Vec<Cmd> {
    let before = state.keys.conflicts();
    let changed = match &keys {
        Some(keys) => {
            let names: Vec<&str> = keys.iter().map(String::as_str).collect();
            state.keys.set(context, action, &names)
        }
        None => state.keys.reset(context, action),
    };
    if let Err(error) = changed {
        state.remark = Some(error.to_string());
        return Vec::new();
    }
    state.composer.set_keys(state.keys.clone());
    state.begun.clear();
    state.remark = state.keys.conflicts().into_iter().find(|conflict| !before.contains(conflict));
    // The list shows what holds now.
    let filter = match state.overlays.last() {
        Some(Overlay::List(layer)) if layer.choosing == Choosing::Keymap => {
            let filter = layer.list.filter.clone();
            state.overlays.pop();
            filter
        }
        _ => format!("{context}.{action}"),
    };
    let mut cmds = list(state, &filter);
    let value = match keys {
        None => SettingValue::Absent,
        Some(mut keys) if keys.len() == 1 => SettingValue::Text(keys.remove(0)),
        Some(keys) => SettingValue::Texts(keys),
    };
    cmds.push(Cmd::Job(Job::KeepKeys { context, action, value }));
    cmds
}
