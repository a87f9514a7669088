//! Which kind of shell reads a script: what is plain to one may mean something else to another. Pure.

use crate::program_name;

/// A kind of shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// bash, dash, ksh, ash and their like.
    #[default]
    Posix,
    /// zsh: `=name` is a path, and there are more words of grammar.
    Zsh,
    /// fish: backslashes name characters, within quotes too, and blocks end with `end`.
    Fish,
}

/// Words of zsh that are grammar or change how the rest is read when they stand first.
const ZSH_WORDS: [&str; 8] = ["noglob", "nocorrect", "repeat", "foreach", "end", "always", "-", "namespace"];
/// The same of fish.
const FISH_WORDS: [&str; 13] = [
    "and", "or", "not", "begin", "end", "else", "switch", "builtin", "command", "exec", "time", "return",
    "break",
];

impl Dialect {
    /// The one of a shell, by its path or name.
    pub fn of_shell(shell: &str) -> Self {
        match program_name(shell) {
            "zsh" => Self::Zsh,
            "fish" => Self::Fish,
            _ => Self::Posix,
        }
    }

    /// Whether plain commands of a POSIX shell are the same commands here.
    pub(crate) fn agrees(self, source: &str, commands: &[Vec<String>]) -> bool {
        let begins = |known: &[&str]| {
            let first =
                |words: &Vec<String>| words.first().is_some_and(|word| known.contains(&word.as_str()));
            commands.iter().any(first)
        };
        match self {
            Self::Posix => true,
            Self::Zsh => !begins(&ZSH_WORDS) && !commands.iter().flatten().any(|word| word.starts_with('=')),
            Self::Fish => !begins(&FISH_WORDS) && !source.contains('\\'),
        }
    }
}
