//! How each kind of shell is asked what its login files set up, and how what it says is put so that it can read it again.
//! Pure. Invariant: an answer that is not of the expected form is no answer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Variables that belong to one shell or one call.
const NOT_TAKEN: [&str; 9] =
    ["_", "PWD", "OLDPWD", "SHLVL", "BASH_ENV", "TERM", "COLORTERM", "BASHOPTS", "SHELLOPTS"];

/// Options that a running shell does not let change, or that belong to how it was started.
const NOT_OPTIONS: [&str; 17] = [
    "interactive",
    "shinstdin",
    "singlecommand",
    "login",
    "monitor",
    "zle",
    "privileged",
    "restricted",
    "exec",
    "rcs",
    "stdin",
    "verbose",
    "xtrace",
    "viraw",
    "multiline",
    "login_shell",
    "restricted_shell",
];

/// A kind of shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShellKind {
    Bash,
    Zsh,
    /// dash, ash and ksh; `sh`, whatever it is.
    Posix,
    Fish,
}

/// What a shell has set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dump {
    pub(crate) functions: Vec<u8>,
    /// Options, aliases, the mask: one command a line.
    pub(crate) settings: Vec<u8>,
    pub(crate) environment: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl ShellKind {
    pub(crate) fn of(shell: &Path) -> Option<Self> {
        Some(match shell.file_name()?.to_str()? {
            "bash" => Self::Bash,
            "zsh" => Self::Zsh,
            "sh" | "dash" | "ash" | "ksh" => Self::Posix,
            "fish" => Self::Fish,
            _ => return None,
        })
    }

    /// The script that says it all: functions, settings, the environment, each behind a mark that no login file prints.
    /// Traps of the login files would speak in between.
    pub(crate) fn script(self, mark: &str) -> String {
        let says = format!("printf '\\n%s\\n' {mark}");
        let (functions, settings) = match self {
            Self::Bash => ("trap - DEBUG EXIT ERR RETURN; set +vx", "shopt -p; set +o; alias -p; umask -p"),
            Self::Zsh => (
                "trap - EXIT DEBUG ZERR; set +vx",
                "set +o; alias -L; typeset -p fpath; print -r -- \"umask $(umask)\"",
            ),
            Self::Posix => ("trap - EXIT; set +vx", "set +o; alias; echo \"umask $(umask)\""),
            Self::Fish => (
                "true",
                "echo set -g fish_function_path (string escape -- $fish_function_path); echo umask (umask)",
            ),
        };
        let list = match self {
            Self::Bash => "declare -f",
            Self::Zsh => "typeset -f",
            Self::Posix => "{ typeset -f; } 2>/dev/null || :",
            // Not those that it finds by itself, and not its own.
            Self::Fish => {
                "for f in (functions -n -a); set -l at (functions -D -- $f); \
                 set -l dir (string replace -r '/[^/]*$' '' -- $at); \
                 if not contains -- $dir $fish_function_path; and not string match -q 'embedded:*' -- $at; \
                 and not string match -q \"$__fish_data_dir/*\" -- $at; functions -- $f; end; end"
            }
        };
        format!("{functions}; {says}; {list}; {says}; {settings}; {says}; command env -0")
    }

    /// The arguments of a shell that reads its login files and then this script.
    pub(crate) fn login_args(self, shell: &str, script: &str) -> (String, Vec<String>) {
        match self {
            // What it reads comes before the first mark: functions that it cannot list are seen there.
            Self::Posix => {
                let wrapped = ["-c", "exec \"$0\" -lvc \"$1\" 2>&1", shell, script];
                ("/bin/sh".to_owned(), wrapped.map(str::to_owned).to_vec())
            }
            Self::Bash | Self::Zsh | Self::Fish => {
                (shell.to_owned(), ["-lc", script].map(str::to_owned).to_vec())
            }
        }
    }

    /// The arguments of a shell that reads a snapshot in the place of its login files, and then a script. What the snapshot
    /// prints is not part of any command's output.
    pub(crate) fn plain_args(self, snapshot: &str, script: &str) -> Option<Vec<String>> {
        let quoted = |text: &str| self.quoted(text.as_bytes()).and_then(|text| String::from_utf8(text).ok());
        let path = quoted(snapshot)?;
        // What the snapshot defines holds when the next line is read; zsh has read all lines by then.
        let script = match self {
            Self::Fish => format!("source {path} >/dev/null 2>&1\n{script}"),
            Self::Zsh => format!(". {path} >/dev/null 2>&1\neval {}", quoted(script)?),
            Self::Bash | Self::Posix => format!(". {path} >/dev/null 2>&1\n{script}"),
        };
        Some(match self {
            // It would read its files in any case.
            Self::Fish => vec!["-N".to_owned(), "-c".to_owned(), script],
            Self::Bash | Self::Zsh | Self::Posix => vec!["-c".to_owned(), script],
        })
    }

    /// What the shell said, read.
    pub(crate) fn dump(self, said: &[u8], mark: &str) -> Option<Dump> {
        let mark = format!("\n{mark}\n");
        let mut parts = Vec::new();
        let mut rest = said;
        while let Some(at) = rest.windows(mark.len()).position(|window| window == mark.as_bytes()) {
            parts.push(&rest[..at]);
            rest = &rest[at + mark.len()..];
        }
        parts.push(rest);
        let [before, functions, settings, pairs] = parts.as_slice() else { return None };
        if self == Self::Posix && functions.is_empty() && may_define_functions(before) {
            return None;
        }
        let mut environment = BTreeMap::new();
        for pair in pairs.split(|byte| *byte == 0).filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            environment.insert(pair[..at].to_vec(), pair[at + 1..].to_vec());
        }
        Some(Dump { functions: self.functions(functions), settings: self.settings(settings), environment })
    }

    /// The snapshot of it. Only variables that the login files set or changed are taken, so that what each call is given
    /// stays its own.
    pub(crate) fn compose(self, dump: &Dump, given: &[(OsString, OsString)]) -> Option<Vec<u8>> {
        let mut text = dump.functions.clone();
        text.push(b'\n');
        for (name, value) in &dump.environment {
            let same = given.iter().any(|(known, was)| known.as_bytes() == name && was.as_bytes() == value);
            if same || !is_taken(name) {
                continue;
            }
            text.extend_from_slice(if self == Self::Fish { b"set -gx " } else { b"export " });
            text.extend_from_slice(name);
            text.push(if self == Self::Fish { b' ' } else { b'=' });
            text.extend_from_slice(&self.quoted(value)?);
            text.push(b'\n');
        }
        for (name, _) in given {
            let name = name.as_bytes();
            if is_taken(name) && !dump.environment.contains_key(name) {
                text.extend_from_slice(if self == Self::Fish { b"set -e " } else { b"unset " });
                text.extend_from_slice(name);
                text.push(b'\n');
            }
        }
        // Last: options such as `nounset` would change how the rest is read.
        text.extend_from_slice(&dump.settings);
        text.push(b'\n');
        Some(text)
    }

    fn functions(self, said: &[u8]) -> Vec<u8> {
        if self != Self::Fish {
            return said.to_vec();
        }
        // Where each was defined is another place after it was read again.
        let lines = said.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"# Defined "));
        lines.collect::<Vec<_>>().join(&b'\n')
    }

    fn settings(self, said: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        for line in said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
            let sets = matches!(words.first(), Some(&b"set" | &b"shopt"));
            if sets && self == Self::Posix && words.len() > 3 {
                // ksh says it all in one line: `set --default --noclobber`, `set -o noclobber -o trackall`.
                let mut kept = words.iter().filter(|word| !is_fixed(word)).collect::<Vec<_>>();
                let pairs: Vec<bool> = (0..kept.len())
                    .map(|at| kept[at] == b"-o" && kept.get(at + 1).is_none_or(|next| *next == b"-o"))
                    .collect();
                let mut pairs = pairs.iter();
                kept.retain(|_| pairs.next() == Some(&false));
                text.extend_from_slice(&kept.into_iter().copied().collect::<Vec<_>>().join(&b' '));
                text.push(b'\n');
                continue;
            }
            if sets && self != Self::Fish && words.last().is_some_and(|word| is_fixed(word)) {
                continue;
            }
            // dash and ksh say `name='value'`.
            if self == Self::Posix && !sets && !line.starts_with(b"umask ") && !line.starts_with(b"alias ") {
                text.extend_from_slice(b"alias ");
            }
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        text
    }

    fn quoted(self, value: &[u8]) -> Option<Vec<u8>> {
        if value.contains(&0) {
            return None;
        }
        let mut text = vec![b'\''];
        for byte in value {
            match (byte, self) {
                (b'\'' | b'\\', Self::Fish) => text.extend([b'\\', *byte]),
                (b'\'', _) => text.extend_from_slice(b"'\\''"),
                _ => text.push(*byte),
            }
        }
        text.push(b'\'');
        Some(text)
    }
}

impl Dump {
    /// Whether a shell that read the snapshot has what a login shell has. Variables of one call are not compared.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let taken = |dump: &Self| -> Vec<(Vec<u8>, Vec<u8>)> {
            let pairs = dump.environment.iter().filter(|(name, _)| is_taken(name));
            pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        // ksh adds an empty line each time.
        let lines = |text: &[u8]| -> Vec<Vec<u8>> {
            text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
        };
        lines(&self.functions) == lines(&other.functions)
            && self.settings == other.settings
            && taken(self) == taken(other)
    }
}

/// Whether a word names an option that stays as the shell was started.
fn is_fixed(word: &[u8]) -> bool {
    let word = std::str::from_utf8(word).unwrap_or_default();
    let word = word.strip_prefix("--").unwrap_or(word);
    NOT_OPTIONS.contains(&word) || NOT_OPTIONS.contains(&word.strip_prefix("no").unwrap_or(word))
}

/// Whether a variable is one that login files may set for later commands. Exported functions are among the functions.
fn is_taken(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name && !NOT_TAKEN.contains(&name) && !name.starts_with("CODEX_")
}

/// Whether the text of login files may define functions, for shells that do not list theirs.
fn may_define_functions(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\t')).collect();
    text.contains("()") || text.contains("eval") || text.contains("\\\n")
}

#[cfg(test)]
#[path = "shell_dump_tests.rs"]
mod tests;
