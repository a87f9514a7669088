//! The ways to start `true`: past the sandbox, and through it under each policy. Measures one start at a time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use codex_protocol::SandboxPolicy;
use codex_sandbox::{Barrier, CommandSpec, LocalSockets, ProxyDoors, Rung, SpawnError, spawn};
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

    /// What `count` commands take under workspace-write on a rung.
    pub(super) fn many(&self, runtime: &Runtime, rung: Rung, count: usize) -> anyhow::Result<Duration> {
        let mut spec = CommandSpec::new(&self.program, self.dir.path(), SandboxPolicy::workspace_write());
        spec.barrier = match rung {
            Rung::Namespaces | Rung::None => Barrier::Namespaces,
            Rung::Bubblewrap => Barrier::Bubblewrap,
            Rung::Landlock => Barrier::LandlockOnly,
        };
        let begin = Instant::now();
        for _ in 0..count {
            runtime.block_on(start_in_sandbox(spec.clone()))?;
        }
        Ok(begin.elapsed())
    }
}

/// How a command is started.
pub(super) enum Way {
    /// By the standard library, with nothing around it.
    Plain(PathBuf),
    /// By the sandbox.
    Sandbox(Box<CommandSpec>),
    /// By `sandbox -- true` of a whole program, in this home folder.
    Whole { binary: PathBuf, home: PathBuf, program: PathBuf },
}

/// The programs whose own command is measured too.
pub(crate) struct Binaries<'a> {
    pub(crate) ours: &'a Path,
    pub(crate) official: Option<&'a Path>,
}

/// What came of one start.
pub(super) enum Attempt {
    Took(Start),
    /// This system cannot enforce the policy.
    Unavailable(String),
}

/// Every way with its name in the table; the plain one first.
pub(super) fn ways(place: &Place, binaries: &Binaries<'_>) -> Vec<(&'static str, Way)> {
    let spec = |policy| CommandSpec::new(&place.program, place.dir.path(), policy);
    let narrow = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    let networked = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: true,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: false,
    };
    let by = |barrier, policy| CommandSpec { barrier, ..spec(policy) };
    let bubblewrap = |policy| by(Barrier::Bubblewrap, policy);
    let landlock = |policy| by(Barrier::LandlockOnly, policy);
    let specs = [
        ("full access", spec(SandboxPolicy::DangerFullAccess)),
        ("read-only", spec(SandboxPolicy::ReadOnly)),
        ("workspace-write", spec(SandboxPolicy::workspace_write())),
        ("workspace-write without /tmp", spec(narrow)),
        ("workspace-write behind the network proxy", proxied(spec(networked))),
        ("read-only, bubblewrap", bubblewrap(SandboxPolicy::ReadOnly)),
        ("workspace-write, bubblewrap", bubblewrap(SandboxPolicy::workspace_write())),
        ("read-only, Landlock only", landlock(SandboxPolicy::ReadOnly)),
        ("workspace-write, Landlock only", landlock(SandboxPolicy::workspace_write())),
    ];
    let mut ways = vec![("plain start", Way::Plain(place.program.clone()))];
    ways.extend(specs.into_iter().map(|(name, spec)| (name, Way::Sandbox(Box::new(spec)))));
    let whole =
        [("ours: `codex sandbox`", Some(binaries.ours)), ("official: `codex sandbox`", binaries.official)];
    for (name, binary) in whole {
        let Some(binary) = binary.filter(|binary| binary.is_file()) else { continue };
        let Ok(binary) = binary.canonicalize() else { continue };
        let home = place.dir.path().join("home");
        ways.push((name, Way::Whole { binary, home, program: place.program.clone() }));
    }
    ways
}

/// With a network of its own whose listeners nobody serves.
fn proxied(mut spec: CommandSpec) -> CommandSpec {
    let (http, socks, local_sockets) = (3128, Some(1080), LocalSockets::Pairs);
    spec.proxy = Some(ProxyDoors { http, socks, datagrams: false, local_sockets });
    spec
}

impl Way {
    /// Starts the command once and waits for its end.
    pub(super) fn start(&self, runtime: &Runtime) -> anyhow::Result<Attempt> {
        match self {
            Self::Plain(program) => start_plain(program).map(Attempt::Took),
            Self::Whole { binary, home, program } => start_whole(binary, home, program),
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

/// A whole program says nothing of when its command has started.
fn start_whole(binary: &Path, home: &Path, program: &Path) -> anyhow::Result<Attempt> {
    std::fs::create_dir_all(home)?;
    let mut command = Command::new(binary);
    command.args(["sandbox", "--"]).arg(program).env("CODEX_HOME", home).current_dir(home);
    command.stdin(Stdio::null());
    let begin = Instant::now();
    let out = command.output()?;
    let until_ended = begin.elapsed();
    if !out.status.success() {
        return Ok(Attempt::Unavailable(String::from_utf8_lossy(&out.stderr).trim().to_owned()));
    }
    Ok(Attempt::Took(Start { until_started: until_ended, until_ended }))
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
