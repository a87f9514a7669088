//! The repository facts of request metadata: known at once, but for "has changes", which `git status` answers in
//! the background while the thread opens. A turn waits for it only as long as a named limit.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_protocol::limits;
use codex_responses::Workspace as WorkspaceFacts;
use codex_sandbox::run_confined;
use tokio::task::JoinHandle;

use crate::git::{GitConfig, Repository};

/// Facts of the workspace and the question still open.
#[derive(Debug)]
pub(crate) struct Workspace {
    repository: Option<Repository>,
    has_changes: Option<bool>,
    asking: Option<JoinHandle<Option<bool>>>,
}

impl Workspace {
    /// Reads the facts at hand and begins to ask for the rest.
    pub(crate) fn open(cwd: &Path, env: &[(OsString, OsString)]) -> Self {
        let repository = Repository::find(cwd);
        let asking = repository
            .as_ref()
            .filter(|repository| repository.config == GitConfig::Plain)
            .map(|repository| tokio::spawn(has_changes(repository.root.clone(), env.to_vec())));
        Self { repository, has_changes: None, asking }
    }

    /// The repository, if any.
    pub(crate) fn repository(&self) -> Option<&Repository> {
        self.repository.as_ref()
    }

    /// Waits for the open question, up to the limit. Cancel-safe.
    pub(crate) async fn settle(&mut self) {
        if let Some(asking) = &mut self.asking {
            self.has_changes = match tokio::time::timeout(limits::GIT_INFO_WAIT_MAX, &mut *asking).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => {
                    asking.abort();
                    None
                }
            };
            self.asking = None;
        }
    }

    /// The facts for one request.
    pub(crate) fn facts(&self) -> Vec<WorkspaceFacts> {
        let Some(repository) = &self.repository else { return Vec::new() };
        let info = &repository.info;
        vec![WorkspaceFacts {
            path: repository.root.clone(),
            remote_urls: repository.remotes.clone().into_iter().collect(),
            latest_git_commit_hash: info.commit_hash.clone(),
            has_changes: self.has_changes,
        }]
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if let Some(asking) = &self.asking {
            asking.abort();
        }
    }
}

/// Whether `git status` lists anything. Nothing a repository names is run for it: hooks and monitors are switched
/// off, git does not enter submodules, whose configuration it would obey, and does not fetch what is missing. Besides,
/// it runs read-only and without the network.
async fn has_changes(root: PathBuf, env: Vec<(OsString, OsString)>) -> Option<bool> {
    const TIME_MAX: Duration = Duration::from_secs(5);
    let args = [
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "--no-optional-locks",
        "status",
        "--porcelain",
        "--untracked-files=normal",
        "--ignore-submodules=dirty",
    ];
    let env = git_env(env, &root);
    let output = run_confined("git", args, &root, env, TIME_MAX).await.ok()?;
    (output.exit_code == 0).then_some(!output.stdout.is_empty())
}

/// The environment git gets: no program is found inside the repository, nothing is fetched.
pub(crate) fn git_env(mut env: Vec<(OsString, OsString)>, root: &Path) -> Vec<(OsString, OsString)> {
    for (name, value) in &mut env {
        if name == "PATH" {
            let folders = std::env::split_paths(&value)
                .filter(|folder| folder.is_absolute() && !folder.starts_with(root))
                .collect::<Vec<_>>();
            *value = std::env::join_paths(folders).unwrap_or_default();
        }
    }
    env.push(("GIT_NO_LAZY_FETCH".into(), "1".into()));
    env.push(("GIT_ALLOW_PROTOCOL".into(), "none".into()));
    env
}

#[cfg(target_os = "linux")]
#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
