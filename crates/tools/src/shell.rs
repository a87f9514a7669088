//! Which shell runs a script, and with which arguments (`tools.md §2, §5`).
//! Invariant: the shell chosen is a known shell that exists, or the system's `sh`. Looks at files, runs nothing.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Shells that take a script with `-c` and a login flag with `-l`.
const POSIX_SHELLS: [&str; 7] = ["bash", "zsh", "sh", "dash", "ash", "ksh", "fish"];

/// Whether the shell reads the person's login files first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Login {
    /// `-lc`
    Yes,
    /// `-c`
    No,
}

/// The person's shell: `SHELL` of `env`, else the account's, else the system's `sh`.
pub fn user_shell(env: &[(OsString, OsString)]) -> PathBuf {
    let named = variable(env, "SHELL").map(PathBuf::from);
    named
        .into_iter()
        .chain(account_shell())
        .find(|shell| is_posix_shell(shell) && is_program(shell))
        .unwrap_or_else(system_sh)
}

/// The shell for one command. A shell named by path or name is used where it exists; one of the same name elsewhere
/// is as good; anything else is the system's `sh` (`tools.md §2`).
pub(crate) fn choose(asked: Option<&str>, user_shell: &Path, path: Option<&OsStr>) -> PathBuf {
    let Some(asked) = asked.map(Path::new) else { return user_shell.to_path_buf() };
    let Some(name) = asked.file_name().filter(|_| is_posix_shell(asked)) else { return system_sh() };
    if asked.components().count() > 1 && is_program(asked) {
        return asked.to_path_buf();
    }
    if user_shell.file_name() == Some(name) {
        return user_shell.to_path_buf();
    }
    in_path(name, path).unwrap_or_else(system_sh)
}

/// The whole argument vector of a script.
pub(crate) fn argv(shell: &Path, login: Login, script: &str) -> Vec<String> {
    let flag = match login {
        Login::Yes => "-lc",
        Login::No => "-c",
    };
    vec![shell.to_string_lossy().into_owned(), flag.to_owned(), script.to_owned()]
}

fn variable<'a>(env: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
}

fn system_sh() -> PathBuf {
    PathBuf::from("/bin/sh")
}

fn in_path(name: &OsStr, path: Option<&OsStr>) -> Option<PathBuf> {
    let folders = std::env::split_paths(path?).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|program| is_program(program))
}

fn is_posix_shell(shell: &Path) -> bool {
    shell.file_name().and_then(OsStr::to_str).is_some_and(|name| POSIX_SHELLS.contains(&name))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(unix)]
fn account_shell() -> Option<PathBuf> {
    nix::unistd::User::from_uid(nix::unistd::Uid::current()).ok().flatten().map(|user| user.shell)
}

#[cfg(not(unix))]
fn account_shell() -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use pretty_assertions::assert_eq;

    use super::*;

    fn folder_with(programs: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for program in programs {
            let path = dir.path().join(program);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        dir
    }

    #[test]
    fn the_shell_asked_for_is_found_by_path_or_name_or_replaced_by_sh() {
        let dir = folder_with(&["sh", "zsh", "python3"]);
        let path = Some(dir.path().as_os_str());
        let here = |name: &str| dir.path().join(name);
        let user = Path::new("/opt/user/bash");
        let sh = Path::new("/bin/sh");
        assert_eq!(choose(None, user, path), user);
        assert_eq!(choose(Some("zsh"), user, path), here("zsh"));
        assert_eq!(choose(Some("sh"), user, path), here("sh"));
        assert_eq!(choose(Some(here("zsh").to_str().unwrap()), user, path), here("zsh"));
        assert_eq!(choose(Some("/nowhere/zsh"), user, path), here("zsh"));
        assert_eq!(choose(Some("bash"), user, path), user);
        assert_eq!(choose(Some("/nowhere/bash"), user, path), user);
        assert_eq!(choose(Some("fish"), user, path), sh);
        assert_eq!(choose(Some(here("python3").to_str().unwrap()), user, path), sh);
        assert_eq!(choose(Some(""), user, path), sh);
        assert_eq!(choose(Some("zsh"), user, None), sh);
    }

    #[test]
    fn the_users_shell_is_the_variable_when_it_names_one() {
        let dir = folder_with(&["sh", "bash"]);
        let env = |shell: PathBuf| vec![("SHELL".into(), shell.into_os_string())];
        assert_eq!(user_shell(&env(dir.path().join("bash"))), dir.path().join("bash"));
        let elsewhere = user_shell(&env(dir.path().join("gone/bash")));
        assert!(is_program(&elsewhere), "{elsewhere:?}");
    }

    #[test]
    fn scripts_are_passed_whole() {
        assert_eq!(argv(Path::new("/bin/bash"), Login::Yes, "a 'b'"), ["/bin/bash", "-lc", "a 'b'"]);
        assert_eq!(argv(Path::new("/bin/bash"), Login::No, ""), ["/bin/bash", "-c", ""]);
    }
}
