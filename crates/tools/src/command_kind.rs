//! Says in a client's terms what a plain command does: reads, lists or searches. For display only, never a
//! judgement of safety. Pure. Invariant: a script that is not one plain command of known form is `Unknown`.

use codex_protocol::ParsedCommand;

/// What `script` does; one entry.
pub(crate) fn classify(script: &str) -> Vec<ParsedCommand> {
    let known = words(script).and_then(|words| {
        let (program, arguments) = words.split_first()?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let cmd = || script.trim().to_owned();
        match program.as_str() {
            "cat" => read(cmd(), &operands(&arguments, "AbeEnstTuv", "", &[])?),
            "head" | "tail" => {
                read(cmd(), &operands(&arguments, "qv0123456789", "nc", &["--lines", "--bytes"])?)
            }
            "sed" => sed(cmd(), &arguments),
            "ls" => list(cmd(), &operands(&arguments, "1aAbcdfFghHiklLmnNopqQrRsStuUvxXZ", "wI", &[])?),
            "rg" => ripgrep(cmd(), arguments),
            "grep" => search(cmd(), &operands(&arguments, "EFGPHILRcilhnoqrsvwxz", "ABCm", &GREP_LONG)?),
            "find" => find(cmd(), &arguments),
            _ => None,
        }
    });
    vec![known.unwrap_or_else(|| ParsedCommand::Unknown { cmd: script.to_owned() })]
}

/// Long options that only change what is shown or searched, with and without values.
const GREP_LONG: [&str; 3] = ["--include", "--exclude", "--exclude-dir"];
const RIPGREP_LONG: [&str; 6] = ["--glob", "--type", "--type-not", "--max-count", "--max-depth", "--context"];

fn read(cmd: String, files: &[&str]) -> Option<ParsedCommand> {
    let [path] = files else { return None };
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    (*path != "-").then(|| ParsedCommand::Read { cmd, name: name.to_owned(), path: (*path).to_owned() })
}

fn list(cmd: String, folders: &[&str]) -> Option<ParsedCommand> {
    match folders {
        [] => Some(ParsedCommand::ListFiles { cmd, path: None }),
        [path] => Some(ParsedCommand::ListFiles { cmd, path: Some((*path).to_owned()) }),
        _ => None,
    }
}

fn search(cmd: String, operands: &[&str]) -> Option<ParsedCommand> {
    let (query, path) = match operands {
        [query] => (query, None),
        [query, path] => (query, Some((*path).to_owned())),
        _ => return None,
    };
    Some(ParsedCommand::Search { cmd, query: Some((*query).to_owned()), path })
}

/// `sed -n '10,20p' FILE` prints lines; any other script may do anything.
fn sed(cmd: String, arguments: &[&str]) -> Option<ParsedCommand> {
    let ["-n", script, path] = arguments else { return None };
    let range = script.strip_suffix('p')?;
    let number = |text: &str| text == "$" || !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (from, to) = range.split_once(',').unwrap_or((range, range));
    (number(from) && number(to)).then(|| read(cmd, &[path]))?
}

fn ripgrep(cmd: String, mut arguments: Vec<&str>) -> Option<ParsedCommand> {
    let before = arguments.len();
    arguments.retain(|argument| *argument != "--files");
    let files_only = arguments.len() < before;
    arguments.retain(|argument| {
        !matches!(
            *argument,
            "--hidden"
                | "--no-heading"
                | "--line-number"
                | "--ignore-case"
                | "--files-with-matches"
                | "--no-ignore"
        )
    });
    let operands = operands(&arguments, "FHILNSUcilnopsuvwx.", "ABCTgmtd", &RIPGREP_LONG)?;
    if files_only { list(cmd, &operands) } else { search(cmd, &operands) }
}

/// `find` with tests that only select by name, type or depth.
fn find(cmd: String, arguments: &[&str]) -> Option<ParsedCommand> {
    let (path, mut rest) = match arguments.split_first() {
        Some((path, rest)) if !path.starts_with('-') => (Some((*path).to_owned()), rest),
        _ => (None, arguments),
    };
    let mut query = None;
    while let Some((test, after)) = rest.split_first() {
        if *test == "-print" {
            rest = after;
            continue;
        }
        let (value, after) = after.split_first()?;
        match *test {
            "-name" | "-iname" | "-path" | "-ipath" if query.is_none() => query = Some((*value).to_owned()),
            "-type" | "-maxdepth" | "-mindepth" => {}
            _ => return None,
        }
        rest = after;
    }
    Some(match query {
        Some(_) => ParsedCommand::Search { cmd, query, path },
        None => ParsedCommand::ListFiles { cmd, path },
    })
}

/// The operands left when every option is a known one: `plain` letters take no value, `valued` letters and long
/// options take one. Any other option makes the command unknown, because it might do anything.
fn operands<'a>(arguments: &[&'a str], plain: &str, valued: &str, long: &[&str]) -> Option<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if *argument == "--" {
            found.extend(rest.by_ref());
        } else if argument.starts_with("--") {
            let (name, value) = argument.split_once('=').map_or((*argument, None), |(n, v)| (n, Some(v)));
            if !long.contains(&name) || (value.is_none() && rest.next().is_none()) {
                return None;
            }
        } else if let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let value_at = letters.find(|letter| !plain.contains(letter));
            if let Some(at) = value_at {
                let letter = letters[at..].chars().next()?;
                let value_is_next = at + letter.len_utf8() == letters.len();
                if !valued.contains(letter) || (value_is_next && rest.next().is_none()) {
                    return None;
                }
            }
        } else {
            found.push(*argument);
        }
    }
    Some(found)
}

/// The words of a script that is one plain command: quotes are taken off; any expansion, redirection, operator or
/// comment makes it no plain command.
fn words(script: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = script.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '$' | '`' | '!' => return None,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            '\n' => return None,
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next().filter(|c| *c != '\n')?),
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '{' | '}' | '$' | '`' | '!' | '\n' | '\r' => {
                return None;
            }
            '#' if word.is_none() => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
#[path = "command_kind_tests.rs"]
mod tests;
