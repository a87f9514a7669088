//! The commands that a command starts in turn: behind `sudo`, `env`, `timeout`, `xargs`, `find -exec`, `eval` and
//! `bash -c`, and behind those again. For rules that limit, never for rules that allow. Pure.

use crate::wrapper::wrapped;
use crate::{Dialect, SimpleCommand, Word, inner_script, program_name, read_script};

/// Wrappers within wrappers that are looked through.
const DEPTH_MAX: usize = 8;
/// Commands that are listed; a script can name many more only to hide one.
const COMMANDS_MAX: usize = 4_096;

/// What a command starts in turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Started {
    /// In the order of the text, outermost first.
    pub commands: Vec<SimpleCommand>,
    /// Whether a limit was met, so that there may be more.
    pub is_cut: bool,
}

/// Lists what `command` starts in turn. Words known only when it runs stay so.
pub fn started_by(command: &SimpleCommand) -> Started {
    let mut started = Started::default();
    started.behind(&command.words, 0);
    started
}

impl Started {
    fn behind(&mut self, words: &[Word], depth: usize) {
        // What is not known matches no option and no program; its place is kept.
        let known: Vec<&str> = words.iter().map(|word| word.literal().unwrap_or_default()).collect();
        let Some(program) = known.first().map(|program| program_name(program)) else { return };
        if let Some(script) = inner_script(&known) {
            return self.script(script, depth);
        }
        match program {
            "eval" => self.script(&known[1..].join(" "), depth),
            "su" | "runuser" | "watch" => {
                if let Some(script) = su_script(&known) {
                    self.script(script, depth);
                }
            }
            "env" => {
                if let Some(line) = split_string(&known) {
                    return self.script(&line, depth);
                }
            }
            "find" | "fd" | "fdfind" => self.executed(words, &known, depth),
            _ => {}
        }
        if let Some(inner) = wrapped(&known) {
            self.command(&words[words.len() - inner.len()..], depth);
        }
    }

    fn command(&mut self, words: &[Word], depth: usize) {
        if depth >= DEPTH_MAX || self.commands.len() >= COMMANDS_MAX {
            self.is_cut = true;
            return;
        }
        self.commands.push(SimpleCommand { words: words.to_vec() });
        self.behind(words, depth + 1);
    }

    fn script(&mut self, source: &str, depth: usize) {
        if depth >= DEPTH_MAX {
            self.is_cut = true;
            return;
        }
        let script = read_script(Dialect::Posix, source);
        self.is_cut |= script.shape == crate::Shape::TooLong;
        for command in &script.commands {
            self.command(&command.words, depth + 1);
        }
    }

    /// `find ... -exec COMMAND ;` and `fd -x COMMAND`.
    fn executed(&mut self, words: &[Word], known: &[&str], depth: usize) {
        let mut at = 1;
        while let Some(word) = known.get(at) {
            at += 1;
            if matches!(
                *word,
                "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch"
            ) {
                let end = known[at..].iter().position(|word| matches!(*word, ";" | "+"));
                let end = end.map_or(known.len(), |length| at + length);
                if end > at {
                    self.command(&words[at..end], depth);
                }
                at = end;
            }
        }
    }
}

/// The script of `su -c SCRIPT USER`, and the line that `watch` gives to a shell.
fn su_script<'a>(known: &[&'a str]) -> Option<&'a str> {
    if known.first().is_some_and(|program| program_name(program) == "watch") {
        // Options may have values; a line of a shell has a blank in it or is the last word.
        return known.last().copied().filter(|_| known.len() > 1);
    }
    known.iter().enumerate().find_map(|(at, word)| match *word {
        "-c" | "--command" | "-lc" | "--session-command" => known.get(at + 1).copied(),
        word => word.strip_prefix("--command="),
    })
}

/// The command line of `env -S LINE`.
fn split_string(known: &[&str]) -> Option<String> {
    known.iter().enumerate().skip(1).find_map(|(at, word)| {
        let line = match *word {
            "-S" | "--split-string" => known.get(at + 1).copied()?,
            word => word.strip_prefix("--split-string=").or_else(|| attached(word))?,
        };
        let rest = known.get(at + 1 + usize::from(matches!(*word, "-S" | "--split-string"))..);
        Some([&[line], rest.unwrap_or_default()].concat().join(" "))
    })
}

/// `-SLINE`, `-vSLINE`
fn attached(word: &str) -> Option<&str> {
    let letters = word.strip_prefix('-').filter(|letters| !letters.starts_with('-'))?;
    let (before, line) = letters.split_once('S')?;
    (before.bytes().all(|letter| matches!(letter, b'v' | b'i' | b'0')) && !line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn seen(script: &str) -> Vec<String> {
        let word = |word: &Word| match word {
            Word::Literal(text) => text.clone(),
            Word::Dynamic(text) => format!("<{text}>"),
        };
        let line = |command: &SimpleCommand| command.words.iter().map(word).collect::<Vec<_>>().join(" ");
        let started = read_script(Dialect::Posix, script).commands.iter().map(started_by).collect::<Vec<_>>();
        started.iter().flat_map(|started| started.commands.iter().map(line)).collect()
    }

    #[test]
    fn what_wrappers_start_is_listed() {
        for (script, started) in [
            ("git push", vec![]),
            ("env A=1 -i git push", vec!["git push"]),
            ("env -S 'git push' origin", vec!["git push origin"]),
            ("env '-Sgit push'", vec!["git push"]),
            ("sudo -u me timeout 5 git push", vec!["timeout 5 git push", "git push"]),
            ("bash -lc 'cd x && git push'", vec!["cd x", "git push"]),
            ("sh -c \"bash -c 'git push'\"", vec!["bash -c git push", "git push"]),
            ("eval git 'push'", vec!["git push"]),
            ("eval 'git push; ls'", vec!["git push", "ls"]),
            ("find . -name x -exec git push {} \\; -exec ls {} +", vec!["git push {}", "ls {}"]),
            ("ls | xargs -0 -n 1 git push", vec!["git push"]),
            ("ls | xargs -I{} git push {}", vec!["git push {}"]),
            ("nohup git push \"$x\"", vec!["git push <\"$x\">"]),
            ("busybox git push", vec!["git push"]),
            ("flock /tmp/l git push", vec!["git push"]),
            ("taskset -c 0 git push", vec!["git push"]),
            ("su me -c 'git push'", vec!["git push"]),
            ("watch -n 1 'git push'", vec!["git push"]),
            ("sudo FOO=1 env -u B git push", vec!["env -u B git push", "git push"]),
        ] {
            assert_eq!(seen(script), started, "{script}");
        }
    }

    #[test]
    fn a_limit_is_told() {
        let deep = |levels: usize| SimpleCommand {
            words: std::iter::repeat_n("nohup", levels)
                .chain(["git"])
                .map(|word| Word::Literal(word.to_owned()))
                .collect(),
        };
        assert!(!started_by(&deep(8)).is_cut);
        assert!(started_by(&deep(9)).is_cut);
    }
}
