//! What the person's login files set up, captured once and read by later commands instead of running those files again
//! (`tools.md §5`, feature `shell_snapshot`). Invariant: only what was captured is read, and only when a shell that read it
//! was seen to have the same functions, options, aliases and variables; every doubt means a login shell.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_sandbox::{CommandOrigin, run_confined};
use codex_secrets::KnownSecrets;
use codex_stdx::{PrivateFile, make_private_folder, read_regular};
use rand::Rng as _;
use tokio::task::JoinHandle;

use crate::ThreadTools;
use crate::shell::is_known_shell;
use crate::shell_dump::{Dump, ShellKind};

/// Login files have so long.
const CAPTURE_TIME_MAX: Duration = Duration::from_secs(20);
/// Larger ones cost more to read than the login files do.
const BYTES_MAX: usize = 512 * 1024;

/// Shells of one thread that are captured.
const SHELLS_MAX: usize = 4;

/// The snapshots of one thread, by shell.
#[derive(Debug, Default)]
pub(crate) struct ShellSnapshot {
    states: Arc<Mutex<HashMap<PathBuf, State>>>,
    captures: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug)]
enum State {
    Asked,
    Ready(Captured),
    /// There is none, and there will be none.
    Absent,
}

#[derive(Debug)]
struct Captured {
    kind: ShellKind,
    file: PrivateFile,
    text: Vec<u8>,
}

impl ShellSnapshot {
    /// The arguments of a shell that reads the snapshot and then does what `script` says; `None`: a login shell has to do.
    /// `may_read` says whether the command could read the file at all.
    pub(crate) fn around(
        &self,
        shell: &Path,
        script: &str,
        may_read: impl Fn(&Path) -> bool,
    ) -> Option<Vec<String>> {
        let states = lock(&self.states);
        let State::Ready(Captured { kind, file, text }) = states.get(shell)? else { return None };
        // An escalated command could have written there; then nothing of it is read.
        let as_captured = read_regular(file.path(), BYTES_MAX as u64).is_ok_and(|found| found == *text);
        if !as_captured || !may_read(file.path()) {
            return None;
        }
        kind.plain_args(file.path().to_str()?, script)
    }

    /// Begins to capture, unless that was done: beside the first command, which does not wait for it.
    pub(crate) fn begin(&self, thread: &Arc<ThreadTools>, shell: &Path) {
        let Some(kind) = ShellKind::of(shell).filter(|_| is_known_shell(shell, &thread.setup().shell)) else {
            return;
        };
        {
            let mut states = lock(&self.states);
            if states.contains_key(shell) || states.len() >= SHELLS_MAX {
                return;
            }
            states.insert(shell.to_path_buf(), State::Asked);
        }
        let (states, shell, given) = (Arc::clone(&self.states), shell.to_path_buf(), given(thread));
        let folder = thread.codex_home().join("shell_snapshots");
        let task = tokio::spawn(async move {
            let captured = capture(kind, &shell, &given, &folder).await;
            lock(&states).insert(shell, captured.map_or(State::Absent, State::Ready));
        });
        lock(&self.captures).push(task);
    }

    /// Ends captures that are under way, and takes the files away.
    pub(crate) async fn end(&self) {
        let tasks = std::mem::take(&mut *lock(&self.captures));
        for task in tasks {
            task.abort();
            // What it was cut off in has no result.
            let _ = task.await;
        }
        lock(&self.states).values_mut().for_each(|state| *state = State::Absent);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn given(thread: &ThreadTools) -> Vec<(OsString, OsString)> {
    thread.environment(CommandOrigin::ToolCall(""), &codex_protocol::SandboxPolicy::ReadOnly)
}

/// Runs the login files behind the sandbox, in no folder of a project, asks the shell what there is then, and asks another
/// shell that has read the answer the same.
async fn capture(
    kind: ShellKind,
    shell: &Path,
    given: &[(OsString, OsString)],
    folder: &Path,
) -> Option<Captured> {
    let mark = format!("--{:032x}--", rand::rng().random::<u128>());
    let script = kind.script(&mark);
    let shell = shell.to_str()?;
    let (program, args) = kind.login_args(shell, &script);
    let login = kind.dump(&said(&program, args, given).await?, &mark)?;
    let text = kind.compose(&login, given).filter(|text| text.len() <= BYTES_MAX)?;
    learn(&login, &KnownSecrets::of_process());
    make_private_folder(folder).ok()?;
    let file = PrivateFile::create(folder, "snapshot-", "snapshot.sh", &text).ok()?;
    let args = kind.plain_args(file.path().to_str()?, &script)?;
    let plain = kind.dump(&said(shell, args, given).await?, &mark)?;
    let alike = login.is_like(&plain);
    if !alike {
        tracing::info!(shell, "what login files set up cannot be read again; every command reads them");
    }
    alike.then_some(Captured { kind, file, text })
}

/// What login files export, commands can print.
fn learn(login: &Dump, secrets: &KnownSecrets) {
    let text = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    secrets.learn_env(login.environment.iter().map(|(name, value)| (text(name), text(value))));
}

async fn said(program: &str, args: Vec<String>, given: &[(OsString, OsString)]) -> Option<Vec<u8>> {
    let run = run_confined(program, args, Path::new("/"), given.to_vec(), CAPTURE_TIME_MAX).await;
    run.ok().filter(|output| output.exit_code == 0).map(|output| output.stdout)
}

#[cfg(test)]
#[path = "shell_snapshot_tests.rs"]
mod tests;
