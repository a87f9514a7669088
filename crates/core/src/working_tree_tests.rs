//! The working tree's changes, asked of a real git.

use std::fs;
use std::process::Command;

use pretty_assertions::assert_eq;

use super::*;

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

fn git_in(root: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"])
        .args(args);
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    assert!(git.status().unwrap().success(), "{args:?}");
}

async fn asked(root: &Path) -> Result<String, String> {
    let env = [("PATH".into(), PATH.into()), ("HOME".into(), root.as_os_str().to_owned())];
    working_tree_diff(root, &env).await
}

#[tokio::test]
async fn changed_staged_and_untracked_files_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    assert!(asked(&root).await.is_err());
    git_in(&root, &["init", "-q"]);
    fs::write(root.join("first"), "1\n").unwrap();
    git_in(&root, &["add", "."]);
    assert!(asked(&root).await.unwrap().contains("+1\n"), "before the first commit");
    git_in(&root, &["commit", "-q", "-m", "first"]);
    assert_eq!(branch_of(&root).as_deref(), Some("main"));
    assert_eq!(asked(&root).await.unwrap(), "");
    fs::write(root.join("first"), "2\n").unwrap();
    fs::write(root.join(".gitignore"), "hidden\n").unwrap();
    fs::write(root.join("hidden"), "x\n").unwrap();
    fs::write(root.join("data"), b"a\0b").unwrap();
    git_in(&root, &["add", "first"]);
    let diff = asked(&root).await.unwrap();
    assert!(diff.contains("-1\n+2\n"), "{diff}");
    let untracked = "diff --git a/.gitignore b/.gitignore\nnew file (untracked)\n--- /dev/null\n+++ b/.gitignore\n\
                     @@ -0,0 +1,1 @@\n+hidden\ndiff --git a/data b/data\nnew file (untracked)\nbinary file of 3 bytes\n";
    assert!(diff.ends_with(untracked), "{diff}");
}

// threat 12
#[tokio::test]
async fn a_repository_that_names_programs_is_not_asked() {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    git_in(&root, &["init", "-q"]);
    fs::write(root.join(".gitattributes"), "* filter=evil diff=evil\n").unwrap();
    git_in(&root, &["config", "diff.evil.command", "sleep 60"]);
    git_in(&root, &["config", "diff.evil.textconv", "sleep 60"]);
    fs::write(root.join("a"), "1\n").unwrap();
    git_in(&root, &["add", "."]);
    assert!(asked(&root).await.unwrap().contains("+1\n"));
    git_in(&root, &["config", "filter.evil.clean", "sleep 60"]);
    assert!(asked(&root).await.unwrap_err().contains("names filters"));
}
