//! The items of the status line and of the terminal's title, as one table (`tui.md` 13), and choosing among them.

use codex_config::SettingValue;

use super::checklist::{Checklist, Ticked};
use super::msg::{Cmd, Job};
use super::overlay::{ItemsLayer, Overlay};
use super::ui_state::State;
use crate::cells::grouped;
use crate::keymap::Key;
use crate::look::Look;
use crate::text::one_line;

/// Where items are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    StatusLine,
    Title,
}

/// In which places an item can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Both,
    StatusLine,
    Title,
}

/// One item.
pub(crate) struct Item {
    pub(crate) key: &'static str,
    pub(crate) purpose: &'static str,
    stands: Stands,
    look: Look,
    /// Its text; `None` while there is nothing to tell.
    text: fn(&State) -> Option<String>,
}

/// The item that only the title has: drawn by [`crate::draw`], which knows the spinner.
pub(crate) const ACTIVITY: &str = "activity";

const STATUS_DEFAULT: [&str; 5] =
    ["model-with-reasoning", "current-dir", "thread-name", "context-remaining", "task-progress"];
const TITLE_DEFAULT: [&str; 3] = [ACTIVITY, "thread-name", "project-name"];

/// The table.
pub(crate) const ITEMS: &[Item] = &[
    item(
        ACTIVITY,
        "spinner while a turn runs, a call when you are asked",
        Stands::Title,
        Look::Plain,
        |_| None,
    ),
    item("model-with-reasoning", "model and effort", Stands::Both, Look::StatusModel, model_and_effort),
    item("current-dir", "working folder", Stands::Both, Look::StatusFolder, |state| Some(state.folder())),
    item("thread-name", "name of the conversation", Stands::Both, Look::Plain, thread_name),
    item("model", "model alone", Stands::Both, Look::StatusModel, |state| state.model.clone()),
    item("reasoning", "effort alone", Stands::Both, Look::StatusModel, effort),
    item("provider", "who serves the model", Stands::StatusLine, Look::Dim, |state| {
        state.info().map(|info| info.provider.clone())
    }),
    item("project-name", "last part of the working folder", Stands::Both, Look::StatusFolder, project),
    item("git-branch", "branch checked out", Stands::Both, Look::Good, |state| state.around.branch.clone()),
    item("five-hour-limit", "what is left of the short limit", Stands::Both, Look::Dim, |state| {
        limit(state, Window::Short)
    }),
    item("weekly-limit", "what is left of the long limit", Stands::Both, Look::Dim, |state| {
        limit(state, Window::Long)
    }),
    item("approval-mode", "when you are asked", Stands::StatusLine, Look::Warn, |state| {
        state.info().map(|info| info.approval.as_str().to_owned())
    }),
    item("run-state", "ready, working or waiting for you", Stands::Both, Look::Accent, run_state),
    item("permissions", "what commands may touch", Stands::StatusLine, Look::Warn, |state| {
        state.info().map(|info| info.sandbox.mode().as_str().to_owned())
    }),
    item("context-remaining", "room left in the context, in percent", Stands::Both, Look::Dim, |state| {
        context_used(state).map(|used| format!("{}% left", 100 - used))
    }),
    item("context-used", "context used, in percent", Stands::Both, Look::Dim, |state| {
        context_used(state).map(|used| format!("{used}% used"))
    }),
    item("context-window-size", "tokens the model can hold", Stands::StatusLine, Look::Dim, |state| {
        state.context_window.map(|window| format!("{} window", grouped(window)))
    }),
    item("used-tokens", "tokens of the whole conversation", Stands::Both, Look::Dim, |state| {
        told(state.tokens.total_tokens, "tokens")
    }),
    item("total-input-tokens", "tokens sent", Stands::Both, Look::Dim, |state| {
        told(state.tokens.input_tokens, "in")
    }),
    item("total-output-tokens", "tokens received", Stands::Both, Look::Dim, |state| {
        told(state.tokens.output_tokens, "out")
    }),
    item("task-progress", "steps of the plan done", Stands::Both, Look::Dim, |state| {
        state.plan.map(|(done, all)| format!("plan {done}/{all}"))
    }),
    item("thread-id", "id of the conversation", Stands::Both, Look::Dim, |state| {
        state.thread_id().map(|id| id.to_string())
    }),
    item("codex-version", "version of this program", Stands::Both, Look::Dim, |_| {
        Some(format!("v{}", env!("CARGO_PKG_VERSION")))
    }),
    item("app-name", "the word codex", Stands::Title, Look::Plain, |_| Some("codex".to_owned())),
];

const fn item(
    key: &'static str,
    purpose: &'static str,
    stands: Stands,
    look: Look,
    text: fn(&State) -> Option<String>,
) -> Item {
    Item { key, purpose, stands, look, text }
}

impl Item {
    fn can_stand(&self, place: Place) -> bool {
        match (self.stands, place) {
            (Stands::Both, _) | (Stands::StatusLine, Place::StatusLine) | (Stands::Title, Place::Title) => {
                true
            }
            (Stands::StatusLine, Place::Title) | (Stands::Title, Place::StatusLine) => false,
        }
    }
}

fn model_and_effort(state: &State) -> Option<String> {
    let model = state.model.clone()?;
    Some(match effort(state) {
        Some(effort) => format!("{model} {effort}"),
        None => model,
    })
}

fn effort(state: &State) -> Option<String> {
    state.info()?.reasoning_effort.clone()
}

fn thread_name(state: &State) -> Option<String> {
    state.info()?.name.clone()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    Short,
    Long,
}

fn limit(state: &State, which: Window) -> Option<String> {
    let bucket = state.around.limits.first()?;
    let (name, window) = match which {
        Window::Short => ("5h", bucket.primary?),
        Window::Long => ("week", bucket.secondary?),
    };
    Some(format!("{name} {}%", (100.0 - window.used_percent).clamp(0.0, 100.0).round()))
}

fn project(state: &State) -> Option<String> {
    state.cwd.file_name().map(|name| name.to_string_lossy().into_owned())
}

fn run_state(state: &State) -> Option<String> {
    Some(
        match (state.asking.is_empty(), &state.turn) {
            (false, _) => "waiting for you",
            (true, Some(_)) => "working",
            (true, None) => "ready",
        }
        .to_owned(),
    )
}

fn context_used(state: &State) -> Option<u64> {
    let window = state.context_window.filter(|window| *window > 0)?;
    let used = state.last_tokens.total_tokens;
    (used > 0).then(|| used.min(window) * 100 / window)
}

fn told(tokens: u64, what: &str) -> Option<String> {
    (tokens > 0).then(|| format!("{} {what}", grouped(tokens)))
}

/// The keys shown in a place, in order: those of a choice that is being made, of the settings, or the usual ones.
fn keys(state: &State, place: Place) -> Vec<String> {
    if let Some(Overlay::Items(layer)) = state.overlays.last()
        && layer.place == place
    {
        return layer.list.on();
    }
    let set = match place {
        Place::StatusLine => &state.settings.status_line,
        Place::Title => &state.settings.terminal_title,
    };
    match (set, place) {
        (Some(keys), _) => keys.clone(),
        (None, Place::StatusLine) => STATUS_DEFAULT.map(str::to_owned).to_vec(),
        (None, Place::Title) => TITLE_DEFAULT.map(str::to_owned).to_vec(),
    }
}

fn found(key: &str, place: Place) -> Option<&'static Item> {
    ITEMS.iter().find(|item| item.key == key && item.can_stand(place))
}

/// What the status line shows.
pub(crate) fn status_items(state: &State) -> Vec<(Look, String)> {
    let coloured = state.settings.status_line_use_colors;
    let shown = keys(state, Place::StatusLine).into_iter().filter_map(|key| {
        let item = found(&key, Place::StatusLine)?;
        let text = one_line(&(item.text)(state)?);
        Some((if coloured { item.look } else { Look::Dim }, text))
    });
    shown.filter(|(_, text)| !text.is_empty()).collect()
}

/// What the title shows: keys and texts; the activity has no text of its own.
pub(crate) fn title_items(state: &State) -> Vec<(&'static str, String)> {
    let shown = keys(state, Place::Title).into_iter().filter_map(|key| {
        let item = found(&key, Place::Title)?;
        Some((item.key, one_line(&(item.text)(state).unwrap_or_default())))
    });
    shown.filter(|(key, text)| *key == ACTIVITY || !text.is_empty()).collect()
}

/// Opens the choice of items.
pub(super) fn choose(state: &mut State, place: Place) -> Vec<Cmd> {
    let title = match place {
        Place::StatusLine => "Items of the status line",
        Place::Title => "Items of the terminal's title",
    };
    let items = ITEMS.iter().filter(move |item| item.can_stand(place)).map(|item| (item.key, item.purpose));
    let list = Checklist::new(title, items, &keys(state, place));
    state.overlays.push(Overlay::Items(Box::new(ItemsLayer { list, place })));
    Vec::new()
}

/// A key while items are chosen.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let action = state.keys.list.one(key);
    let Some(Overlay::Items(layer)) = state.overlays.last_mut() else { return Vec::new() };
    match layer.list.key(key, action) {
        Ticked::Nothing => Vec::new(),
        Ticked::Back => {
            state.overlays.pop();
            Vec::new()
        }
        Ticked::Saved(_) => save(state),
    }
}

/// Keeps the items that are on.
pub(super) fn save(state: &mut State) -> Vec<Cmd> {
    let Some(Overlay::Items(layer)) = state.overlays.pop() else { return Vec::new() };
    let (place, keys) = (layer.place, layer.list.on());
    let key: &'static [&'static str] = match place {
        Place::StatusLine => {
            state.settings.status_line = Some(keys.clone());
            &["tui", "status_line"]
        }
        Place::Title => {
            state.settings.terminal_title = Some(keys.clone());
            &["tui", "terminal_title"]
        }
    };
    vec![Cmd::Job(Job::Keep { key, value: SettingValue::Texts(keys) })]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_items_are_in_the_table() {
        for (place, usual) in [(Place::StatusLine, STATUS_DEFAULT.as_slice()), (Place::Title, &TITLE_DEFAULT)]
        {
            for key in usual {
                assert!(found(key, place).is_some(), "{key}");
            }
        }
        for (at, item) in ITEMS.iter().enumerate() {
            assert!(!ITEMS[..at].iter().any(|other| other.key == item.key), "{} twice", item.key);
        }
    }
}
