//! Keys that change how the model works: effort up and down, Plan mode. What is asked for holds from the next turn on;
//! the thread says whether it can be.

use codex_protocol::{Choice, CollaborationMode, Op, SettingsChange};

use super::msg::{Cmd, Job};
use super::ui_state::State;

/// The words of effort, the least first, for a model that does not say which it has.
const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"];
/// What models do when nothing is chosen.
const USUAL: &str = "medium";

/// One step on the ladder of efforts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Less,
    More,
}

/// Asks for less or more effort, once it is known which the model has.
pub(super) fn step_effort(state: &mut State, step: Step) -> Vec<Cmd> {
    if state.info().is_none() {
        return not_open(state);
    }
    if state.around.models.is_some() {
        return step_known(state, step);
    }
    state.around.step = Some(step);
    vec![Cmd::Job(Job::Models)]
}

/// The step that waited, now that the models are known or cannot be.
pub(super) fn step_waiting(state: &mut State) -> Vec<Cmd> {
    match state.around.step.take() {
        Some(step) => step_known(state, step),
        None => Vec::new(),
    }
}

fn step_known(state: &mut State, step: Step) -> Vec<Cmd> {
    let Some(info) = state.info() else { return not_open(state) };
    let model = state.around.models.iter().flatten().find(|model| model.slug == info.model);
    let usual = model.and_then(|model| model.default_effort.as_deref()).unwrap_or(USUAL);
    let present = info.reasoning_effort.clone().unwrap_or_else(|| usual.to_owned());
    let own: Vec<&str> =
        model.into_iter().flat_map(|model| &model.efforts).map(|choice| choice.effort.as_str()).collect();
    let efforts = if own.is_empty() { EFFORTS } else { &own };
    let Some(at) = efforts.iter().position(|effort| *effort == present) else {
        state.remark = Some(format!("`{present}` is no effort that has a neighbour: choose one by name"));
        return Vec::new();
    };
    let next = match step {
        Step::Less => at.checked_sub(1),
        Step::More => Some(at + 1),
    };
    let Some(next) = next.and_then(|next| efforts.get(next)).map(|next| (*next).to_owned()) else {
        state.remark = Some(format!("the effort is {present} already"));
        return Vec::new();
    };
    state.remark = Some(format!("effort {next} from the next turn on"));
    configure(SettingsChange { effort: Some(Choice::Named(next)), ..SettingsChange::default() })
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
