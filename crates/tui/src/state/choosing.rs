//! What the lists are about: how each is filled, what moving does, and what a choice does.

use std::path::PathBuf;

use codex_config::SettingValue;
use codex_core::CommitSummary;
use codex_protocol::ReviewTarget;

use super::commands;
use super::configuring;
use super::keymapping::{self, Setting};
use super::list::{List, Pressed, Row, Typing};
use super::msg::{Cmd, Job};
use super::overlay::{ListLayer, Overlay};
use super::recovery;
use super::review;
use super::tuning::{self, Counts};
use super::ui_state::State;
use super::warnings;
use crate::keymap::Key;
use crate::theme::{AUTOMATIC, THEMES, Theme};

/// What happens to the conversation at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Away {
    Archive,
    /// From the archive back to the list.
    TakeBack,
    Delete,
}

/// What is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choosing {
    Theme,
    Model,
    Effort {
        model: String,
    },
    Permissions,
    /// Full access is asked about again.
    FullAccess,
    /// Whether a conversation is put away, or thrown away.
    PutAway(Away),
    /// What is reviewed.
    Review,
    /// The branch that is compared with.
    ReviewBranch,
    /// The commit that is reviewed, of these.
    ReviewCommit(Vec<CommitSummary>),
    /// How the terminal is shared at the next start.
    Screen,
    /// A setting of the UI.
    Setting,
    /// An action whose keys change.
    Keymap,
    /// The key that is pressed next is bound.
    Key(Setting),
    /// A warning of this run.
    Warning,
    /// Which files are brought back: those of the rows, and all that were removed.
    Recover {
        paths: Vec<PathBuf>,
        removed: Vec<PathBuf>,
    },
    /// Which part of the last reply is copied.
    Copy(Vec<String>),
}

/// A key while a list is open.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let action = state.keys.list.one(key);
    let Some(Overlay::List(layer)) = state.overlays.last_mut() else { return Vec::new() };
    if let Choosing::Key(setting) = &layer.choosing {
        let setting = setting.clone();
        return keymapping::pressed(state, setting, key);
    }
    let pressed_row = layer.list.key(key, action);
    pressed(state, pressed_row)
}

/// What became of a key in a list.
pub(super) fn pressed(state: &mut State, pressed: Pressed) -> Vec<Cmd> {
    let Some(Overlay::List(layer)) = state.overlays.last() else { return Vec::new() };
    match pressed {
        Pressed::Nothing => Vec::new(),
        Pressed::Moved => {
            moved(state);
            Vec::new()
        }
        Pressed::Back => {
            close(state);
            Vec::new()
        }
        // The list of keys stays below what is chosen in it.
        Pressed::Chosen(key) if layer.choosing == Choosing::Keymap => keymapping::chosen(state, &key, None),
        Pressed::Also(also, key) if layer.choosing == Choosing::Keymap => {
            keymapping::chosen(state, &key, Some(also))
        }
        Pressed::Chosen(key) => match close(state) {
            Some(choosing) => chosen(state, choosing, key, Counts::ForLaterToo),
            None => Vec::new(),
        },
        Pressed::Also(_, key) if layer.choosing == Choosing::Warning => {
            close(state);
            warnings::dismiss(state, &key)
        }
        Pressed::Also(_, key) => match close(state) {
            Some(choosing) => chosen(state, choosing, key, Counts::InThisSession),
            None => Vec::new(),
        },
    }
}

/// Opens a list.
pub(super) fn open(state: &mut State, choosing: Choosing, list: List) -> Vec<Cmd> {
    state.overlays.push(Overlay::List(Box::new(ListLayer { list, choosing })));
    Vec::new()
}

/// Takes the list away, and with it what was only tried.
fn close(state: &mut State) -> Option<Choosing> {
    state.around.tried_theme = None;
    match state.overlays.pop() {
        Some(Overlay::List(layer)) => Some(layer.choosing),
        _ => None,
    }
}

/// Another row is selected: what can be seen at once is shown at once.
pub(super) fn moved(state: &mut State) {
    let Some(Overlay::List(layer)) = state.overlays.last() else { return };
    if layer.choosing == Choosing::Theme {
        let name = layer.list.at().map(|row| row.key);
        let background = state.around.background;
        state.around.tried_theme = name.map(|name| Theme::named(&name, background));
    } else if layer.choosing == Choosing::Warning {
        warnings::tell(state);
    }
}

fn chosen(state: &mut State, choosing: Choosing, key: String, counts: Counts) -> Vec<Cmd> {
    match choosing {
        Choosing::Model => tuning::effort(state, key),
        Choosing::Effort { model } => tuning::use_model(state, model, &key, counts),
        Choosing::Permissions | Choosing::FullAccess => tuning::use_permissions(state, &key),
        Choosing::PutAway(away) if key == "yes" => commands::put_away(state, away),
        Choosing::PutAway(_) => Vec::new(),
        Choosing::Review => review::chosen(state, &key),
        Choosing::ReviewBranch => review::begin(state, ReviewTarget::BaseBranch { branch: key }),
        Choosing::ReviewCommit(commits) => review::commit_chosen(state, &commits, key),
        Choosing::Theme => {
            state.settings.theme = Some(key.clone());
            vec![keep(&["tui", "theme"], key)]
        }
        Choosing::Screen => {
            state.remark = Some("counts from the next start on".to_owned());
            vec![keep(&["tui", "alternate_screen"], key)]
        }
        Choosing::Setting => configuring::chosen(state, &key),
        Choosing::Recover { paths, removed } => recovery::chosen(state, &paths, removed, &key),
        Choosing::Warning => warnings::copy(state, &key),
        Choosing::Keymap | Choosing::Key(_) => Vec::new(),
        Choosing::Copy(parts) => {
            let part = key.parse::<usize>().ok().and_then(|at| parts.into_iter().nth(at));
            state.remark = part.as_ref().map(|_| "sent to the clipboard".to_owned());
            part.map(Cmd::Copy).into_iter().collect()
        }
    }
}

fn keep(key: &'static [&'static str], value: String) -> Cmd {
    Cmd::Job(Job::Keep { key, value: SettingValue::Text(value) })
}

/// `/theme`: every theme, tried on while moving.
pub(super) fn theme(state: &mut State) -> Vec<Cmd> {
    let chosen = state.settings.theme.clone().unwrap_or_else(|| AUTOMATIC.to_owned());
    let mark = |name: &str| (name == chosen).then_some("current");
    let mut rows =
        vec![Row::new(AUTOMATIC, AUTOMATIC, "dark or light, as the terminal is").marked(mark(AUTOMATIC))];
    rows.extend(
        THEMES.iter().map(|theme| Row::new(theme.name, theme.name, theme.purpose).marked(mark(theme.name))),
    );
    open(state, Choosing::Theme, List::new("Colours", rows).typing(Typing::Filters).enter("keep"))
}

/// `/tui`: the display of the next start.
pub(super) fn screen(state: &mut State) -> Vec<Cmd> {
    let now = state.settings.alternate_screen.as_str();
    let rows = [
        ("auto", "Automatic", "the whole screen where that works"),
        ("always", "Whole screen", "its own scrolling, mouse wheel"),
        ("never", "Inline", "under the shell's lines; finished text goes to the terminal's scrollback"),
    ];
    let rows = rows
        .map(|(key, name, purpose)| Row::new(key, name, purpose).marked((key == now).then_some("current")));
    open(
        state,
        Choosing::Screen,
        List::new("Display", rows.to_vec()).note("counts from the next start on").enter("keep"),
    )
}

/// `/copy`: the whole reply, or one of its blocks of code. A reply of one part is copied at once.
pub(super) fn copy(state: &mut State) -> Vec<Cmd> {
    let Some(reply) = state.last_reply.clone() else {
        state.remark = Some("there is no reply to copy yet".to_owned());
        return Vec::new();
    };
    let blocks = code_blocks(&reply);
    if blocks.is_empty() {
        state.remark = Some("last reply sent to the clipboard".to_owned());
        return vec![Cmd::Copy(reply)];
    }
    let mut rows = vec![Row::new("0", "Whole reply", format!("{} lines of Markdown", reply.lines().count()))];
    rows.extend(blocks.iter().enumerate().map(|(at, (language, code))| {
        let name = if language.is_empty() { "Code".to_owned() } else { format!("Code ({language})") };
        let first = code.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        Row::new((at + 1).to_string(), name, format!("{} lines: {first}", code.lines().count()))
    }));
    let parts = std::iter::once(reply).chain(blocks.into_iter().map(|(_, code)| code)).collect();
    open(state, Choosing::Copy(parts), List::new("Copy", rows).enter("copy"))
}

/// The fenced blocks of a text: language and code.
fn code_blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, char, String, String)> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = mark.map_or(0, |mark| bare.chars().take_while(|c| *c == mark).count());
        match (&mut open, mark) {
            (Some((fence, with, _, _)), Some(mark))
                if mark == *with && length >= *fence && bare.trim_end().len() == length =>
            {
                if let Some((_, _, language, code)) = open.take() {
                    blocks.push((language, code));
                }
            }
            (Some((_, _, _, code)), _) => {
                code.push_str(line);
                code.push('\n');
            }
            (None, Some(mark)) if length >= 3 => {
                let language = bare[length..].split_whitespace().next().unwrap_or_default();
                open = Some((length, mark, language.to_owned(), String::new()));
            }
            (None, _) => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn blocks_of_code_are_found() {
        let text = "a\n```rust\nfn x() {}\n```\nb\n~~~~\n```\nin\n~~~\n~~~~\n```sh\nnever ended";
        let expected = [("rust", "fn x() {}\n"), ("", "```\nin\n~~~\n")];
        assert_eq!(code_blocks(text), expected.map(|(l, c)| (l.to_owned(), c.to_owned())));
    }
}
