//! The terminal's title and the state report.

use std::time::Duration;

use crate::state::State;
use crate::text::{cut, one_line};

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"];
const TITLE_COLUMNS_MAX: usize = 60;

/// How long one picture of the spinner stays.
pub(crate) const SPIN: Duration = Duration::from_millis(250);

/// The title: spinner while a turn runs, then the project.
pub(crate) fn title(state: &State) -> String {
    let project = state.cwd.file_name().map(|name| name.to_string_lossy().into_owned());
    let project = project.map_or_else(|| "codex".to_owned(), |name| cut(&one_line(&name), TITLE_COLUMNS_MAX));
    match &state.turn {
        Some(_) => format!("{} {project}", spinner(state.now)),
        None => project,
    }
}

/// The word of the state report (`tui.md` 2).
pub(crate) fn activity(state: &State) -> &'static str {
    match (&state.turn, state.turns) {
        (Some(_), _) => "working",
        (None, 0) => "idle",
        (None, _) => "done",
    }
}

fn spinner(now: Duration) -> &'static str {
    let step = now.as_millis() / SPIN.as_millis();
    SPINNER[usize::try_from(step % 8).unwrap_or(0)]
}
