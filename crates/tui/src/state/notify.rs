//! What is told to a person who looks elsewhere: the table of events, and whether one is told at all (`tui.md` 2, 13).

use codex_config::{NotificationCondition, Notifications};

use super::msg::Cmd;
use super::ui_state::State;
use crate::text::{cut, one_line};

const TEXT_COLUMNS_MAX: usize = 160;

/// Something worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    TurnEnded,
    ApprovalAsked,
}

/// Every name `tui.notifications` may hold. Those of parts that do not exist never happen.
const NAMES: [&str; 4] =
    ["agent-turn-complete", "approval-requested", "plan-mode-prompt", "user-input-requested"];

impl Happening {
    fn name(self) -> &'static str {
        match self {
            Self::TurnEnded => "agent-turn-complete",
            Self::ApprovalAsked => "approval-requested",
        }
    }
}

/// The wish to tell it, when the settings and the focus want that.
pub(super) fn tell(state: &State, happening: Happening, text: &str) -> Vec<Cmd> {
    let wanted = match &state.settings.notifications {
        Notifications::All => true,
        Notifications::None => false,
        Notifications::Only(names) => names.iter().any(|name| name == happening.name()),
    };
    let away = match state.settings.notification_condition {
        NotificationCondition::Always => true,
        NotificationCondition::Unfocused => !state.focused,
    };
    if !wanted || !away {
        return Vec::new();
    }
    vec![Cmd::Notify(cut(&one_line(text), TEXT_COLUMNS_MAX))]
}

/// What is wrong with the setting.
pub(super) fn unknown_names(notifications: &Notifications) -> Vec<String> {
    let Notifications::Only(names) = notifications else { return Vec::new() };
    let unknown = names.iter().filter(|name| !NAMES.contains(&name.as_str()));
    unknown
        .map(|name| {
            let name = one_line(name);
            format!("tui.notifications: there is no event `{name}`; events are {}", NAMES.join(", "))
        })
        .collect()
}
