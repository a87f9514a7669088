//! The ways to start `true`: past the sandbox, and through it under each policy. Measures one start at a time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use codex_protocol::SandboxPolicy;
use codex_sandbox::{Barrier, CommandSpec, SpawnError, spawn};
use tokio::runtime::Runtime;

use super::table::Start;

/// A workspace with the folders that workspace-write keeps read-only, and the program to start in it.
pub(super) struct Place {
    dir: tempfile::TempDir,
    program: PathBuf,
}

impl Place {
    pub(super) fn new(scratch: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(scratch)?;
        let dir = tempfile::tempdir_in(scratch.canonicalize()?)?;
        std::fs::create_dir_all(dir.path().join(".git/hooks"))?;
        let programs = ["/bin/true", "/usr/bin/true"].map(PathBuf::from);
        let program = programs.into_iter().find(|path| path.exists());
        Ok(Self { dir, program: program.context("neither /bin/true nor /usr/bin/true is there")? })
    }
}

/// How a command is started.
pub(super) enum Way {
    /// By the standard library, with nothing around it.
    Plain(PathBuf),
    /// By the sandbox.
    Sandbox(Box<CommandSpec>),
}

/// What came of one start.
pub(super) enum Attempt {
    Took(Start),
    /// This system cannot enforce the policy.
    Unavailable(String),
}

/// Every way with its name in the table; the plain one first.
pub(super) fn ways(place: &Place) -> Vec<(&'static str, Way)> {
    let spec = |policy| CommandSpec::new(&place.program, place.dir.path(), policy);
    let narrow = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    let landlock = |policy| CommandSpec { barrier: Barrier::LandlockOnly, ..spec(policy) };
    let specs = [
        ("full access", spec(SandboxPolicy::DangerFullAccess)),
        ("read-only", spec(SandboxPolicy::ReadOnly)),
        ("workspace-write", spec(SandboxPolicy::workspace_write())),
        ("workspace-write without /tmp", spec(narrow)),
        ("read-only, Landlock only", landlock(SandboxPolicy::ReadOnly)),
        ("workspace-write, Landlock only", landlock(SandboxPolicy::workspace_write())),
    ];
    let mut ways = vec![("plain start", Way::Plain(place.program.clone()))];
    ways.extend(specs.into_iter().map(|(name, spec)| (name, Way::Sandbox(Box::new(spec)))));
    ways
}

impl Way {
    /// Starts the command once and waits for its end.
    pub(super) fn start(&self, runtime: &Runtime) -> anyhow::Result<Attempt> {
        match self {
            Self::Plain(program) => start_plain(program).map(Attempt::Took),
            Self::Sandbox(spec) => runtime.block_on(start_in_sandbox(CommandSpec::clone(spec))),
        }
    }
}

fn start_plain(program: &Path) -> anyhow::Result<Start> {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let until_started = begin.elapsed();
    let status = child.wait()?;
    let until_ended = begin.elapsed();
    ensure!(status.success(), "{} failed: {status}", program.display());
    Ok(Start { until_started, until_ended })
}

async fn start_in_sandbox(spec: CommandSpec) -> anyhow::Result<Attempt> {
    let begin = Instant::now();
    let process = match spawn(spec).await {
        Err(SpawnError::SandboxUnavailable { reason }) => return Ok(Attempt::Unavailable(reason)),
        spawned => spawned?,
    };
    let until_started = begin.elapsed();
    let code = process.wait().await;
    let until_ended = begin.elapsed();
    ensure!(code == 0, "the command failed with code {code}");
    Ok(Attempt::Took(Start { until_started, until_ended }))
}
