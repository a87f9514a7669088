//! Where a command or patch stops before it takes away too much: a person is asked with a plain list, or it is refused
//! when nobody may be asked. Invariant: an answer counts for this once; what a later run would take away is counted anew.

use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_patch::{ChangeKind, PatchPlan};
use codex_protocol::{ApprovalPolicy, AskedSandbox, Fate, Losses, Permissions};
use codex_shell_syntax::{Action, Effects, read_effects};

use super::git::would_clean;
use super::places::Ground;
use super::survey::{Found, Survey};
use super::{BlastLimits, Provenance};
use crate::{ThreadTools, ToolCx};

/// What stops a command or patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    /// What would go.
    pub(crate) losses: Losses,
    /// Why that needs a yes.
    pub(crate) reason: String,
}

/// Where the losses of a script are counted, with canonical paths.
#[derive(Debug, Clone)]
pub struct LossScene {
    /// What may go without a question.
    pub limits: BlastLimits,
    /// Folders that belong to the work.
    pub workspace: Vec<PathBuf>,
    /// Folders that can be written at all; `None`: everywhere.
    pub reach: Option<Vec<PathBuf>>,
    /// The person's home folder.
    pub home: Option<PathBuf>,
    /// The variables the script gets.
    pub environment: Vec<(OsString, OsString)>,
}

/// What would be lost by a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossForecast {
    /// What would go.
    pub losses: Losses,
    /// Why a person would be asked; `None`: it may go.
    pub reason: Option<String>,
}

/// Counts what a script would take away if it ran here now, for a thread that has made nothing yet; `None` when nothing in
/// it deletes or writes over anything. The gate before a command counts in the same way.
pub async fn forecast_losses(script: &str, workdir: &Path, scene: LossScene) -> Option<LossForecast> {
    let effects = read_effects(script);
    if effects.list.is_empty() {
        return None;
    }
    let Found { losses, reason } = count_script(effects, workdir, scene, None).await;
    Some(LossForecast { losses, reason })
}

/// Counts what a script would take away that a thread did not make.
async fn count_script(
    effects: Effects,
    workdir: &Path,
    scene: LossScene,
    thread: Option<Arc<ThreadTools>>,
) -> Found {
    let mut cleaned = Vec::new();
    let ground = Ground { cwd: workdir, home: scene.home.as_deref(), environment: &scene.environment };
    for effect in &effects.list {
        if let Action::GitClean(words) = &effect.action {
            cleaned.push(match (words, ground.folder(&effect.folder)) {
                (Some(words), Some(folder)) => would_clean(&folder, words, &scene.environment).await,
                _ => None,
            });
        }
    }
    let workdir = workdir.to_path_buf();
    let look = move |survey: Survey<'_>, scene: &LossScene| {
        let ground = Ground { cwd: &workdir, home: scene.home.as_deref(), environment: &scene.environment };
        Survey { ground, ..survey }.of_script(&effects.list, &cleaned, effects.complete)
    };
    survey(scene, thread, look).await
}

/// Runs a survey beside the loop. A survey that fails is one that found too much.
async fn survey(
    scene: LossScene,
    thread: Option<Arc<ThreadTools>>,
    look: impl FnOnce(Survey<'_>, &LossScene) -> Found + Send + 'static,
) -> Found {
    let looked = tokio::task::spawn_blocking(move || {
        let nothing_made = Provenance::default();
        let was_there =
            |path: &Path| thread.as_ref().is_some_and(|thread| thread.safety_net().was_there(path));
        let made_before = |path: &Path, meta: &Metadata| {
            thread.as_ref().is_some_and(|thread| thread.made_before(path, meta))
        };
        let survey = Survey {
            ground: Ground { cwd: Path::new("/"), home: None, environment: &[] },
            workspace: scene.workspace.clone(),
            reach: scene.reach.clone(),
            provenance: thread.as_ref().map_or(&nothing_made, |thread| thread.provenance()),
            was_there: &was_there,
            made_before: &made_before,
            limits: scene.limits,
        };
        look(survey, &scene)
    });
    looked.await.unwrap_or_else(|error| {
        tracing::error!(%error, "what a command would take away was not counted");
        Found {
            losses: Losses::default(),
            reason: Some("What it would delete could not be counted.".to_owned()),
        }
    })
}

impl LossScene {
    /// Where a command with these permissions would run.
    pub fn new(
        limits: BlastLimits,
        permissions: &Permissions,
        workspace: &[PathBuf],
        home: Option<PathBuf>,
        environment: Vec<(OsString, OsString)>,
    ) -> Self {
        let canonical = |path: &PathBuf| std::fs::canonicalize(path).ok();
        let reach = permissions.writable_roots();
        Self {
            limits,
            workspace: workspace.iter().filter_map(canonical).collect(),
            reach: reach.map(|roots| roots.iter().filter_map(canonical).collect()),
            home,
            environment,
        }
    }
}

impl ToolCx {
    /// Whether a script would take away more than goes without a question. What is taken away outside of the covered
    /// folders is copied, as far as it can be, once this has been asked: the caller goes on only after a yes.
    pub(crate) async fn stop_before_script(
        &self,
        script: &str,
        workdir: &Path,
        sandbox: AskedSandbox,
    ) -> Option<Stop> {
        self.thread.setup().blast?;
        let effects = read_effects(script);
        if effects.list.is_empty() {
            return None;
        }
        let scene = self.loss_scene(sandbox, self.thread.environment_for_reading())?;
        stop(count_script(effects, workdir, scene, Some(Arc::clone(&self.thread))).await)
    }

    /// The same for a patch that fits its files.
    pub(crate) async fn stop_before_patch(&self, plan: &PatchPlan) -> Option<Stop> {
        let mut files = Vec::new();
        for change in &plan.changes {
            match &change.kind {
                ChangeKind::Delete { .. } => files.push((change.path.clone(), Fate::Removed)),
                ChangeKind::Add { .. } => files.push((change.path.clone(), Fate::Overwritten)),
                ChangeKind::Update { move_path: Some(path), .. } => {
                    files.push((path.clone(), Fate::Overwritten))
                }
                ChangeKind::Update { move_path: None, .. } => {}
            }
        }
        if files.is_empty() {
            return None;
        }
        let scene = self.loss_scene(AskedSandbox::Left, Vec::new())?;
        let thread = Some(Arc::clone(&self.thread));
        stop(survey(scene, thread, move |survey, _| survey.of_files(&files)).await)
    }

    /// Where losses are counted; `None` when nothing is looked for.
    fn loss_scene(&self, sandbox: AskedSandbox, environment: Vec<(OsString, OsString)>) -> Option<LossScene> {
        let permissions = match sandbox {
            AskedSandbox::Kept => self.permissions(),
            AskedSandbox::Left => Permissions::Unlimited,
        };
        let workspace = self.turn.policy.workspace_roots(&self.turn.cwd);
        let home = self.thread.variable("HOME").map(PathBuf::from);
        Some(LossScene::new(self.thread.setup().blast?, &permissions, &workspace, home, environment))
    }

    /// Whether a person may be asked.
    pub(crate) fn may_ask_about_losses(&self) -> bool {
        self.turn.approval != ApprovalPolicy::Never
    }
}

fn stop(found: Found) -> Option<Stop> {
    let Found { losses, reason } = found;
    reason.map(|reason| Stop { losses, reason })
}

impl LossForecast {
    /// What the model would be told where nobody may be asked; `None` when it may go.
    pub fn refusal(&self) -> Option<String> {
        let stop = Stop { losses: self.losses.clone(), reason: self.reason.clone()? };
        Some(stop.refusal())
    }
}

impl Stop {
    /// What the model is told when nobody may be asked.
    pub(crate) fn refusal(&self) -> String {
        let mut text = self.reason.trim_end_matches('.').to_owned();
        let named: Vec<String> =
            self.losses.list.iter().take(5).map(|loss| loss.path.display().to_string()).collect();
        if !named.is_empty() {
            text.push_str(&format!(" ({}", named.join(", ")));
            text.push_str(if self.losses.list.len() > named.len() { ", ...)" } else { ")" });
        }
        text.push_str("; that needs a person's consent and nobody may be asked here. Leave these files alone, or say what should be removed and why");
        text
    }
}
