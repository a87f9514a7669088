//! `apply_patch`: the model's patch becomes files. Offered as a custom tool or as a function, and called by
//! `exec_command` for a script that does nothing else. Invariant: nothing is written unless every section fits and
//! every place is within the turn's writable roots, whatever folder the patch's paths start from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use codex_patch::{
    Applied, ApplyError, ChangeKind, GRAMMAR, OutsideReason, Patch, PatchPlan, REJECTED_BY_USER,
    REJECTED_OUTSIDE, REJECTED_READ_ONLY, WriteScope, parse, render_outcome, verify,
};
use codex_protocol::{
    ApprovalPolicy, ApprovalRequest, CallId, CallKind, Decision, FileAccess, FileChange, FileChangeItem,
    ItemId, ItemStatus, ToolOutput, TurnItem,
};
use serde::Deserialize;
use serde_json::Value;

use crate::approval::Answer;
use crate::arguments::parse_arguments;
use crate::blast::Stop;
use crate::spec::{Param, custom, function, plain};
use crate::{CallEnd, OfferCx, Parallel, PatchForm, ToolCall, ToolCx, ToolDef, ToolOutcome, ToolProgress};

/// The custom tool: its free text is the patch.
/// What a person saw is not there any more.
const CHANGED_MEANWHILE: &str = "patch rejected: its files changed while it was asked about; nothing was written. Look at them and try again";

pub(crate) const FREEFORM: ToolDef = ToolDef {
    name: "apply_patch",
    kind: CallKind::Custom,
    parallel: Parallel::No,
    offered: |offer| offer.apply_patch == Some(PatchForm::Freeform),
    spec: freeform_spec,
    run: |call, cx| {
        Box::pin(async move { run_text(&call, &call.payload, &cx).await.unwrap_or_else(|refused| refused) })
    },
};

/// The function: one string parameter holds the patch.
pub(crate) const FUNCTION: ToolDef = ToolDef {
    name: "apply_patch",
    kind: CallKind::Function,
    parallel: Parallel::No,
    offered: |offer| offer.apply_patch == Some(PatchForm::Function),
    spec: function_spec,
    run: |call, cx| Box::pin(async move { run_function(&call, &cx).await.unwrap_or_else(|refused| refused) }),
};

/// A patch to carry out for one call.
pub(crate) struct PatchRun {
    /// The call, whose id the item takes.
    pub(crate) call_id: CallId,
    /// What to do.
    pub(crate) patch: Patch,
    /// Where relative paths start.
    pub(crate) cwd: PathBuf,
}

/// What came of a patch that was begun to be written.
pub(crate) struct PatchReport {
    text: String,
    end: CallEnd,
}

impl PatchReport {
    /// The call's outcome, its text put into `frame`.
    pub(crate) fn outcome(self, frame: impl FnOnce(String) -> String) -> ToolOutcome {
        ToolOutcome { output: ToolOutput::Text(frame(self.text)), end: self.end }
    }
}

#[derive(Deserialize)]
struct Input {
    input: String,
}

fn freeform_spec(_: &OfferCx) -> Value {
    custom(
        "apply_patch",
        "Adds, changes, moves and deletes files. The whole input is the patch itself, in the grammar below; it is \
         not JSON and not quoted.",
        GRAMMAR,
    )
}

fn function_spec(_: &OfferCx) -> Value {
    function(
        "apply_patch",
        "Adds, changes, moves and deletes files. A patch is `*** Begin Patch`, one or more sections, `*** End \
         Patch`, each on its own line. A section is `*** Add File: PATH` followed by lines that start with `+`, \
         `*** Delete File: PATH`, or `*** Update File: PATH`, optionally `*** Move to: PATH`, and chunks: `@@` \
         (optionally with a line of the file to search from), then lines that start with a space (kept), `-` \
         (removed) or `+` (added).",
        vec![Param::required("input", plain("string", "The whole patch."))],
    )
}

async fn run_function(call: &ToolCall, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let Input { input } = parse_arguments(call)?;
    run_text(call, &input, cx).await
}

async fn run_text(call: &ToolCall, text: &str, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let patch = parse(text).map_err(|error| ToolOutcome::failed(error.model_text()))?;
    let run = PatchRun { call_id: call.call_id.clone(), patch, cwd: cx.turn.cwd.clone() };
    Ok(run_patch(run, cx).await?.outcome(|text| text))
}

/// Verifies a patch and writes it. A refusal, which nothing was written before, comes back as the call's outcome.
pub(crate) async fn run_patch(run: PatchRun, cx: &ToolCx) -> Result<PatchReport, ToolOutcome> {
    let started = Instant::now();
    let scope = write_scope(cx);
    let PatchRun { call_id, patch, cwd } = run;
    for section in &patch.sections {
        cx.refuse_denied(&cwd.join(section.path())).await?;
    }
    // Reading and writing files blocks; a write under way is finished, because half a patch helps nobody.
    let (Planned { plan, outside }, scope) = planned(patch.clone(), cwd.clone(), scope).await?;
    let stop = cx.stop_before_patch(&plan).await;
    let (plan, scope) = match (outside, stop) {
        (None, None) if cx.turn.approval != ApprovalPolicy::Untrusted => (plan, scope),
        (outside, stop) => {
            let scope = approved_scope(&call_id, &plan, (outside, stop), scope, cx).await?;
            // Somebody may have taken their time to answer: what is written is what they saw.
            let (Planned { plan: present, .. }, scope) = planned(patch, cwd, scope).await?;
            if changes(&present) != changes(&plan) {
                return Err(ToolOutcome::failed(CHANGED_MEANWHILE));
            }
            (present, scope)
        }
    };
    let (new, written) = touched(&plan);
    cx.keep_copies(cx.outside_workspace(written)).await;
    if cx.cancel.is_cancelled() {
        return Err(ToolOutcome::interrupted("aborted"));
    }
    let mut item = FileChangeItem {
        id: ItemId::new(call_id.as_str()),
        changes: changes(&plan),
        status: ItemStatus::InProgress,
        stdout: String::new(),
        stderr: String::new(),
    };
    cx.report(ToolProgress::ItemStarted(TurnItem::FileChange(item.clone()))).await;
    let applied =
        tokio::task::spawn_blocking(move || plan.apply(&scope).map_err(|error| failure_text(&error)));
    let report = match applied.await.unwrap_or_else(|error| Err(format!("{error}\n"))) {
        Ok(Applied { summary }) => {
            new.into_iter().for_each(|path| cx.thread.provenance().added(path));
            item.status = ItemStatus::Completed;
            item.stdout = summary;
            PatchReport { text: render_outcome(0, started.elapsed(), &item.stdout), end: CallEnd::Done }
        }
        Err(reason) => {
            item.status = ItemStatus::Failed;
            item.stderr = reason;
            PatchReport { text: render_outcome(1, started.elapsed(), &item.stderr), end: CallEnd::Failed }
        }
    };
    cx.report(ToolProgress::ItemCompleted(TurnItem::FileChange(item))).await;
    Ok(report)
}

/// Verifies a patch beside the loop.
async fn planned(
    patch: Patch,
    cwd: PathBuf,
    scope: WriteScope,
) -> Result<(Planned, WriteScope), ToolOutcome> {
    let planned = tokio::task::spawn_blocking(move || plan(&patch, &cwd, &scope).map(|plan| (plan, scope)));
    planned
        .await
        .unwrap_or_else(|error| Err(format!("apply_patch verification failed: {error}")))
        .map_err(ToolOutcome::failed)
}

/// Where a patch may write after a person was asked about it.
async fn approved_scope(
    call_id: &CallId,
    plan: &PatchPlan,
    (outside, stop): (Option<&'static str>, Option<Stop>),
    scope: WriteScope,
    cx: &ToolCx,
) -> Result<WriteScope, ToolOutcome> {
    let may_ask = match cx.turn.approval {
        ApprovalPolicy::Never => false,
        ApprovalPolicy::Granular(flags) => flags.sandbox_approval,
        ApprovalPolicy::Untrusted | ApprovalPolicy::OnFailure | ApprovalPolicy::OnRequest => true,
    };
    if let (Some(rejected), false) = (outside, may_ask) {
        return Err(ToolOutcome::failed(rejected));
    }
    if let (Some(stop), false) = (&stop, cx.may_ask_about_losses()) {
        return Err(ToolOutcome::failed(format!("patch rejected: {}", stop.refusal())));
    }
    let request = ApprovalRequest::Patch { changes: changes(plan) };
    let protected = outside.map(|_| "The patch changes files that the sandbox protects.".to_owned());
    let reasons: Vec<String> =
        protected.into_iter().chain(stop.iter().map(|stop| stop.reason.clone())).collect();
    let reason = (!reasons.is_empty()).then(|| reasons.join("\n"));
    let losses = stop.map(|stop| Box::new(stop.losses));
    let refusal = match cx.ask_about(call_id, request, reason, losses).await {
        Answer::Decided(Decision::Approve | Decision::ApproveForSession | Decision::ApproveWithRule) => None,
        Answer::Decided(Decision::Decline | Decision::Grant(_)) => Some(REJECTED_BY_USER.to_owned()),
        Answer::Decided(Decision::Cancel) => return Err(ToolOutcome::interrupted("aborted")),
        Answer::Refused(why) => Some(why),
    };
    if let Some(why) = refusal {
        let item = |status| {
            let (stdout, stderr) = (String::new(), String::new());
            let id = ItemId::new(call_id.as_str());
            TurnItem::FileChange(FileChangeItem { id, changes: changes(plan), status, stdout, stderr })
        };
        cx.report(ToolProgress::ItemStarted(item(ItemStatus::InProgress))).await;
        cx.report(ToolProgress::ItemCompleted(item(ItemStatus::Declined))).await;
        return Err(ToolOutcome::failed(why));
    }
    Ok(if outside.is_some() { WriteScope::Anywhere } else { scope })
}

/// Files that come into being, and what is written over or removed outside of the folders that are copied anyway.
fn touched(plan: &PatchPlan) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_new = |path: &PathBuf| path.symlink_metadata().is_err();
    let mut new = Vec::new();
    let mut written = Vec::new();
    for change in &plan.changes {
        let into = match &change.kind {
            ChangeKind::Update { move_path: Some(path), .. } => path,
            ChangeKind::Add { .. } | ChangeKind::Delete { .. } | ChangeKind::Update { .. } => &change.path,
        };
        match is_new(into) {
            true => new.push(into.clone()),
            false => written.push(into.clone()),
        }
        if *into != change.path {
            written.push(change.path.clone());
        }
    }
    (new, written)
}

fn failure_text(error: &ApplyError) -> String {
    tracing::warn!(?error, applied = error.applied(), "patch stopped in the middle");
    error.model_text()
}

/// Where this turn may write: the roots of its policy, never widened by the folder a call names.
fn write_scope(cx: &ToolCx) -> WriteScope {
    match cx.permissions().files() {
        None => WriteScope::Anywhere,
        Some(files) => {
            let in_writable =
                |path: &&Path| path.parent().is_some_and(|dir| files.access(dir) == FileAccess::Write);
            let closed = files.with(FileAccess::Read).filter(in_writable).chain(files.with(FileAccess::Deny));
            let kept = cx.kept().into_iter().chain(closed.map(PathBuf::from));
            WriteScope::below(files.with(FileAccess::Write)).keeping(kept)
        }
    }
}

/// A patch that fits its files.
struct Planned {
    plan: PatchPlan,
    /// How it is rejected when nobody approves that it leaves the writable roots.
    outside: Option<&'static str>,
}

fn plan(patch: &Patch, cwd: &Path, scope: &WriteScope) -> Result<Planned, String> {
    let plan = verify(patch, cwd).map_err(|error| error.model_text())?;
    let outside = plan.check(scope).err().map(|outside| {
        tracing::info!(path = %outside.path.display(), reason = %outside.reason, "patch leaves the roots");
        match outside.reason {
            OutsideReason::ReadOnly => REJECTED_READ_ONLY,
            OutsideReason::OutsideRoots | OutsideReason::Protected | OutsideReason::Unresolvable => {
                REJECTED_OUTSIDE
            }
        }
    });
    Ok(Planned { plan, outside })
}

fn changes(plan: &PatchPlan) -> BTreeMap<PathBuf, FileChange> {
    let change = |kind: &ChangeKind| match kind.clone() {
        ChangeKind::Add { content } => FileChange::Add { content },
        ChangeKind::Delete { content } => FileChange::Delete { content },
        ChangeKind::Update { unified_diff, move_path, .. } => FileChange::Update { unified_diff, move_path },
    };
    plan.changes.iter().map(|planned| (planned.path.clone(), change(&planned.kind))).collect()
}
