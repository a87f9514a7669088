//! The outer half of a certificate: a trial folder, a probe that runs in the sandbox, and what its answers mean.
//! Invariant: a promise counts as enforced only when a trial said so; silence is a fault.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use codex_protocol::{Permissions, SandboxPolicy};

use crate::inside::{HEAD, HERE};
use crate::process::spawn_capped;
use crate::{
    Barrier, Certificate, CertifyError, Claim, CommandSpec, Finding, Rung, SpawnError, StdioMode, Support,
};
use crate::{denied_trial, proxied_trial};

/// Output of the probe at most, bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A promise: its words, the trials that must all say `ok`, what carries it at the full level and by Landlock alone.
pub(crate) type Promise = (&'static str, &'static [&'static str], &'static str, &'static str);

pub(crate) const MOUNTS: &str = "read-only mounts, Landlock";
pub(crate) const MOUNT_NAMESPACE: &str = "private mount namespace";
pub(crate) const NETWORK_NAMESPACE: &str = "private network namespace";
pub(crate) const LANDLOCK: &str = "Landlock";
pub(crate) const SECCOMP: &str = "seccomp";
pub(crate) const NOTHING: &str = "nothing";

const PROMISES: &[Promise] = &[
    ("nothing outside the writable roots is written", &["outside", "outside-file"], MOUNTS, LANDLOCK),
    ("links lead no write outside", &["link"], MOUNTS, LANDLOCK),
    ("`.git` cannot be changed or moved", &["git", "git-moved"], MOUNTS, LANDLOCK),
    ("protected names that are absent cannot be made", &["absent"], MOUNTS, LANDLOCK),
    ("the writable roots can be written", &["below"], MOUNT_NAMESPACE, LANDLOCK),
    ("entries directly in a writable root can be made", &["top"], MOUNT_NAMESPACE, NOTHING),
    ("modes of files in writable roots can be changed", &["modes"], MOUNT_NAMESPACE, NOTHING),
    (
        "the kernel's switches (/proc/sys, sysrq) are closed, for root too",
        &["proc-sys", "sysrq"],
        MOUNTS,
        LANDLOCK,
    ),
    ("no internet socket", &["tcp", "udp"], SECCOMP, SECCOMP),
    ("no connection to a local socket", &["unix"], SECCOMP, SECCOMP),
    ("no mounts, no namespaces of its own", &["mount", "unshare"], SECCOMP, SECCOMP),
    ("no ptrace, no io_uring", &["ptrace", "io_uring"], SECCOMP, SECCOMP),
    ("no capabilities", &["capabilities"], "empty capability sets", "empty capability sets"),
    ("no new privileges", &["no-new-privileges"], "no_new_privs", "no_new_privs"),
    ("system calls are filtered", &["filter"], SECCOMP, SECCOMP),
    ("processes outside are invisible", &["processes"], "private PID namespace, fresh /proc", NOTHING),
    ("processes outside cannot be signalled", &["signals"], "private PID namespace", LANDLOCK),
    ("System V objects are private", &["ipc"], "private IPC namespace", NOTHING),
    ("shared memory works and is private", &["shared-memory"], "private tmpfs", NOTHING),
];

/// The promise that is tried without the probe.
const LINKED_NAME: &str = "a protected name that is a link refuses the command";

pub(crate) async fn certify(
    probe: &[OsString],
    scratch: &Path,
    support: &Support,
    rung: Rung,
) -> Result<Certificate, CertifyError> {
    let failed = |source| CertifyError::Scratch { path: scratch.to_path_buf(), source };
    let trial = Trial::prepare(scratch, rung).map_err(failed)?;
    let answers = or_silence(trial.run(probe).await)?;
    let mut claims = answers.claims(PROMISES, support, rung);
    claims.push(Claim {
        promise: LINKED_NAME,
        mechanism: "checked before the start",
        finding: trial.linked_name().await,
    });
    claims.extend(denied_trial::claims(probe, scratch, support, rung).await?);
    claims.extend(proxied_trial::claims(probe, scratch, support, rung).await?);
    Ok(Certificate { rung, claims })
}

const HERE_PROMISES: &[Promise] = &[
    ("`.git` stays as it is", &[".git"], MOUNTS, LANDLOCK),
    ("`.codex` stays as it is", &[".codex"], MOUNTS, LANDLOCK),
    ("`.agents` stays as it is", &[".agents"], MOUNTS, LANDLOCK),
    ("`.aws` stays as it is", &[".aws"], MOUNTS, LANDLOCK),
    ("the git folders a pointer leads to stay as they are", &["git-folders"], MOUNTS, LANDLOCK),
    ("nothing beside the workspace is written", &["beside"], MOUNTS, LANDLOCK),
    ("entries directly in the workspace can be made", &["top"], MOUNT_NAMESPACE, NOTHING),
];

pub(crate) async fn certify_workspace(
    probe: &[OsString],
    workspace: &Path,
    support: &Support,
    rung: Rung,
) -> Result<Certificate, CertifyError> {
    let started = match fs::canonicalize(workspace) {
        Ok(workspace) => {
            let arguments = [HERE.into(), workspace.clone().into()];
            try_answers(probe, spec("", &workspace, barrier(rung)), arguments).await
        }
        Err(source) => Err(SpawnError::BadWorkdir { path: workspace.to_path_buf(), source }),
    };
    let claims = match started {
        Ok(answers) => answers.claims(HERE_PROMISES, support, rung),
        // A workspace in which nothing may start is worth a line, not an error.
        Err(error) => vec![Claim {
            promise: "commands start here",
            mechanism: "checked before the start",
            finding: Finding::NotEnforced(error.to_string()),
        }],
    };
    Ok(Certificate { rung, claims })
}

/// Lets the probe look around under `spec`; without a mechanism for that every trial stays without an answer.
pub(crate) async fn answers(
    probe: &[OsString],
    spec: CommandSpec,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Answers, CertifyError> {
    or_silence(try_answers(probe, spec, arguments).await)
}

fn or_silence(asked: Result<Answers, SpawnError>) -> Result<Answers, CertifyError> {
    match asked {
        Err(SpawnError::SandboxUnavailable { reason }) => {
            Ok(Answers { known: BTreeMap::new(), silence: reason })
        }
        asked => Ok(asked?),
    }
}

/// What the probe said.
pub(crate) struct Answers {
    known: BTreeMap<String, String>,
    /// Why a trial has no answer.
    silence: String,
}

impl Answers {
    pub(crate) fn claims(&self, promises: &[Promise], support: &Support, rung: Rung) -> Vec<Claim> {
        let claim = |&(promise, trials, full, alone): &Promise| {
            let mechanism = match (rung.is_whole(), support.landlock_abi) {
                (false, _) => alone,
                (true, None) if full == MOUNTS => "read-only mounts",
                (true, _) => full,
            };
            Claim { promise, mechanism, finding: self.finding(trials) }
        };
        promises.iter().map(claim).collect()
    }

    fn finding(&self, trials: &[&str]) -> Finding {
        let fault = trials.iter().find_map(|trial| match self.known.get(*trial).map(String::as_str) {
            Some("ok") => None,
            Some(fault) => Some(fault.to_owned()),
            None => Some(self.silence.clone()),
        });
        fault.map_or(Finding::Enforced, Finding::NotEnforced)
    }
}

/// The trial folder: a workspace with a git folder and a way out, and a folder outside.
struct Trial {
    workspace: PathBuf,
    outside: PathBuf,
    barrier: Barrier,
}

impl Trial {
    fn prepare(scratch: &Path, rung: Rung) -> io::Result<Self> {
        let scratch = fs::canonicalize(scratch)?;
        let trial = Self {
            workspace: scratch.join("workspace"),
            outside: scratch.join("outside"),
            barrier: barrier(rung),
        };
        fs::create_dir_all(trial.workspace.join(".git"))?;
        fs::create_dir(trial.workspace.join("sub"))?;
        fs::create_dir(&trial.outside)?;
        fs::write(trial.workspace.join(".git/config"), "")?;
        fs::write(trial.outside.join("file"), "")?;
        symlink(trial.outside.join("file"), trial.workspace.join("sub/way-out"))?;
        Ok(trial)
    }

    async fn run(&self, probe: &[OsString]) -> Result<Answers, SpawnError> {
        let namespace = |name: &str| fs::read_link(format!("/proc/self/ns/{name}")).unwrap_or_default();
        let arguments = [
            self.workspace.clone().into(),
            self.outside.clone().into(),
            namespace("pid").into(),
            namespace("ipc").into(),
            std::process::id().to_string().into(),
        ];
        try_answers(probe, spec("", &self.workspace, self.barrier), arguments).await
    }

    async fn linked_name(&self) -> Finding {
        let linked = self.workspace.join("sub/linked");
        let prepared =
            fs::create_dir_all(&linked).and_then(|()| symlink(&self.outside, linked.join(".codex")));
        if let Err(error) = prepared {
            return Finding::NotEnforced(format!("it could not be tried: {error}"));
        }
        match spawn_capped(spec("/bin/sh", &linked, self.barrier), ANSWER_BYTES_MAX).await {
            Err(SpawnError::ProtectedLink { .. } | SpawnError::SandboxUnavailable { .. }) => {
                Finding::Enforced
            }
            Err(error) => Finding::NotEnforced(format!("it was refused for another reason: {error}")),
            Ok(_) => Finding::NotEnforced("it ran".to_owned()),
        }
    }
}

fn barrier(rung: Rung) -> Barrier {
    match rung {
        Rung::Namespaces => Barrier::Namespaces,
        Rung::Bubblewrap => Barrier::Bubblewrap,
        Rung::Landlock => Barrier::LandlockOnly,
        // What is said to be missing must be missing.
        Rung::None => Barrier::Best,
    }
}

/// A command for the probe under other permissions.
pub(crate) fn limited(cwd: &Path, rung: Rung, permissions: Permissions) -> CommandSpec {
    let mut spec = spec("", cwd, barrier(rung));
    spec.permissions = permissions;
    spec
}

/// The strictest policy that still writes: only this workspace, no network.
fn spec(program: &str, workspace: &Path, barrier: Barrier) -> CommandSpec {
    let policy = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    let mut spec = CommandSpec::new(program, workspace, policy);
    spec.stdio = StdioMode::StdoutOnly;
    spec.barrier = barrier;
    spec
}

/// Lets the probe look around in the sandbox of `spec`.
pub(crate) async fn try_answers(
    probe: &[OsString],
    mut spec: CommandSpec,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Answers, SpawnError> {
    if let Some((program, first)) = probe.split_first() {
        spec.program.clone_from(program);
        spec.args = first.iter().cloned().chain(arguments).collect();
    }
    let process = spawn_capped(spec, ANSWER_BYTES_MAX).await?;
    let code = process.wait().await;
    let output = String::from_utf8_lossy(&process.take_new_output().into_bytes()).into_owned();
    let mut lines = output.lines();
    let known = match lines.next() {
        Some(HEAD) => {
            lines.filter_map(|line| line.split_once(' ')).map(|(n, f)| (n.into(), f.into())).collect()
        }
        _ => BTreeMap::new(),
    };
    Ok(Answers { known, silence: format!("the probe did not say (exit code {code})") })
}
