//! Programs that run other programs: what `sudo`, `env`, `timeout` or `bash -c` really start.

/// The name of a program without its folder.
pub fn program_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// The script of `SHELL -c SCRIPT` and `SHELL -lc SCRIPT`, for shells that [`crate::read_script`] can read.
pub fn inner_script<'a>(argv: &[&'a str]) -> Option<&'a str> {
    let (program, mut rest) = argv.split_first()?;
    if !matches!(program_name(program), "bash" | "sh" | "zsh" | "dash" | "ksh" | "ash") {
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

/// What a wrapper starts: the arguments from the wrapped program on; `None` when `argv` is no known wrapper.
pub(crate) fn unwrapped<'s, 'a>(argv: &'s [&'a str]) -> Option<&'s [&'a str]> {
    let (program, rest) = argv.split_first()?;
    let valued: &[&str] = match program_name(program) {
        "sudo" => &[
            "-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "-r", "-t", "--user", "--group", "--chdir",
        ],
        "doas" => &["-u", "-C", "-a"],
        "env" => &["-u", "-C", "--unset", "--chdir", "-S", "--split-string"],
        "nice" => &["-n", "--adjustment"],
        "ionice" => &["-c", "-n", "-p", "--class", "--classdata"],
        "timeout" => &["-k", "-s", "--kill-after", "--signal"],
        "stdbuf" => &["-i", "-o", "-e", "--input", "--output", "--error"],
        "nohup" | "setsid" | "command" | "exec" | "builtin" | "time" => &[],
        _ => return None,
    };
    let takes_duration = program_name(program) == "timeout";
    let takes_assignments = matches!(program_name(program), "env" | "sudo" | "doas");
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        if *word == "--" {
            at += 1;
            break;
        }
        let is_assignment = takes_assignments && word.contains('=') && !word.starts_with('-');
        if !word.starts_with('-') && !is_assignment {
            break;
        }
        at += if valued.contains(word) { 2 } else { 1 };
    }
    at += usize::from(takes_duration);
    while takes_assignments && rest.get(at).is_some_and(|word| word.contains('=')) {
        at += 1;
    }
    rest.get(at..).filter(|inner| !inner.is_empty())
}
