//! Commands that only look: nothing on disk is another after them, and they start no other program. For deciding what need
//! not be prepared for, never for what may run. Invariant: a program or an option that is not known to be harmless is not.
//! What a repository's own configuration makes git run besides (`diff.external`, `core.fsmonitor`) is not seen here.

use crate::{Dialect, read_script};

/// Programs no option of which writes a file or starts a program.
const ANY_OPTION: [&str; 46] = [
    "arch",
    "b2sum",
    "basename",
    "cat",
    "cd",
    "cksum",
    "cmp",
    "comm",
    "cut",
    "df",
    "dirname",
    "du",
    "echo",
    "expr",
    "false",
    "fold",
    "free",
    "getconf",
    "grep",
    "egrep",
    "fgrep",
    "groups",
    "head",
    "id",
    "ls",
    "md5sum",
    "nl",
    "nproc",
    "od",
    "paste",
    "printenv",
    "pwd",
    "readlink",
    "realpath",
    "seq",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "sleep",
    "stat",
    "tail",
    "test",
    "true",
    "uname",
    "wc",
    "whoami",
];

/// Whether a script is nothing but programs that look.
pub fn only_looks(dialect: Dialect, source: &str) -> bool {
    let Some(commands) = read_script(dialect, source).plain() else { return false };
    let globs = begins_with_glob(source);
    commands.iter().all(|words| match words.split_first() {
        Some((program, arguments)) => {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            // A file's name may be an option: `rg x *` where there is a file `--pre=sh`.
            ANY_OPTION.contains(&program.as_str()) || !globs && looks(program, &arguments)
        }
        None => false,
    })
}

fn looks(program: &str, arguments: &[&str]) -> bool {
    match program {
        "git" => git(arguments),
        "sed" => sed(arguments),
        "find" => find(arguments),
        "sort" => {
            only_options(arguments, "bdfghiMnRrsuVz", "kt", &["--unique", "--reverse", "--numeric-sort"])
        }
        "uniq" => arguments.iter().all(|word| is_letters(word, "cduiDz")),
        "date" => {
            arguments.iter().all(|word| word.starts_with('+') || is_letters(word, "uIR") || *word == "--utc")
        }
        "file" => only_options(arguments, "bhiLkNnprs0", "", &["--brief", "--mime", "--mime-type"]),
        "rg" => !arguments.iter().any(|word| {
            begins(word, &["--pre", "--search-zip", "--hostname-bin"])
                || has_letter(word, 'z', "ABCEfgjmMrtTde")
        }),
        "diff" => only_options(
            arguments,
            "abBcdeEipqrNsuwyZt0123456789",
            "UCIWx",
            &["--brief", "--recursive", "--unified", "--new-file"],
        ),
        "tree" => only_options(arguments, "adfhilpstugDF", "LIP", &["--dirsfirst", "--gitignore"]),
        "which" | "type" => arguments.iter().all(|word| !word.starts_with('-') || is_letters(word, "aptsP")),
        "command" => matches!(arguments, ["-v" | "-V", ..]),
        "printf" => !arguments.first().is_some_and(|word| word.starts_with('-')),
        _ => false,
    }
}

/// Options that are not among these make it unknown; `valued` letters take the rest of the word or the next one.
fn only_options(arguments: &[&str], plain: &str, valued: &str, long: &[&str]) -> bool {
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        if *word == "--" {
            return true;
        }
        if word.starts_with("--") {
            let name = word.split('=').next().unwrap_or_default();
            if !long.contains(&name) {
                return false;
            }
        } else if let Some(letters) = word.strip_prefix('-') {
            match letters.find(|letter| !plain.contains(letter)) {
                None => {}
                Some(at) if !letters[at..].starts_with(|letter| valued.contains(letter)) => return false,
                // The value is the rest of the word, or the next one.
                Some(at) if letters[at..].chars().count() > 1 => {}
                Some(_) => drop(rest.next()),
            }
        }
    }
    true
}

fn is_letters(word: &str, letters: &str) -> bool {
    word.strip_prefix('-').is_some_and(|word| !word.is_empty() && word.chars().all(|c| letters.contains(c)))
}

/// Whether a word is a long option or any beginning of one.
fn begins(word: &str, long: &[&str]) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    name.len() > 2 && long.iter().any(|option| option.starts_with(name) || name.starts_with(option))
}

/// Whether a letter stands in a word of short options, before one that takes the rest as its value.
fn has_letter(word: &str, letter: char, valued: &str) -> bool {
    let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
        return false;
    };
    letters.chars().take_while(|c| !valued.contains(*c)).any(|c| c == letter)
}

/// `-n` with addresses and commands that print or end, nothing else: `w`, `e`, `r` and `s` are letters.
fn sed(arguments: &[&str]) -> bool {
    let prints = |script: &str| {
        !script.is_empty()
            && script
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '$' | ',' | ';' | ' ' | 'p' | 'q' | '='))
    };
    match arguments {
        ["-n" | "--quiet" | "--silent", script, files @ ..] => {
            prints(script) && !files.iter().any(|file| file.starts_with('-'))
        }
        _ => false,
    }
}

/// Tests that select, and actions that print to the output.
fn find(arguments: &[&str]) -> bool {
    const ALONE: [&str; 14] = [
        "-a", "-and", "-o", "-or", "-not", "-print", "-print0", "-ls", "-prune", "-empty", "-depth", "-xdev",
        "-mount", "-follow",
    ];
    const VALUED: [&str; 19] = [
        "-name",
        "-iname",
        "-path",
        "-ipath",
        "-wholename",
        "-type",
        "-maxdepth",
        "-mindepth",
        "-size",
        "-mtime",
        "-mmin",
        "-newer",
        "-regex",
        "-iregex",
        "-perm",
        "-user",
        "-group",
        "-lname",
        "-printf",
    ];
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        if VALUED.contains(word) {
            rest.next();
        } else if word.starts_with('-') && !ALONE.contains(word) && !matches!(*word, "-L" | "-H" | "-P") {
            return false;
        }
    }
    true
}

fn git(arguments: &[&str]) -> bool {
    const COMMANDS: [&str; 17] = [
        "blame",
        "cat-file",
        "describe",
        "diff",
        "diff-tree",
        "grep",
        "log",
        "ls-files",
        "ls-tree",
        "merge-base",
        "name-rev",
        "rev-list",
        "rev-parse",
        "shortlog",
        "show",
        "show-ref",
        "status",
    ];
    const WRITE_OR_RUN: [&str; 9] = [
        "--output",
        "--output-directory",
        "--ext-diff",
        "--textconv",
        "--filters",
        "--show-signature",
        "--open-files-in-pager",
        "--paginate",
        "--exec",
    ];
    let mut rest = arguments;
    loop {
        rest = match rest {
            ["--no-pager" | "--no-optional-locks", rest @ ..] => rest,
            ["-C", _, rest @ ..] => rest,
            _ => break,
        };
    }
    let Some((command, options)) = rest.split_first() else { return false };
    match *command {
        "branch" => options
            .iter()
            .all(|word| is_letters(word, "avr") || matches!(*word, "--show-current" | "--all" | "--list")),
        "remote" => matches!(options, [] | ["-v"]),
        "grep" if options.iter().any(|word| word.starts_with("-O") || has_letter(word, 'O', "ABCefm")) => {
            false
        }
        command => {
            COMMANDS.contains(&command)
                && !options.iter().any(|word| begins(word, &WRITE_OR_RUN) || word.contains("%G"))
        }
    }
}

/// Whether a word of the source begins with a wildcard that is not quoted.
fn begins_with_glob(source: &str) -> bool {
    let (mut single, mut double, mut escaped, mut before) = (false, false, false, ' ');
    for c in source.chars() {
        if escaped {
            escaped = false;
        } else if c == '\\' && !single {
            escaped = true;
        } else if c == '\'' && !double {
            single = !single;
        } else if c == '"' && !single {
            double = !double;
        } else if !single
            && !double
            && matches!(c, '*' | '?' | '[')
            && matches!(before, ' ' | '\t' | '\'' | '"')
        {
            return true;
        }
        before = c;
    }
    false
}

#[cfg(test)]
#[path = "looks_tests.rs"]
mod tests;
