//! A temporary workspace beside an outside folder, and shells run in it under a policy.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_protocol::SandboxPolicy;
use codex_sandbox::{Barrier, CommandSpec, Process, Rung, Support, check_support, offer_helper, spawn};
use tokio::time::Instant;

/// The barrier under test: these tests are built twice, the second time below `bubblewrap`.
pub(crate) const BARRIER: Barrier = match module_path!().as_bytes() {
    b"all::bubblewrap::harness" => Barrier::Bubblewrap,
    _ => Barrier::Best,
};

/// Longest wait for anything real in a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a script did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) output: String,
}

/// `base/ws` is the workspace, `base/outside` is not writable, `base/extra` may be added.
#[derive(Debug)]
pub(crate) struct Site {
    _dir: tempfile::TempDir,
    pub(crate) base: PathBuf,
    pub(crate) ws: PathBuf,
    pub(crate) outside: PathBuf,
}

impl Site {
    /// A site under the build folder, because `/tmp` itself is writable in workspace-write.
    pub(crate) fn new() -> Self {
        bring_inner_half();
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        let (ws, outside) = (base.join("ws"), base.join("outside"));
        fs::create_dir(&ws).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("o.txt"), "outside-data\n").unwrap();
        Self { _dir: dir, base, ws, outside }
    }

    /// A site whose workspace holds a git directory.
    pub(crate) fn with_git() -> Self {
        let site = Self::new();
        fs::create_dir_all(site.ws.join(".git/hooks")).unwrap();
        fs::write(site.ws.join(".git/config"), "original\n").unwrap();
        site
    }

    pub(crate) fn spec(&self, policy: SandboxPolicy, script: &str) -> CommandSpec {
        let mut spec = CommandSpec::new("/bin/bash", &self.ws, policy);
        spec.barrier = BARRIER;
        spec.args = vec!["-c".into(), script.into()];
        spec.env = environment(&[("OUTSIDE", &self.outside), ("WS", &self.ws), ("BASE", &self.base)]);
        spec
    }

    pub(crate) async fn run(&self, policy: SandboxPolicy, script: &str) -> Ran {
        run(self.spec(policy, script)).await
    }

    /// Workspace-write for this site. Where the build folder itself lies below `/tmp`, that is left out of the
    /// writable roots, or nothing here would be outside.
    pub(crate) fn workspace_write(&self) -> SandboxPolicy {
        SandboxPolicy::WorkspaceWrite {
            writable_roots: Vec::new(),
            network_access: false,
            exclude_tmpdir_env_var: false,
            exclude_slash_tmp: self.base.starts_with("/tmp"),
        }
    }

    /// Runs a script under plain workspace-write.
    pub(crate) async fn ww(&self, script: &str) -> Ran {
        self.run(self.workspace_write(), script).await
    }

    /// Runs a script with Landlock as the only barrier.
    pub(crate) async fn landlock(&self, policy: SandboxPolicy, script: &str) -> Ran {
        let mut spec = self.spec(policy, script);
        spec.barrier = Barrier::LandlockOnly;
        run(spec).await
    }

    pub(crate) fn outside_names(&self) -> Vec<String> {
        names(&self.outside)
    }
}

/// Sorted names in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn environment(extra: &[(&str, &Path)]) -> Vec<(OsString, OsString)> {
    let mut env: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".into()),
        ("HOME".into(), "/nonexistent".into()),
        ("LC_ALL".into(), "C".into()),
        ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
    ];
    env.extend(extra.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    env
}

/// Runs a command to its end.
pub(crate) async fn run(spec: CommandSpec) -> Ran {
    finish(&spawn(spec).await.unwrap()).await
}

/// Waits for the end of a command.
pub(crate) async fn finish(process: &Process) -> Ran {
    let code = tokio::time::timeout(PATIENCE, process.wait()).await.expect("the command does not end");
    let output = process.take_new_output().into_bytes();
    Ran { code, output: String::from_utf8_lossy(&output).into_owned() }
}

/// Polls real state until it is as wanted.
pub(crate) async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Whether some process has `marker` among its arguments.
pub(crate) fn is_running(marker: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let cmdline = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        cmdline.split(|byte| *byte == 0).any(|argument| argument == marker.as_bytes())
    })
}

/// A duration for `sleep` that no other test uses: it marks the process.
pub(crate) fn marker(test: u32) -> String {
    format!("{}.{}", 100_000 + test, std::process::id())
}

/// The test itself is no program that could be started inside of bubblewrap.
fn bring_inner_half() {
    let search = std::env::var_os("PATH").unwrap_or_default();
    offer_helper(Path::new(env!("CARGO_BIN_EXE_sandbox-probe")), search).unwrap();
}

/// What the system offers to this test.
async fn support() -> Support {
    bring_inner_half();
    check_support().await
}

/// False, with a reason on stderr, when the whole policy cannot be enforced in the way under test.
pub(crate) async fn full_sandbox() -> bool {
    let support = support().await;
    let there = match BARRIER {
        Barrier::Bubblewrap => support.bubblewrap.is_ok(),
        _ => support.rung.is_whole(),
    };
    if !there {
        skip(&format!("{support:?}"));
    }
    there
}

/// False, with a reason on stderr, when nothing restricted can run in the way under test.
pub(crate) async fn any_sandbox() -> bool {
    if BARRIER == Barrier::Bubblewrap {
        return full_sandbox().await;
    }
    let support = support().await;
    if support.rung == Rung::None {
        skip(&format!("{support:?}"));
    }
    support.rung != Rung::None
}

/// Says why a test proves nothing here.
pub(crate) fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// A command that runs the probe (`tests/probe`) with these arguments.
pub(crate) fn probe(site: &Site, policy: SandboxPolicy, args: &[&str]) -> CommandSpec {
    let mut spec = site.spec(policy, "");
    spec.program = env!("CARGO_BIN_EXE_sandbox-probe").into();
    spec.args = args.iter().map(OsString::from).collect();
    spec
}
