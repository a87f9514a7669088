//! Where a command or patch stops before it takes away too much: a person is asked with a plain list, or it is refused
//! when nobody may be asked. Invariant: an answer counts for this once; what a later run would take away is counted anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_patch::{ChangeKind, PatchPlan};
use codex_protocol::{ApprovalPolicy, AskedSandbox, Fate, Losses};
use codex_shell_syntax::{Action, read_effects};

use super::git::would_clean;
use super::places::Ground;
use super::survey::{Found, Survey};
use crate::ToolCx;

/// What stops a command or patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    /// What would go.
    pub(crate) losses: Losses,
    /// Why that needs a yes.
    pub(crate) reason: String,
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
        let environment = self.thread.environment_for_reading();
        let mut cleaned = Vec::new();
        let home = self.thread.variable("HOME").map(PathBuf::from);
        let ground = Ground { cwd: workdir, home: home.as_deref(), environment: &environment };
        for effect in &effects.list {
            if let Action::GitClean(words) = &effect.action {
                cleaned.push(match (words, ground.folder(&effect.folder)) {
                    (Some(words), Some(folder)) => would_clean(&folder, words, &environment).await,
                    _ => None,
                });
            }
        }
        let workdir = workdir.to_path_buf();
        let counted = self.survey(sandbox, move |survey| {
            let ground = Ground { cwd: &workdir, home: home.as_deref(), environment: &environment };
            let survey = Survey { ground, ..survey };
            survey.of_script(&effects.list, &cleaned, effects.complete)
        });
        stop(counted.await)
    }

    /// The same for a patch that fits its files.
    pub(crate) async fn stop_before_patch(&self, plan: &PatchPlan) -> Option<Stop> {
        self.thread.setup().blast?;
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
        stop(self.survey(AskedSandbox::Left, move |survey| survey.of_files(&files)).await)
    }

    /// Runs a survey beside the loop. A survey that fails is one that found too much.
    async fn survey(
        &self,
        sandbox: AskedSandbox,
        look: impl FnOnce(Survey<'_>) -> Found + Send + 'static,
    ) -> Option<Found> {
        let limits = self.thread.setup().blast?;
        let canonical = |path: &PathBuf| std::fs::canonicalize(path).ok();
        let reach = match sandbox {
            AskedSandbox::Kept => self.permissions().writable_roots(),
            AskedSandbox::Left => None,
        };
        let reach = reach.map(|roots| roots.iter().filter_map(canonical).collect());
        let workspace =
            self.turn.policy.workspace_roots(&self.turn.cwd).iter().filter_map(canonical).collect();
        let thread = Arc::clone(&self.thread);
        let cwd = self.turn.cwd.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let was_there = |path: &Path| thread.safety_net().was_there(path);
            look(Survey {
                ground: Ground { cwd: &cwd, home: None, environment: &[] },
                workspace,
                reach,
                provenance: thread.provenance(),
                was_there: &was_there,
                limits,
            })
        });
        Some(looked.await.unwrap_or_else(|error| {
            tracing::error!(%error, "what a command would take away was not counted");
            Found {
                losses: Losses::default(),
                reason: Some("What it would delete could not be counted.".to_owned()),
            }
        }))
    }

    /// Whether a person may be asked.
    pub(crate) fn may_ask_about_losses(&self) -> bool {
        self.turn.approval != ApprovalPolicy::Never
    }
}

fn stop(found: Option<Found>) -> Option<Stop> {
    let Found { losses, reason } = found?;
    reason.map(|reason| Stop { losses, reason })
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
