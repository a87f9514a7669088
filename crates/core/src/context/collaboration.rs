//! What the model is told about the way it works together with the person. Our own words; pure.

use codex_protocol::CollaborationMode;
use codex_tools::Questions;

const PLAN: &str = include_str!("plan_mode.md");

const DEFAULT: &str = "Plan mode is over: from here on do the work yourself. Change files and run commands as the task \
     needs, within the permissions you have.";
const NO_QUESTIONS: &str = " request_user_input is not available; decide what can be decided, and say in your answer what \
     you assumed.";
const QUESTIONS: &str = " Use request_user_input only for what nobody but the user can decide; decide the rest, and say in \
     your answer what you assumed.";

/// The settings' own form: nothing for the usual way.
pub(crate) fn instructions(mode: CollaborationMode) -> Option<&'static str> {
    match mode {
        CollaborationMode::Default => None,
        CollaborationMode::Plan => Some(PLAN.trim_ascii_end()),
    }
}

/// The part of the developer message that begins a mode.
pub(crate) fn message(mode: CollaborationMode, questions: Questions) -> String {
    let (text, more) = match (instructions(mode), questions) {
        (Some(text), _) => (text, ""),
        (None, Questions::InPlans) => (DEFAULT, NO_QUESTIONS),
        (None, Questions::Always) => (DEFAULT, QUESTIONS),
    };
    format!("<collaboration_mode>\n{text}{more}\n</collaboration_mode>")
}
