//! The keys of the UI outside the composer, as a table (`data/tui/keymap.tsv`).

use crate::composer::Key;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    ToggleDetail,
    Copy,
    ClearScreen,
    Interrupt,
    CtrlC,
    CtrlD,
    EditQueued,
    Suspend,
    PageUp,
    PageDown,
    RowUp,
    RowDown,
    Top,
    Bottom,
    Shortcuts,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct KeyRow {
    pub(crate) action: Action,
    /// All keys, separated by blanks, the first shown in hints.
    pub(crate) keys: &'static str,
    pub(crate) purpose: &'static str,
}

/// The table.
pub(crate) const KEYS: &[KeyRow] = &[
    KeyRow { action: Action::ToggleDetail, keys: "ctrl-t", purpose: "details of everything, on and off" },
    KeyRow { action: Action::Copy, keys: "ctrl-o", purpose: "copy the last reply as Markdown" },
    KeyRow { action: Action::ClearScreen, keys: "ctrl-l", purpose: "draw the screen anew" },
    KeyRow { action: Action::Interrupt, keys: "esc", purpose: "close, go back to the end, or interrupt" },
    KeyRow { action: Action::CtrlC, keys: "ctrl-c", purpose: "clear the draft, interrupt, or quit" },
    KeyRow { action: Action::CtrlD, keys: "ctrl-d", purpose: "quit when nothing is typed" },
    KeyRow {
        action: Action::EditQueued,
        keys: "shift-left alt-up",
        purpose: "take the newest queued message back",
    },
    KeyRow { action: Action::Suspend, keys: "ctrl-z", purpose: "suspend; `fg` comes back" },
    KeyRow { action: Action::PageUp, keys: "page-up", purpose: "a page up" },
    KeyRow { action: Action::PageDown, keys: "page-down", purpose: "a page down" },
    KeyRow { action: Action::RowUp, keys: "ctrl-up", purpose: "a row up" },
    KeyRow { action: Action::RowDown, keys: "ctrl-down", purpose: "a row down" },
    KeyRow { action: Action::Top, keys: "ctrl-home", purpose: "to the beginning" },
    KeyRow { action: Action::Bottom, keys: "ctrl-end", purpose: "to the end" },
    KeyRow { action: Action::Shortcuts, keys: "f1", purpose: "this card" },
];

impl Action {
    /// What the key does here.
    pub(crate) fn of(key: Key) -> Option<Self> {
        let is = |row: &&KeyRow| row.keys.split(' ').any(|name| name.parse() == Ok(key));
        KEYS.iter().find(is).map(|row| row.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_can_be_pressed_and_means_one_thing() {
        let mut seen = Vec::new();
        for name in KEYS.iter().flat_map(|row| row.keys.split(' ')) {
            let key: Key = name.parse().unwrap_or_else(|_| panic!("{name} is no key"));
            assert!(!seen.contains(&key), "{name} stands twice");
            seen.push(key);
        }
    }
}
