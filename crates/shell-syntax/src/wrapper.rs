//! Programs that run other programs: what `sudo`, `env`, `timeout` or `bash -c` really start.

/// The name of a program without its folder.
pub fn program_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn is_shell(program: &str) -> bool {
    matches!(program_name(program), "bash" | "sh" | "zsh" | "dash" | "ksh" | "mksh" | "ash" | "rbash")
}

/// Whether these words may start a shell that reads a script which stands elsewhere: in its input, in a file.
pub(crate) fn reads_script(argv: &[&str]) -> bool {
    argv.iter().any(|word| is_shell(word) || matches!(program_name(word), "fish" | "." | "source"))
}

/// The script that words say in another way than `SHELL -c`: `eval`, `trap`, `su -c`, `watch`, ...
pub(crate) fn spoken_script(argv: &[&str]) -> Option<String> {
    let (program, rest) = argv.split_first()?;
    let after = |flags: &[&str]| {
        let at = rest.iter().position(|word| flags.contains(word))?;
        Some((*rest.get(at + 1)?).to_owned())
    };
    match program_name(program) {
        "eval" => Some(rest.join(" ")),
        "trap" => rest.iter().find(|word| !word.starts_with('-')).map(|word| (*word).to_owned()),
        "su" | "runuser" | "script" | "flock" => after(&["-c", "--command"]),
        "fish" => after(&["-c", "--command", "-C", "--init-command"]),
        "watch" => {
            let at = rest
                .iter()
                .position(|word| !word.starts_with('-') && !word.starts_with(|c: char| c.is_ascii_digit()))?;
            Some(rest.get(at..)?.join(" "))
        }
        _ => None,
    }
}

/// The script of `SHELL -c SCRIPT` and `SHELL -lc SCRIPT`, for shells that [`crate::read_script`] can read.
pub fn inner_script<'a>(argv: &[&'a str]) -> Option<&'a str> {
    let (program, mut rest) = argv.split_first()?;
    if !is_shell(program) {
        return None;
    }
    let mut takes_script = false;
    while let Some((option, after)) = rest.split_first() {
        let Some(letters) = option.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else {
            break;
        };
        rest = after;
        if let Some(long) = letters.strip_prefix('-') {
            if long.is_empty() {
                break;
            }
            if matches!(long, "rcfile" | "init-file") {
                rest = rest.split_first()?.1;
            }
            continue;
        }
        takes_script |= letters.contains('c');
        if letters.ends_with(['o', 'O']) {
            rest = rest.split_first()?.1;
        }
    }
    takes_script.then(|| rest.first().copied())?
}

/// What a wrapper starts as it stands; not what `xargs` adds to. `None` when `argv` is no known wrapper.
pub(crate) fn unwrapped<'s, 'a>(argv: &'s [&'a str]) -> Option<&'s [&'a str]> {
    if argv.first().is_some_and(|program| program_name(program) == "xargs") {
        return None;
    }
    wrapped(argv)
}

/// The arguments of a wrapper from the wrapped program on; `None` when `argv` is no known wrapper.
pub(crate) fn wrapped<'s, 'a>(argv: &'s [&'a str]) -> Option<&'s [&'a str]> {
    let (program, rest) = argv.split_first()?;
    let wrapper = Wrapper::named(program_name(program))?;
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        if *word == "--" {
            at += 1;
            break;
        }
        let is_assignment = wrapper.assigns && word.contains('=') && !word.starts_with('-');
        if !word.starts_with('-') && !is_assignment {
            break;
        }
        at += if wrapper.valued.contains(word) { 2 } else { 1 };
    }
    at += wrapper.operands;
    while wrapper.assigns && rest.get(at).is_some_and(|word| word.contains('=')) {
        at += 1;
    }
    rest.get(at..).filter(|inner| !inner.is_empty())
}

/// How a program that starts another takes its own arguments.
struct Wrapper {
    /// Options with a value in the next word.
    valued: &'static [&'static str],
    /// Words of its own before the wrapped program.
    operands: usize,
    /// Whether `NAME=VALUE` may stand before the wrapped program.
    assigns: bool,
}

impl Wrapper {
    fn named(name: &str) -> Option<Self> {
        let plain = |valued| Self { valued, operands: 0, assigns: false };
        Some(match name {
            "sudo" => Self {
                assigns: true,
                ..plain(&[
                    "-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "-r", "-t", "--user", "--group",
                    "--chdir",
                ])
            },
            "doas" => Self { assigns: true, ..plain(&["-u", "-C", "-a"]) },
            "env" => {
                Self { assigns: true, ..plain(&["-u", "-C", "--unset", "--chdir", "-S", "--split-string"]) }
            }
            "nice" => plain(&["-n", "--adjustment"]),
            "ionice" => plain(&["-c", "-n", "-p", "--class", "--classdata"]),
            "timeout" => Self { operands: 1, ..plain(&["-k", "-s", "--kill-after", "--signal"]) },
            "stdbuf" => plain(&["-i", "-o", "-e", "--input", "--output", "--error"]),
            "xargs" => plain(&[
                "-a",
                "-d",
                "-E",
                "-I",
                "-L",
                "-n",
                "-P",
                "-s",
                "--arg-file",
                "--delimiter",
                "--max-args",
                "--max-lines",
                "--max-procs",
                "--max-chars",
                "--replace",
            ]),
            "flock" => Self { operands: 1, ..plain(&["-w", "-E", "--timeout", "--conflict-exit-code"]) },
            "taskset" | "chrt" | "chroot" | "setarch" => Self { operands: 1, ..plain(&["-p"]) },
            "strace" | "ltrace" => {
                plain(&["-e", "-o", "-p", "-s", "-a", "-u", "-E", "-P", "-I", "-O", "-S", "-X"])
            }
            "unshare" | "nsenter" => plain(&["-t", "-S", "-G", "-w", "-R", "--target", "--root", "--wd"]),
            "exec" => plain(&["-a"]),
            "runuser" => plain(&["-u", "-g", "-G"]),
            "busybox" | "toybox" | "nohup" | "setsid" | "command" | "builtin" | "time" | "coproc"
            | "fakeroot" | "caffeinate" => plain(&[]),
            // Words of zsh and fish before a command.
            "noglob" | "nocorrect" | "-" | "and" | "or" | "not" => plain(&[]),
            _ => return None,
        })
    }
}
