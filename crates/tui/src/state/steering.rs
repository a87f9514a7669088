//! Keys that change how the model works: effort up and down, Plan mode. What is asked for holds from the next turn on;
//! the thread says whether it can be.

use codex_protocol::{Choice, CollaborationMode, Op, SettingsChange};

use super::msg::Cmd;
use super::ui_state::State;

/// The words of effort, the least first.
const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"];
/// What models do when nothing is chosen.
const USUAL: &str = "medium";

/// One step on the ladder of efforts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Less,
    More,
}

/// Asks for less or more effort.
pub(super) fn step_effort(state: &mut State, step: Step) -> Vec<Cmd> {
    let Some(info) = state.info() else { return not_open(state) };
    let present = info.reasoning_effort.as_deref().unwrap_or(USUAL);
    let Some(at) = EFFORTS.iter().position(|effort| *effort == present) else {
        state.remark = Some(format!("`{present}` is no effort that has a neighbour: choose one by name"));
        return Vec::new();
    };
    let next = match step {
        Step::Less => at.checked_sub(1),
        Step::More => Some(at + 1),
    };
    let Some(next) = next.and_then(|next| EFFORTS.get(next)) else {
        state.remark = Some(format!("the effort is {present} already"));
        return Vec::new();
    };
    state.remark = Some(format!("effort {next} from the next turn on"));
    configure(SettingsChange { effort: Some(Choice::Named((*next).to_owned())), ..SettingsChange::default() })
}

/// From Default to Plan and back.
pub(super) fn cycle_mode(state: &mut State) -> Vec<Cmd> {
    let Some(info) = state.info() else { return not_open(state) };
    let next = match info.collaboration {
        CollaborationMode::Default => CollaborationMode::Plan,
        CollaborationMode::Plan => CollaborationMode::Default,
    };
    configure(SettingsChange { collaboration: Some(next), ..SettingsChange::default() })
}

fn configure(change: SettingsChange) -> Vec<Cmd> {
    vec![Cmd::Submit(Op::Configure(Box::new(change)))]
}

fn not_open(state: &mut State) -> Vec<Cmd> {
    state.remark = Some("the conversation is not open".to_owned());
    Vec::new()
}
