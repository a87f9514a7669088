//! What the person's login files set up, captured once and read by later commands instead of running those files again
//! (`tools.md §5`, feature `shell_snapshot`). For bash; other shells go on as login shells. Invariant: only what was
//! captured is read: a file that holds anything else is not used, and every doubt means a login shell.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_sandbox::{CommandOrigin, run_confined};
use codex_stdx::{PrivateFile, read_regular};
use rand::Rng as _;
use tokio::task::JoinHandle;

use crate::ThreadTools;

/// Login files have so long.
const CAPTURE_TIME_MAX: Duration = Duration::from_secs(20);
/// Larger ones cost more to read than the login files do.
const BYTES_MAX: usize = 512 * 1024;

/// Variables that belong to one shell or one call.
const NOT_TAKEN: [&str; 8] = ["_", "PWD", "OLDPWD", "SHLVL", "BASH_ENV", "TERM", "COLORTERM", "BASHOPTS"];

/// The snapshot of one thread.
#[derive(Debug, Default)]
pub(crate) struct ShellSnapshot {
    state: Arc<Mutex<State>>,
    capture: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    NotAsked,
    Asked,
    Ready {
        shell: PathBuf,
        file: PrivateFile,
        text: Vec<u8>,
    },
    /// There is none, and there will be none.
    Absent,
}

impl ShellSnapshot {
    /// The script that reads the snapshot and then does what `script` says; `None`: a login shell has to do.
    /// `may_read` says whether the command could read the file at all.
    pub(crate) fn around(
        &self,
        shell: &Path,
        script: &str,
        may_read: impl Fn(&Path) -> bool,
    ) -> Option<String> {
        let state = lock(&self.state);
        let State::Ready { shell: known, file, text } = &*state else { return None };
        // An escalated command could have written there; then nothing of it is read.
        let as_captured = read_regular(file.path(), BYTES_MAX as u64).is_ok_and(|found| found == *text);
        if shell != known || !as_captured || !may_read(file.path()) {
            return None;
        }
        let path = shlex::try_quote(file.path().to_str()?).ok()?.into_owned();
        // A line of its own: what it defines holds when the next lines are read.
        Some(format!(". {path} >/dev/null 2>&1\n{script}"))
    }

    /// Begins to capture, unless that was done: beside the first command, which does not wait for it.
    pub(crate) fn begin(&self, thread: &Arc<ThreadTools>, shell: &Path) {
        if shell.file_name() != Some(OsStr::new("bash")) || !matches!(*lock(&self.state), State::NotAsked) {
            return;
        }
        *lock(&self.state) = State::Asked;
        let (state, shell, given) = (Arc::clone(&self.state), shell.to_path_buf(), given(thread));
        let folder = thread.codex_home().join("shell_snapshots");
        let task = tokio::spawn(async move {
            let captured = capture(&shell, &given).await.and_then(|text| {
                let file = kept(&folder, &text)?;
                Some(State::Ready { shell, file, text })
            });
            *lock(&state) = captured.unwrap_or(State::Absent);
        });
        *lock(&self.capture) = Some(task);
    }

    /// Ends a capture that is under way, and takes the file away.
    pub(crate) async fn end(&self) {
        let task = lock(&self.capture).take();
        if let Some(task) = task {
            task.abort();
            // What it was cut off in has no result.
            let _ = task.await;
        }
        *lock(&self.state) = State::Absent;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn given(thread: &ThreadTools) -> Vec<(OsString, OsString)> {
    thread.environment(CommandOrigin::ToolCall(""), &codex_protocol::SandboxPolicy::ReadOnly)
}

fn kept(folder: &Path, text: &[u8]) -> Option<PrivateFile> {
    std::fs::create_dir_all(folder).ok()?;
    PrivateFile::create(folder, "bash-", "snapshot.sh", text).ok()
}

/// Runs the login files behind the sandbox, in no folder of a project, and asks the shell what there is then.
async fn capture(shell: &Path, given: &[(OsString, OsString)]) -> Option<Vec<u8>> {
    let mark = format!("--{:032x}--", rand::rng().random::<u128>());
    // Functions, options, aliases, the mask, the environment: each behind a mark that no login file prints.
    let script = format!(
        "printf '\\n%s\\n' {mark}; declare -f; printf '\\n%s\\n' {mark}; shopt -p | grep -v login_shell; set +o; alias -p; \
         umask -p; printf '\\n%s\\n' {mark}; env -0"
    );
    let args = ["-lc".to_owned(), script];
    let run = run_confined(shell.to_str()?, args, Path::new("/"), given.to_vec(), CAPTURE_TIME_MAX).await;
    let output = run.ok().filter(|output| output.exit_code == 0)?;
    compose(&output.stdout, &mark, given).filter(|text| text.len() <= BYTES_MAX)
}

/// The snapshot of what the shell said. Only variables that the login files set or changed are taken, so that what each
/// call is given stays its own.
fn compose(said: &[u8], mark: &str, given: &[(OsString, OsString)]) -> Option<Vec<u8>> {
    let mark = format!("\n{mark}\n");
    let mut parts = Vec::new();
    let mut rest = said;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark.as_bytes()) {
        parts.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    parts.push(rest);
    let [_, functions, settings, environment] = parts.as_slice() else { return None };
    let mut text = functions.to_vec();
    text.push(b'\n');
    let mut names = HashSet::new();
    for pair in environment.split(|byte| *byte == 0).filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (&pair[..at], &pair[at + 1..]);
        let name_text = std::str::from_utf8(name).ok()?;
        let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let same = given.iter().any(|(known, was)| known == name_text && was.as_bytes() == value);
        // Functions that are exported are among the functions.
        if !is_name || same || NOT_TAKEN.contains(&name_text) || name_text.starts_with("CODEX_") {
            continue;
        }
        names.insert(name_text);
        text.extend_from_slice(b"export ");
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(&shlex::bytes::try_quote(value).ok()?);
        text.push(b'\n');
    }
    for (name, _) in given {
        let gone = name.to_str().filter(|name| !NOT_TAKEN.contains(name) && !name.starts_with("CODEX_"));
        let still = |name: &str| {
            let begins = [name.as_bytes(), b"="].concat();
            environment.split(|byte| *byte == 0).any(|pair| pair.starts_with(&begins))
        };
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if let Some(name) = gone.filter(|name| is_name(name) && !still(name)) {
            text.extend_from_slice(format!("unset {name}\n").as_bytes());
        }
    }
    // Last: options such as `nounset` would change how the rest is read.
    text.extend_from_slice(settings);
    text.push(b'\n');
    Some(text)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn only_what_the_login_files_changed_is_taken() {
        let given = [("SAME", "1"), ("CODEX_TOOL_CALL_ID", "c"), ("GONE", "x"), ("PATH", "/bin")];
        let given = given.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let said = b"noise of a login file\n\n--m--\nf () \n{ \n    echo f\n}\n\n--m--\nalias ll='ls -l'\n\
            \n--m--\nSAME=1\0PATH=/opt/it's here:/bin\0CODEX_TOOL_CALL_ID=d\0SHLVL=2\0NEW=a\nb\0BASH_FUNC_x%%=() { :; }\0";
        let expected = "f () \n{ \n    echo f\n}\n\nexport PATH=\"/opt/it's here:/bin\"\nexport NEW='a\nb'\nunset GONE\n\
            alias ll='ls -l'\n\n";
        assert_eq!(String::from_utf8(compose(said, "--m--", &given).unwrap()).unwrap(), expected);
        assert_eq!(compose(b"no marks", "--m--", &given), None);
        assert_eq!(compose(b"\n--m--\n\n--m--\n\n--m--\nno pair\0", "--m--", &given), None);
    }
}
