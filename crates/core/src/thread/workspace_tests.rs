//! A hostile repository gets no program of its own to run.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use pretty_assertions::assert_eq;

use super::*;

/// A repository with one changed file, and a script that would leave a mark if anything ran it.
struct Trap {
    dir: tempfile::TempDir,
    root: PathBuf,
}

impl Trap {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap().join("repo");
        std::fs::create_dir(&root).unwrap();
        let trap = Self { dir, root };
        trap.git(&["init", "-q"]);
        std::fs::write(trap.root.join("a"), "1\n").unwrap();
        trap.git(&["add", "."]);
        trap.git(&["commit", "-q", "-m", "first"]);
        std::fs::write(trap.root.join("a"), "2, longer\n").unwrap();
        trap
    }

    fn git(&self, args: &[&str]) {
        let mut git = Command::new("git");
        git.current_dir(&self.root).args(["-c", "user.name=t", "-c", "user.email=t@t"]).args(args);
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(git.status().unwrap().success(), "{args:?}");
    }

    /// A program that shows it was run by never ending: whoever waits for it gives up.
    fn script(&self, path: &str) -> PathBuf {
        let path = self.root.join(path);
        std::fs::write(&path, "#!/bin/sh\nexec sleep 60\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn env(&self, path: &str) -> Vec<(OsString, OsString)> {
        let home = self.dir.path().as_os_str().to_owned();
        vec![("PATH".into(), path.into()), ("HOME".into(), home)]
    }

    async fn asked(&self, path: &str) -> Option<bool> {
        let mut workspace = Workspace::open(&self.root, &self.env(path));
        workspace.asking.as_ref()?;
        let answer = workspace.asking.as_mut().unwrap().await.unwrap();
        workspace.asking = None;
        answer
    }
}

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

// threat 6
#[tokio::test]
async fn monitors_hooks_and_submodules_of_a_repository_do_not_run() {
    let trap = Trap::new();
    if codex_sandbox::check_support().await.rung == codex_sandbox::Rung::None {
        return;
    }
    assert_eq!(trap.asked(PATH).await, Some(true));
    let evil = trap.script(".git/evil").display().to_string();
    trap.git(&["config", "core.fsmonitor", &evil]);
    trap.git(&["config", "diff.external", &evil]);
    trap.git(&["config", "core.pager", &evil]);
    trap.git(&["config", "core.sshCommand", &evil]);
    assert_eq!(trap.asked(PATH).await, Some(true));
    trap.git(&["-c", "core.fsmonitor=false", "commit", "-q", "-a", "-m", "second"]);
    trap.git(&["init", "-q", "sub"]);
    trap.git(&[
        "-C",
        "sub",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "i",
    ]);
    let quiet = ["-c", "core.fsmonitor=false", "-c", "advice.addEmbeddedRepo=false"];
    trap.git(&[quiet.as_slice(), &["add", "sub"]].concat());
    trap.git(&[quiet.as_slice(), &["commit", "-q", "-m", "third"]].concat());
    trap.git(&["-C", "sub", "config", "core.fsmonitor", &evil]);
    assert_eq!(trap.asked(PATH).await, Some(false));
    // Filters would run for every changed file: the question is not put at all.
    trap.git(&["config", "filter.x.clean", &evil]);
    assert!(Workspace::open(&trap.root, &trap.env(PATH)).asking.is_none());
}

// threat 12
#[tokio::test]
async fn a_program_of_the_repository_is_not_taken_for_git() {
    let trap = Trap::new();
    if codex_sandbox::check_support().await.rung == codex_sandbox::Rung::None {
        return;
    }
    std::fs::create_dir(trap.root.join("bin")).unwrap();
    trap.script("git");
    trap.script("bin/git");
    let inside = trap.root.join("bin").display().to_string();
    assert_eq!(trap.asked(&format!(".:{inside}::{PATH}")).await, Some(true));
    assert_eq!(trap.asked(".").await, None);
}
