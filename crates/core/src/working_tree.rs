//! What a person asks about the repository they work in: the branch, and what changed since the last commit.
//! Nothing a repository names is run for it: see [`crate::git`] and `thread/workspace.rs`.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use codex_sandbox::run_confined;
use codex_stdx::read_regular;

use crate::git::{GitConfig, Repository};
use crate::thread::workspace::git_env;

const TIME_MAX: Duration = Duration::from_secs(20);
/// Of one untracked file.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Of all that is answered.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes at the beginning of a file that tell whether it is text.
const PROBE_BYTES: usize = 8 * 1024;

/// The branch checked out at or above a folder. Reads git's own files; blocking.
pub fn branch_of(cwd: &Path) -> Option<String> {
    Repository::find(cwd)?.info.branch
}

/// What changed since the last commit, as a unified diff, untracked files included.
///
/// # Errors
/// One sentence for the person: no repository, a repository whose configuration names programs, or git's own words.
pub async fn working_tree_diff(cwd: &Path, env: &[(OsString, OsString)]) -> Result<String, String> {
    let Some(repository) = Repository::find(cwd) else {
        return Err("this folder is in no git repository".to_owned());
    };
    if repository.config == GitConfig::Unsafe {
        return Err(
            "the repository's git configuration names filters or other files, which could run programs: \
                    use `!git diff` if you trust it"
                .to_owned(),
        );
    }
    let root = &repository.root;
    let against = if repository.info.commit_hash.is_some() { "HEAD" } else { "--cached" };
    let diff =
        ["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", against, "--"];
    let mut text = git(root, env, &diff).await?;
    let listed = git(root, env, &["ls-files", "--others", "--exclude-standard", "-z"]).await?;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        if text.len() > TEXT_BYTES_MAX {
            break;
        }
        text.push_str(&new_file(root, name));
    }
    if text.len() > TEXT_BYTES_MAX {
        let mut end = TEXT_BYTES_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str("\n… the rest is left out: use `!git diff` with a path\n");
    }
    Ok(text)
}

/// Asks git something that reads only; nothing the repository names is run for it.
pub(crate) async fn git(root: &Path, env: &[(OsString, OsString)], args: &[&str]) -> Result<String, String> {
    let before = [
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.quotePath=false",
        "--no-optional-locks",
    ];
    let args_shown = args.first().copied().unwrap_or_default();
    let args: Vec<&str> = before.into_iter().chain(args.iter().copied()).collect();
    let env = git_env(env.to_vec(), root);
    let output = run_confined("git", args, root, env, TIME_MAX)
        .await
        .map_err(|error| format!("git could not be asked: {error}"))?;
    if output.exit_code != 0 {
        return Err(format!(
            "`git {args_shown}` ended with status {}: `!git status` may tell more",
            output.exit_code
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An untracked file as a diff would show it once it is added.
fn new_file(root: &Path, name: &str) -> String {
    let head = format!("diff --git a/{name} b/{name}\nnew file (untracked)\n");
    let bytes = match read_regular(&root.join(name), FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) => return format!("{head}not shown: {error}\n"),
    };
    if bytes[..bytes.len().min(PROBE_BYTES)].contains(&0) {
        return format!("{head}binary file of {} bytes\n", bytes.len());
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut out = format!("{head}--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{} @@\n", text.lines().count());
    for line in text.lines() {
        out.push('+');
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(target_os = "linux")]
#[cfg(test)]
#[path = "working_tree_tests.rs"]
mod tests;
