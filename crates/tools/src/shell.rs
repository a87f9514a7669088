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

/// Where systems put their shells.
const SYSTEM_FOLDERS: [&str; 7] = [
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/opt/local/bin",
    "/run/current-system/sw/bin",
    "/data/data/com.termux/files/usr/bin",
];

/// Whether a shell is the person's own or one of the system's. Any other program of that name may do anything with a script,
/// whatever the script says.
pub fn is_known_shell(shell: &Path, user_shell: &Path) -> bool {
    shell == user_shell
        || shell.parent().is_some_and(|folder| SYSTEM_FOLDERS.iter().any(|known| folder == Path::new(known)))
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

    // threat 8
    #[test]
    fn a_shell_beside_the_work_is_not_known() {
        let user = Path::new("/home/me/.nix-profile/bin/zsh");
        for known in ["/bin/bash", "/usr/bin/fish", "/usr/local/bin/zsh", "/home/me/.nix-profile/bin/zsh"] {
            assert!(is_known_shell(Path::new(known), user), "{known}");
        }
        for other in [
            "/workspace/bash",
            "bash",
            "./bash",
            "/bin/../w/bash",
            "/bin/x/bash",
            "/home/me/.nix-profile/bin/bash",
            "",
        ] {
            assert!(!is_known_shell(Path::new(other), user), "{other}");
        }
    }

    #[test]
    fn what_is_no_shell_is_never_chosen() {
        let dir = folder_with(&["sh", "bash", "nologin", "false", "bash.exe", "Bash"]);
        let env = |shell: &str| vec![("SHELL".into(), dir.path().join(shell).into_os_string())];
        let fallback = user_shell(&[]);
        assert!(is_program(&fallback) && is_posix_shell(&fallback), "{fallback:?}");
        for odd in ["nologin", "false", "bash.exe", "Bash", "gone", "", "bash -x", "bash\n"] {
            assert_eq!(user_shell(&env(odd)), fallback, "{odd:?}");
        }
        assert_eq!(user_shell(&[("SHELL".into(), "".into())]), fallback);
        // A name without a folder is not looked up where we were started.
        let relative = user_shell(&[("SHELL".into(), "bash".into())]);
        assert!(relative.is_absolute(), "{relative:?}");
        let path = Some(dir.path().as_os_str());
        for odd in ["nologin", "bash -c", "-bash", "..", "/", "bash/", "python3"] {
            let chosen = choose(Some(odd), Path::new("/bin/sh"), path);
            assert!(chosen.is_absolute() && is_program(&chosen), "{odd:?}: {chosen:?}");
        }
        // Folders of PATH that are not absolute are not looked into.
        assert_eq!(
            choose(Some("zsh"), Path::new("/bin/sh"), Some(OsStr::new(".:bin"))),
            Path::new("/bin/sh")
        );
    }

    #[test]
    fn scripts_are_passed_whole() {
        assert_eq!(argv(Path::new("/bin/bash"), Login::Yes, "a 'b'"), ["/bin/bash", "-lc", "a 'b'"]);
        assert_eq!(argv(Path::new("/bin/bash"), Login::No, ""), ["/bin/bash", "-c", ""]);
    }
}
