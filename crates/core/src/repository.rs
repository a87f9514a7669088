//! What can be reviewed of a repository: its branches and its latest commits, for lists a person chooses from.
//! Names are text here and nowhere an argument.

use std::ffi::OsString;
use std::path::Path;

use crate::git::Repository;
use crate::working_tree::git;

/// Branches and commits beyond these are not listed; they can be named.
const BRANCHES_MAX: &str = "--count=500";
const COMMITS_MAX: &str = "--max-count=200";

/// One commit in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitSummary {
    /// The full hash.
    pub sha: String,
    /// The first line of its message.
    pub title: String,
    /// How long ago it was made, in words.
    pub age: String,
}

/// The branches of the repository around a folder but for the one checked out, the latest worked on first.
///
/// # Errors
/// One sentence for the person: no repository, or git's own words.
pub async fn branches(cwd: &Path, env: &[(OsString, OsString)]) -> Result<Vec<String>, String> {
    let repository = found(cwd)?;
    let args = [
        "for-each-ref",
        "--sort=-committerdate",
        BRANCHES_MAX,
        "--format=%(refname)",
        "refs/heads",
        "refs/remotes",
    ];
    let listed = git(&repository.root, env, &args).await?;
    let own = repository.info.branch.as_deref();
    let short = |name: &str| {
        let local = name.strip_prefix("refs/heads/");
        local.or_else(|| name.strip_prefix("refs/remotes/")).map(str::to_owned)
    };
    let names = listed.lines().filter_map(short);
    Ok(names.filter(|name| Some(name.as_str()) != own && !name.ends_with("/HEAD")).collect())
}

/// The latest commits of what is checked out.
///
/// # Errors
/// As [`branches`].
pub async fn commits(cwd: &Path, env: &[(OsString, OsString)]) -> Result<Vec<CommitSummary>, String> {
    let repository = found(cwd)?;
    if repository.info.commit_hash.is_none() {
        return Ok(Vec::new());
    }
    let args = ["log", COMMITS_MAX, "--no-show-signature", "--no-color", "--format=%H%x00%cr%x00%s"];
    let listed = git(&repository.root, env, &args).await?;
    Ok(listed
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, '\0');
            let (sha, age, title) = (parts.next()?, parts.next()?, parts.next()?);
            Some(CommitSummary { sha: sha.to_owned(), title: title.to_owned(), age: age.to_owned() })
        })
        .collect())
}

fn found(cwd: &Path) -> Result<Repository, String> {
    Repository::find(cwd).ok_or_else(|| "this folder is in no git repository".to_owned())
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::process::Command;

    use pretty_assertions::assert_eq;

    use super::*;

    // threat 5
    #[tokio::test]
    async fn branches_and_commits_are_listed_whatever_they_are_called() {
        if codex_sandbox::check_support().await.rung == codex_sandbox::Rung::None {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap();
        let run = |args: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(&root).args(["-c", "user.name=t", "-c", "user.email=t@t"]).args(args);
            git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
            assert!(git.status().unwrap().success(), "{args:?}");
        };
        let env = vec![
            ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
            ("HOME".into(), root.clone().into()),
        ];
        assert!(branches(&root, &env).await.is_err());
        run(&["init", "-q", "-b", "main"]);
        assert_eq!(commits(&root, &env).await, Ok(Vec::new()));
        run(&["commit", "-q", "--allow-empty", "-m", "first; $(touch pwn)"]);
        run(&["branch", "x;$(touch${IFS}pwn)`id`"]);
        run(&["branch", "--", "feature/a"]);
        let mut listed = branches(&root, &env).await.unwrap();
        listed.sort();
        assert_eq!(listed, ["feature/a", "x;$(touch${IFS}pwn)`id`"]);
        let found = commits(&root, &env).await.unwrap();
        assert_eq!(
            (found.len(), found[0].title.as_str(), found[0].sha.len()),
            (1, "first; $(touch pwn)", 40)
        );
        assert!(!root.join("pwn").exists());
    }
}
