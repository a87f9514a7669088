//! The terminal's title and the state report (`tui.md` 2).

use std::time::Duration;

use crate::state::State;
use crate::text::{cut, one_line};

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"];
const STILL: &str = "•";
const BLOCKED: [&str; 2] = ["[ ! ] Action Required", "[ . ] Action Required"];
const TITLE_COLUMNS_MAX: usize = 60;
const ITEMS: [&str; 3] = ["activity", "thread-name", "project-name"];

/// How long one picture of the spinner stays.
pub(crate) const SPIN: Duration = Duration::from_millis(250);
/// How long one picture of a block stays.
const BLINK: Duration = Duration::from_millis(1000);

/// The title: what moves, then the project; empty when no item is wanted.
pub(crate) fn title(state: &State) -> String {
    let parts: Vec<String> = match &state.settings.terminal_title {
        Some(names) => names.iter().filter_map(|name| item(state, name)).collect(),
        None => ITEMS.iter().filter_map(|name| item(state, name)).collect(),
    };
    cut(&one_line(&parts.join(" ")), TITLE_COLUMNS_MAX)
}

/// What an item of `tui.terminal_title` says now; nothing when it has nothing to say.
fn item(state: &State, name: &str) -> Option<String> {
    let info = state.info();
    let effort = info.and_then(|info| info.reasoning_effort.clone());
    let tokens = &state.tokens;
    match name {
        "activity" => activity_mark(state).map(str::to_owned),
        "project-name" => Some(
            state
                .cwd
                .file_name()
                .map_or_else(|| "codex".to_owned(), |name| name.to_string_lossy().into_owned()),
        ),
        "app-name" => Some("codex".to_owned()),
        "current-dir" => Some(state.folder()),
        "run-state" => Some(activity(state).to_owned()),
        "thread-id" => state.thread_id().map(|id| id.to_string()),
        "codex-version" => Some(env!("CARGO_PKG_VERSION").to_owned()),
        "model" => state.model.clone(),
        "reasoning" => effort,
        "model-with-reasoning" => match (&state.model, effort) {
            (Some(model), Some(effort)) => Some(format!("{model} {effort}")),
            (model, _) => model.clone(),
        },
        "context-remaining" => context_used(state).map(|used| format!("{}% left", 100 - used)),
        "context-used" => context_used(state).map(|used| format!("{used}% used")),
        "used-tokens" => Some(format!("{} tokens", tokens.total_tokens)),
        "total-input-tokens" => Some(format!("{} in", tokens.input_tokens)),
        "total-output-tokens" => Some(format!("{} out", tokens.output_tokens)),
        "task-progress" => state.plan.map(|(done, all)| format!("{done}/{all}")),
        _ => None,
    }
}

/// In percent; nothing before the first answer.
fn context_used(state: &State) -> Option<u64> {
    let window = state.context_window.filter(|window| *window > 0)?;
    let used = state.last_tokens.total_tokens;
    (used > 0).then(|| used.min(window) * 100 / window)
}

fn activity_mark(state: &State) -> Option<&'static str> {
    let step = |picture: Duration, count: usize| {
        let pictures = state.now.as_millis() / picture.as_millis();
        usize::try_from(pictures).unwrap_or(0) % count
    };
    let moves = state.settings.animations;
    if !state.asking.is_empty() {
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
