//! `/model` and `/permissions`: what the next turns use, for this session or for later too (`tui.md` 11).
//! Model names are open strings: what is typed can be used as it stands.

use codex_config::SettingValue;
use codex_protocol::{
    ApprovalPolicy, ApprovalsReviewer, Choice, Listed, ModelChoice, Op, SandboxMode, SandboxPolicy,
    SettingsChange, Standing,
};

use super::choosing::{Choosing, open};
use super::list::{List, Row, Typing};
use super::msg::{Cmd, Job};
use super::overlay::Overlay;
use super::ui_state::State;

/// For how long a choice counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    ForLaterToo,
    InThisSession,
}

/// Efforts that are offered for a model nobody described.
const USUAL_EFFORTS: [(&str, &str); 4] = [
    ("low", "thinks briefly"),
    ("medium", "weighs speed against depth"),
    ("high", "thinks long"),
    ("xhigh", "thinks very long"),
];

/// `/model`: the list, which fills when the models are known.
pub(super) fn model(state: &mut State) -> Vec<Cmd> {
    let list = model_list(state);
    open(state, Choosing::Model, list);
    vec![Cmd::Job(Job::Models)]
}

/// The models are known: an open list shows them.
pub(super) fn models_known(state: &mut State, models: Vec<ModelChoice>) {
    state.around.models = Some(models);
    let list = model_list(state);
    if let Some(Overlay::List(layer)) = state.overlays.last_mut()
        && layer.choosing == Choosing::Model
    {
        let filter = std::mem::take(&mut layer.list.filter);
        layer.list = list;
        if !filter.is_empty() {
            layer.list.paste(&filter);
        }
    }
}

fn model_list(state: &State) -> List {
    let current = state.model.clone().unwrap_or_default();
    let models = state.around.models.as_deref().unwrap_or_default();
    let mut rows: Vec<Row> = models
        .iter()
        .filter(|model| model.listed == Listed::Shown)
        .map(|model| {
            let mark = match model.standing {
                _ if model.slug == current => Some("current"),
                Standing::Default => Some("default"),
                Standing::Other => None,
            };
            Row::new(&*model.slug, &*model.name, &*model.description).marked(mark)
        })
        .collect();
    if !current.is_empty() && !rows.iter().any(|row| row.key == current) {
        rows.push(Row::new(&*current, &*current, "in use now").marked(Some("current")));
    }
    let list = List::new("Model", rows).typing(Typing::FiltersAndOffers);
    match state.around.models {
        Some(_) => list.note("or type the name of any model the provider serves"),
        None => list.note("looking for the models …"),
    }
}

/// A model is chosen: how hard shall it think?
pub(super) fn effort(state: &mut State, model: String) -> Vec<Cmd> {
    let known = state.around.models.iter().flatten().find(|choice| choice.slug == model);
    let default = known.and_then(|choice| choice.default_effort.clone());
    let current =
        state.info().filter(|info| info.model == model).and_then(|info| info.reasoning_effort.clone());
    let mark = |effort: &str| {
        if current.as_deref() == Some(effort) {
            Some("current")
        } else if default.as_deref() == Some(effort) {
            Some("default")
        } else {
            None
        }
    };
    let mut rows: Vec<Row> = match known {
        Some(choice) => choice
            .efforts
            .iter()
            .map(|level| {
                Row::new(&*level.effort, &*level.effort, &*level.description).marked(mark(&level.effort))
            })
            .collect(),
        None => {
            USUAL_EFFORTS.map(|(effort, does)| Row::new(effort, effort, does).marked(mark(effort))).to_vec()
        }
    };
    rows.push(Row::new("", "as the model likes", "sends no effort of our own"));
    let start = current.or(default).unwrap_or_default();
    let list = List::new(format!("Effort of {model}"), rows)
        .select(&start)
        .enter("default")
        .also(&[("s", "this session only")]);
    open(state, Choosing::Effort { model }, list)
}

/// Model and effort are chosen.
pub(super) fn use_model(state: &mut State, model: String, effort: &str, counts: Counts) -> Vec<Cmd> {
    let named = (!effort.is_empty()).then(|| effort.to_owned());
    let choice = named.clone().map_or(Choice::ModelDefault, Choice::Named);
    let change =
        SettingsChange { model: Some(model.clone()), effort: Some(choice), ..SettingsChange::default() };
    let mut cmds = configure(state, change);
    if counts == Counts::ForLaterToo {
        let effort = named.map_or(SettingValue::Absent, SettingValue::Text);
        cmds.push(Cmd::Job(Job::Keep { key: &["model"], value: SettingValue::Text(model) }));
        cmds.push(Cmd::Job(Job::Keep { key: &["model_reasoning_effort"], value: effort }));
    }
    cmds
}

/// Sends a change, if there is a thread to change.
pub(super) fn configure(state: &mut State, change: SettingsChange) -> Vec<Cmd> {
    if state.info().is_none() {
        state.remark = Some("the conversation is not open".to_owned());
        return Vec::new();
    }
    vec![Cmd::Submit(Op::Configure(Box::new(change)))]
}

/// `/permissions`.
pub(super) fn permissions(state: &mut State) -> Vec<Cmd> {
    let now = state.info().map(|info| (info.sandbox.mode(), info.approval));
    let reviewed = state.info().is_some_and(|info| info.approvals_reviewer.reviews_under(info.approval));
    let current = match now {
        Some((SandboxMode::WorkspaceWrite, _)) if reviewed => "review",
        Some((SandboxMode::DangerFullAccess, _)) => "full",
        Some((SandboxMode::ReadOnly, _)) => "read",
        Some((SandboxMode::WorkspaceWrite, ApprovalPolicy::Never)) => "quiet",
        Some((SandboxMode::WorkspaceWrite, _)) => "ask",
        None => "",
    };
    let rows = [
        (
            "ask",
            "Ask for approval",
            "works in this folder; asks before it leaves the sandbox or uses the network",
        ),
        (
            "review",
            "Approve for me",
            "works in this folder; a second agent weighs what needs more, and refuses when in doubt",
        ),
        ("quiet", "Never ask", "works in this folder; what needs more is refused"),
        ("full", "Full access", "no sandbox, no questions: everything you may do"),
        ("read", "Read only", "reads and answers; asks before it changes anything"),
    ];
    let rows =
        rows.map(|(key, name, does)| Row::new(key, name, does).marked((key == current).then_some("current")));
    let list = List::new("Permissions", rows.to_vec()).note("for this session; from the next turn on");
    open(state, Choosing::Permissions, list)
}

/// Full access is asked about again, with the safe answer selected.
fn full_access(state: &mut State) -> Vec<Cmd> {
    let rows = vec![
        Row::new("back", "No, go back", "nothing changes"),
        Row::new("yes", "Yes, full access", "until this session ends"),
    ];
    let list = List::new("Full access for this session?", rows)
        .note("Commands will run without a sandbox: they can change or delete any file of yours and use the network.");
    open(state, Choosing::FullAccess, list)
}

/// A row of the permissions is chosen.
pub(super) fn use_permissions(state: &mut State, key: &str) -> Vec<Cmd> {
    let workspace = || match state.info().map(|info| &info.sandbox) {
        // Its further folders stay.
        Some(policy) if policy.mode() == SandboxMode::WorkspaceWrite => policy.clone(),
        _ => SandboxPolicy::workspace_write(),
    };
    let (approval, sandbox) = match key {
        "ask" | "review" => (ApprovalPolicy::OnRequest, workspace()),
        "quiet" => (ApprovalPolicy::Never, workspace()),
        "read" => (ApprovalPolicy::OnRequest, SandboxPolicy::ReadOnly),
        "yes" => (ApprovalPolicy::Never, SandboxPolicy::DangerFullAccess),
        "full" => return full_access(state),
        _ => return Vec::new(),
    };
    let reviewer = if key == "review" { ApprovalsReviewer::AutoReview } else { ApprovalsReviewer::User };
    let change = SettingsChange {
        approval: Some(approval),
        approvals_reviewer: Some(reviewer),
        sandbox: Some(sandbox),
        ..SettingsChange::default()
    };
    configure(state, change)
}

/// `/cd DIR`: without one, the home folder.
pub(super) fn cd(state: &mut State, folder: &str) -> Vec<Cmd> {
    let home = state.home.clone();
    let target = match (folder, folder.strip_prefix("~/"), home) {
        ("" | "~", _, Some(home)) => home,
        (_, Some(rest), Some(home)) => home.join(rest),
        _ => state.cwd.join(folder),
    };
    configure(state, SettingsChange { cwd: Some(target), ..SettingsChange::default() })
}
