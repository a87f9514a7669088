//! The terminal's title and the state report (`tui.md` 2).

use std::time::Duration;

use crate::state::{ACTIVITY, State, title_items};
use crate::text::cut;

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"];
const STILL: &str = "•";
const BLOCKED: [&str; 2] = ["[ ! ] Action Required", "[ . ] Action Required"];
const TITLE_COLUMNS_MAX: usize = 60;

/// How long one picture of the spinner stays.
pub(crate) const SPIN: Duration = Duration::from_millis(250);
/// How long one picture of a block stays.
const BLINK: Duration = Duration::from_millis(1000);

/// The items of `tui.terminal_title`; what moves stands without a dot before what follows. Empty when none is wanted.
pub(crate) fn title(state: &State) -> String {
    let mut out = String::new();
    let mut texts = 0;
    for (key, text) in title_items(state) {
        if key == ACTIVITY {
            if let Some(mark) = activity_mark(state) {
                out.push_str(mark);
                out.push(' ');
            }
            continue;
        }
        if texts > 0 {
            out.push_str(" · ");
        }
        texts += 1;
        out.push_str(&text);
    }
    cut(out.trim(), TITLE_COLUMNS_MAX)
}

fn activity_mark(state: &State) -> Option<&'static str> {
    let step = |picture: Duration, count: usize| {
        let pictures = state.now.as_millis() / picture.as_millis();
        usize::try_from(pictures).unwrap_or(0) % count
    };
    let moves = state.settings.animations;
    if !state.asking.is_empty() || !state.forms.is_empty() {
        return Some(BLOCKED[if moves { step(BLINK, BLOCKED.len()) } else { 0 }]);
    }
    state.turn.as_ref()?;
    Some(if moves { SPINNER[step(SPIN, SPINNER.len())] } else { STILL })
}

/// The word of the state report.
pub(crate) fn activity(state: &State) -> &'static str {
    match (&state.turn, state.turns) {
        (Some(_), _) => "working",
        (None, 0) => "idle",
        (None, _) => "done",
    }
}
