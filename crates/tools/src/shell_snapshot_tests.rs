//! Real shells with friendly and hostile login files. A shell that is not there is said and passed over.

use std::fs;

use pretty_assertions::assert_eq;

use super::*;

struct Home {
    dir: tempfile::TempDir,
    shell: PathBuf,
    kind: ShellKind,
}

/// Every shell of this machine with a home of its own.
fn homes() -> Vec<Home> {
    let names = ["bash", "zsh", "dash", "ksh", "fish"];
    let found = names.into_iter().filter_map(|name| {
        let shell = ["/bin", "/usr/bin"]
            .iter()
            .map(|folder| Path::new(folder).join(name))
            .find(|shell| shell.exists());
        if shell.is_none() {
            println!("skipped: no {name} here");
        }
        let shell = shell?;
        Some(Home { dir: tempfile::tempdir().unwrap(), kind: ShellKind::of(&shell)?, shell })
    });
    found.collect()
}

impl Home {
    fn name(&self) -> &str {
        self.shell.file_name().unwrap().to_str().unwrap()
    }

    fn profile(&self, text: &str) {
        let file = match self.kind {
            ShellKind::Bash => ".bash_profile",
            ShellKind::Zsh => ".zprofile",
            ShellKind::Posix => ".profile",
            ShellKind::Fish => ".config/fish/config.fish",
        };
        let file = self.dir.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn given(&self) -> Vec<(OsString, OsString)> {
        let given = [
            ("PATH", "/usr/bin:/bin".into()),
            ("HOME", self.dir.path().as_os_str().to_owned()),
            ("GONE", "x".into()),
        ];
        given.map(|(name, value)| (OsString::from(name), value)).to_vec()
    }

    async fn captured(&self) -> Option<Captured> {
        capture(self.kind, &self.shell, &self.given(), &self.dir.path().join("snapshots")).await
    }

    /// What a script prints in a login shell, and in one that reads the snapshot.
    async fn both(&self, captured: &Captured, script: &str) -> (String, String) {
        let shell = self.shell.to_str().unwrap();
        let login = said(shell, ["-lc", script].map(str::to_owned).to_vec(), &self.given()).await.unwrap();
        let args = self.kind.plain_args(captured.file.path().to_str().unwrap(), script).unwrap();
        let plain = said(shell, args, &self.given()).await.unwrap();
        (String::from_utf8(login).unwrap(), String::from_utf8(plain).unwrap())
    }
}

#[tokio::test]
async fn what_login_files_set_up_is_there_without_them() {
    for home in homes() {
        let set = match home.kind {
            ShellKind::Fish => {
                "set -gx QUOTED 'it\\'s \"a\"\n$b \\\\n `c`'\nset -e GONE\nfunction greet; echo \"hi $argv[1]\"; end\n\
                 alias say 'echo said'\nset -gx PATH /opt/x $PATH\nfunction ls; echo mine; end\numask 027\nstatus is-login; and set -gx WAS login\n"
                    .to_owned()
            }
            kind => {
                let function = if home.name() == "dash" { "" } else { "greet() { echo \"hi $1\"; }\n" };
                let aliases = if kind == ShellKind::Bash { "shopt -s expand_aliases nullglob\n" } else { "" };
                format!(
                    "QUOTED='it'\\''s \"a\"\n$b \\n `c`'; export QUOTED\nunset GONE\n{function}{aliases}\
                     alias say='echo said'\nPATH=/opt/x:$PATH\numask 027\nset -o noclobber\n"
                )
            }
        };
        home.profile(&set);
        let captured = home.captured().await.unwrap_or_else(|| panic!("{} is captured", home.name()));
        let greet = if home.name() == "dash" { "" } else { "greet a; " };
        let ask =
            format!("{greet}say b\nprintenv QUOTED PATH WAS; printenv GONE; umask; ls /nowhere 2>&1; true");
        let (login, plain) = home.both(&captured, &ask).await;
        assert!(
            login.contains("said b") && login.contains("/opt/x:") && login.contains("27"),
            "{}: {login}",
            home.name()
        );
        assert_eq!(plain, login, "{}", home.name());
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(captured.file.path()).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// What of these is captured has to be the same for a script; what is not captured leaves a login shell.
const HOSTILE: [&str; 17] = [
    "exit 0\n",
    "exit 3\n",
    "exec true\n",
    "exec sleep 0\n",
    "read answer\necho \"$answer\"\n",
    "printf '%s' '\n--00--\n'\n",
    "set -e\nfalse\n",
    "set -e\n",
    "set -u\n",
    "trap 'echo bye' EXIT\n",
    "exec >/dev/null\n",
    "exec 2>&1\necho oops >&2\n",
    "kill -9 $$\n",
    "cd /tmp\n",
    "echo poison > \"$HOME/poison\"\n",
    "alias printf='echo x'\nalias env='echo y'\n",
    "export PATH=/nowhere\n",
];

#[tokio::test]
async fn hostile_login_files_leave_a_login_shell_or_the_same() {
    for home in homes() {
        let more: &[&str] = match home.kind {
            ShellKind::Bash => &[
                "readonly X=1; export X\n",
                "readonly PATH\n",
                "function a-b:c { echo odd; }\n",
                "trap 'echo step' DEBUG\n",
                "declare() { echo poison; }\n",
                "printf() { builtin echo poison; }\nexport -f printf\n",
                "export X=$'\\x01\\xff\\n'\n",
                "export 'BASH_FUNC_x%%=() { echo f; }'\n",
                "set -o posix\n",
                "exec -a x bash -c 'echo a'\n",
            ],
            ShellKind::Zsh => &[
                "readonly X=1; export X\n",
                "a-b:c() { echo odd; }\n",
                "'a b'() { echo odd; }\n",
                "TRAPEXIT() { echo bye; }\n",
                "TRAPDEBUG() { echo step; }\n",
                "setopt ksharrays shwordsplit\n",
                "emulate sh\n",
                "alias -g G='| cat'\nalias -s txt=cat\n",
                "export X=$'\\x01\\xff\\n'\n",
            ],
            ShellKind::Posix => {
                &["readonly X=1; export X\n", "f() { echo f; }\n", "eval 'f() { echo f; }'\n"]
            }
            ShellKind::Fish => &[
                "function fish_prompt; echo poison; end\n",
                "function printf; echo poison; end\n",
                "function on_exit --on-event fish_exit; echo bye; end\n",
                "function 'a b'; echo odd; end\n",
                "set -gx X \\x01\\xff\\n\n",
            ],
        };
        for text in HOSTILE.iter().chain(more) {
            home.profile(text);
            if let Some(captured) = home.captured().await {
                let ask = "echo a; /usr/bin/env | /usr/bin/sort | /bin/grep -v -E '^(_|SHLVL|PWD|OLDPWD)='; false; echo b";
                let shell = home.shell.to_str().unwrap();
                let login = said(shell, ["-lc", ask].map(str::to_owned).to_vec(), &home.given()).await;
                let args = home.kind.plain_args(captured.file.path().to_str().unwrap(), ask).unwrap();
                let plain = said(shell, args, &home.given()).await;
                let shown = |said: Option<Vec<u8>>| {
                    let text = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
                    // Without the words of the login files themselves, and of their traps, which are not captured.
                    let own = ["bye", "step", "oops"];
                    let lines =
                        text.lines().skip_while(|line| *line != "a").filter(|line| !own.contains(line));
                    lines.map(str::to_owned).collect::<Vec<_>>()
                };
                assert_eq!(shown(plain), shown(login), "{} with {text:?}", home.name());
            }
            assert!(!home.dir.path().join("poison").exists(), "{} wrote", home.name());
        }
    }
}

#[tokio::test]
async fn endless_output_ends() {
    for home in homes().into_iter().take(2) {
        home.profile("yes 0123456789 | head -c 12000000\n");
        assert!(home.captured().await.is_none(), "{}", home.name());
    }
}

#[test]
fn what_login_files_export_is_known_to_be_secret() {
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let environment =
        [pair("NPM_TOKEN", "4f9A0bC1dE2f"), pair("EDITOR", "vi-improved")].into_iter().collect();
    let secrets = KnownSecrets::none();
    learn(&Dump { functions: Vec::new(), settings: Vec::new(), environment }, &secrets);
    assert_eq!(secrets.mask("4f9A0bC1dE2f vi-improved"), "[secret:NPM_TOKEN] vi-improved");
}
