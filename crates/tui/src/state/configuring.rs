//! `/config`: switches of the UI, each saved as it is turned, and the way to the settings that have a list of their own.

use codex_config::SettingValue;

use super::choosing::{self, Choosing};
use super::list::{List, Row, Typing};
use super::msg::{Cmd, Job};
use super::slash::SlashCommand;
use super::ui_state::State;

/// A setting that is on or off.
struct Switch {
    key: &'static [&'static str],
    name: &'static str,
    purpose: &'static str,
    is_on: fn(&State) -> bool,
    set: fn(&mut State, bool),
}

const SWITCHES: [Switch; 6] = [
    Switch {
        key: &["tui", "animations"],
        name: "Motion",
        purpose: "the title shows by movement that work goes on",
        is_on: |state| state.settings.animations,
        set: |state, on| state.settings.animations = on,
    },
    Switch {
        key: &["tui", "keep_last_screen"],
        name: "Last screen",
        purpose: "leaving the whole screen leaves the end of the conversation behind",
        is_on: |state| state.settings.keep_last_screen,
        set: |state, on| state.settings.keep_last_screen = on,
    },
    Switch {
        key: &["tui", "status_line_use_colors"],
        name: "Coloured status line",
        purpose: "items of the status line in colours of the theme",
        is_on: |state| state.settings.status_line_use_colors,
        set: |state, on| state.settings.status_line_use_colors = on,
    },
    Switch {
        key: &["tui", "raw_output_mode"],
        name: "Plain text",
        purpose: "conversations begin without marks and indents, for copying",
        is_on: |state| state.settings.raw_output_mode,
        set: |state, on| state.settings.raw_output_mode = on,
    },
    Switch {
        key: &["tui", "vim_mode_default"],
        name: "Vim keys",
        purpose: "the composer begins with modal editing",
        is_on: |state| state.settings.vim_mode_default,
        set: |state, on| state.settings.vim_mode_default = on,
    },
    Switch {
        key: &["hide_agent_reasoning"],
        name: "Hide reasoning",
        purpose: "summaries of the model's thoughts are not shown",
        is_on: |state| state.settings.hide_agent_reasoning,
        set: |state, on| state.settings.hide_agent_reasoning = on,
    },
];

/// Settings with a list of their own.
const LISTS: [&str; 7] = ["theme", "statusline", "title", "tui", "keymap", "model", "permissions"];

/// Opens the list of settings.
pub(super) fn list(state: &mut State) -> Vec<Cmd> {
    let mut rows: Vec<Row> = SWITCHES
        .iter()
        .map(|switch| {
            let now = if (switch.is_on)(state) { "[x]" } else { "[ ]" };
            Row::new(switch.name, format!("{now} {}", switch.name), switch.purpose)
        })
        .collect();
    let lists = LISTS.iter().filter_map(|name| SlashCommand::named(name));
    rows.extend(lists.map(|command| Row::new(command.name, format!("/{}", command.name), command.purpose)));
    choosing::open(
        state,
        Choosing::Setting,
        List::new("Settings", rows).typing(Typing::Filters).enter("change"),
    )
}

/// Turns a switch and shows the list again, or goes to the list of a setting.
pub(super) fn chosen(state: &mut State, key: &str) -> Vec<Cmd> {
    if let Some(switch) = SWITCHES.iter().find(|switch| switch.name == key) {
        let on = !(switch.is_on)(state);
        (switch.set)(state, on);
        let mut cmds = vec![Cmd::Job(Job::Keep { key: switch.key, value: SettingValue::Flag(on) })];
        cmds.extend(list(state));
        return cmds;
    }
    SlashCommand::named(key).map_or_else(Vec::new, |command| command.run(state, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_a_command() {
        for name in LISTS {
            assert!(SlashCommand::named(name).is_some(), "/{name}");
        }
    }
}
