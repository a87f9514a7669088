//! Copies before the first command of a turn that may write, so that what it removes can be brought back. One checkpoint
//! a turn; calls of the same turn wait for it. Invariant: a failure to copy never stops the work, and is said once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use codex_checkpoint::{CheckpointStore, Coverage, Retention, Taken, Taker};
use codex_protocol::{FileAccess, TurnId};

use super::CheckpointPlan;
use crate::{ToolCx, ToolProgress};

/// The copies of one thread.
#[derive(Debug, Default)]
pub(crate) struct SafetyNet {
    /// The turn that has its checkpoint. Held while one is made, so that others wait for it.
    turn: tokio::sync::Mutex<Option<TurnId>>,
    taker: Arc<Mutex<Option<Taker>>>,
    said: std::sync::atomic::AtomicBool,
}

impl SafetyNet {
    /// Whether the file was there at the thread's first checkpoint.
    pub(crate) fn was_there(&self, path: &Path) -> bool {
        taker(&self.taker).as_ref().is_some_and(|taker| taker.was_there(path))
    }
}

fn taker(taker: &Mutex<Option<Taker>>) -> MutexGuard<'_, Option<Taker>> {
    taker.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ToolCx {
    /// The places that the turn's own checkpoint does not cover.
    pub(crate) fn outside_workspace(&self, mut places: Vec<PathBuf>) -> Vec<PathBuf> {
        let roots = self.turn.policy.workspace_roots(&self.turn.cwd);
        places.retain(|place| !roots.iter().any(|root| place.starts_with(root)));
        places
    }

    /// Makes the turn's checkpoint, unless it has one; and copies `places`, which it does not cover.
    pub(crate) async fn keep_copies(&self, places: Vec<PathBuf>) {
        let Some(plan) = self.thread.setup().checkpoints else { return };
        let net = self.thread.safety_net();
        let mut turn = net.turn.lock().await;
        let fresh = *turn != Some(self.turn.turn_id);
        if !fresh && places.is_empty() {
            return;
        }
        let permissions = self.permissions();
        let (roots, home) =
            (self.turn.policy.workspace_roots(&self.turn.cwd), self.thread.codex_home().to_path_buf());
        let store = CheckpointStore::new(self.thread.codex_home());
        let thread_id = self.thread.setup().variables.thread_id.clone();
        let turn_id = self.turn.turn_id.to_string();
        let held = Arc::clone(&net.taker);
        let taken = tokio::task::spawn_blocking(move || {
            let mut held = taker(&held);
            if held.is_none() {
                let retention = Retention { age_max: plan.age_max, bytes_max: plan.bytes_max };
                store.prune(retention, &thread_id, SystemTime::now());
            }
            let taker = held.get_or_insert_with(|| Taker::new(store.thread(&thread_id), plan.budget));
            let mut taken = Taken::default();
            if fresh {
                // What may not be read is not copied either.
                let may_copy = |path: &Path| {
                    permissions.files().is_none_or(|files| files.access(path) != FileAccess::Deny)
                };
                let coverage = Coverage { roots, without: vec![home], may_copy: &may_copy };
                taken = taker.take(&turn_id, &coverage)?;
            }
            if !places.is_empty() {
                let more = taker.keep_places(&turn_id, &places)?;
                taken.left_out += more.left_out;
                taken.cut |= more.cut;
            }
            Ok::<_, codex_checkpoint::CheckpointError>(taken)
        });
        *turn = Some(self.turn.turn_id);
        let problem = match taken.await {
            Ok(Ok(taken)) => missing(&taken, plan),
            Ok(Err(error)) => Some(format!("Files that commands remove cannot be brought back: {error}.")),
            Err(error) => Some(format!("Files that commands remove cannot be brought back: {error}.")),
        };
        if let Some(problem) = problem
            && !net.said.swap(true, std::sync::atomic::Ordering::Relaxed)
        {
            self.report(ToolProgress::Warning(problem)).await;
        }
    }
}

/// What is not covered, in words.
fn missing(taken: &Taken, plan: CheckpointPlan) -> Option<String> {
    if taken.cut {
        let entries = plan.budget.entries_max;
        return Some(format!(
            "Not all files here can be brought back if a command removes them: there are more than {entries} entries, \
             or they took too long to look at."
        ));
    }
    (taken.left_out > 0).then(|| {
        format!(
            "{} files that git does not have are too large to be copied; they cannot be brought back if a command \
             removes them.",
            taken.left_out
        )
    })
}
