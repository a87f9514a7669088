//! A shell script that does nothing but apply a patch -> that patch. Pure.
//! Invariant: a script is taken out of the shell only when every part of it was understood; anything that
//! needs the shell (expansions, redirections, further commands) is left to it.

use std::iter::Peekable;
use std::path::PathBuf;
use std::str::Chars;

use crate::parse::parse;

/// The tool output for a command that is a bare patch.
pub const IMPLICIT_INVOCATION: &str = "apply_patch verification failed: patch detected without explicit call \
     to apply_patch. Rerun as [\"apply_patch\", \"<patch>\"]";

/// What a shell script is to the patch tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intercept {
    /// For the shell.
    NotPatch,
    /// `apply_patch <<'EOF' … EOF`, also below `cd DIR &&`: to be parsed, verified and applied instead of
    /// running the script. Nothing says the text is a good patch.
    Patch {
        /// The heredoc's body, taken literally whatever quotes its delimiter has.
        text: String,
        /// DIR, to be taken from the command's own folder.
        workdir: Option<PathBuf>,
    },
    /// The script itself is a patch: refused with [`IMPLICIT_INVOCATION`].
    Implicit,
}

/// Recognises a script that applies a patch (`tools.md §4`).
pub fn intercept(script: &str) -> Intercept {
    if parse(script).is_ok() {
        return Intercept::Implicit;
    }
    heredoc_call(script).unwrap_or(Intercept::NotPatch)
}

fn heredoc_call(script: &str) -> Option<Intercept> {
    let mut head = Head { chars: script.trim_start().chars().peekable() };
    let mut first = head.word()?;
    let mut workdir = None;
    if first == "cd" {
        let dir = head.word()?;
        if dir.is_empty() || dir.starts_with('-') || !head.takes_and() {
            return None;
        }
        workdir = Some(PathBuf::from(dir));
        first = head.word()?;
    }
    if !matches!(first.as_str(), "apply_patch" | "applypatch") {
        return None;
    }
    let heredoc = head.heredoc()?;
    let rest: String = head.chars.collect();
    Some(Intercept::Patch { text: heredoc.body(&rest)?, workdir })
}

struct Heredoc {
    delimiter: String,
    tabs: Tabs,
}

enum Tabs {
    Keep,
    /// `<<-`
    Strip,
}

impl Heredoc {
    /// The lines up to the delimiter, if nothing but blank space follows it. As in a shell, the end of the
    /// script ends the heredoc too.
    fn body(&self, rest: &str) -> Option<String> {
        let lines: Vec<&str> = rest
            .lines()
            .map(|line| match self.tabs {
                Tabs::Keep => line,
                Tabs::Strip => line.trim_start_matches('\t'),
            })
            .collect();
        let end = lines
            .iter()
            .position(|line| *line == self.delimiter)
            .or_else(|| lines.iter().position(|line| line.trim_end() == self.delimiter))
            .unwrap_or(lines.len());
        let (body, after) = lines.split_at(end);
        if after.iter().skip(1).any(|line| !line.trim().is_empty()) {
            return None;
        }
        Some(body.iter().flat_map(|line| [*line, "\n"]).collect())
    }
}

/// The script up to the heredoc's first line.
struct Head<'s> {
    chars: Peekable<Chars<'s>>,
}

impl Head<'_> {
    /// Skips blanks, and backslash-newline which joins lines.
    fn skip_blanks(&mut self) {
        loop {
            match self.chars.peek() {
                Some(' ' | '\t') => drop(self.chars.next()),
                Some('\\') => {
                    let mut ahead = self.chars.clone();
                    ahead.next();
                    let _ = ahead.next_if_eq(&'\r');
                    if ahead.next() != Some('\n') {
                        return;
                    }
                    self.chars = ahead;
                }
                _ => return,
            }
        }
    }

    /// A word whose value the text alone decides, quotes removed.
    fn word(&mut self) -> Option<String> {
        self.skip_blanks();
        let mut word = String::new();
        let mut is_quoted = false;
        while let Some(&c) = self.chars.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | '<' | '&' => break,
                '\'' => {
                    is_quoted = true;
                    self.chars.next();
                    loop {
                        match self.chars.next()? {
                            '\'' => break,
                            inner => word.push(inner),
                        }
                    }
                }
                '"' => {
                    is_quoted = true;
                    self.chars.next();
                    self.double_quoted(&mut word)?;
                }
                '\\' => {
                    is_quoted = true;
                    self.chars.next();
                    word.push(self.chars.next().filter(|c| !matches!(c, '\r' | '\n'))?);
                }
                '$' | '`' | '*' | '?' | '[' | ']' | '{' | '}' | '(' | ')' | '~' | '!' | '#' | ';' | '|'
                | '>' | '=' => return None,
                plain => {
                    word.push(plain);
                    self.chars.next();
                }
            }
        }
        (is_quoted || !word.is_empty()).then_some(word)
    }

    fn double_quoted(&mut self, word: &mut String) -> Option<()> {
        loop {
            match self.chars.next()? {
                '"' => return Some(()),
                '$' | '`' | '!' => return None,
                '\\' => match self.chars.next()? {
                    escaped @ ('$' | '`' | '"' | '\\') => word.push(escaped),
                    '\n' => {}
                    other => word.extend(['\\', other]),
                },
                plain => word.push(plain),
            }
        }
    }

    /// `&&` and the line breaks that may follow it.
    fn takes_and(&mut self) -> bool {
        self.skip_blanks();
        if self.chars.next() != Some('&') || self.chars.next() != Some('&') {
            return false;
        }
        loop {
            self.skip_blanks();
            if self.chars.next_if(|c| matches!(c, '\r' | '\n')).is_none() {
                return true;
            }
        }
    }

    /// `<<DELIMITER` as the last thing on its line.
    fn heredoc(&mut self) -> Option<Heredoc> {
        self.skip_blanks();
        if self.chars.next() != Some('<') || self.chars.next() != Some('<') {
            return None;
        }
        let tabs = if self.chars.next_if_eq(&'-').is_some() { Tabs::Strip } else { Tabs::Keep };
        let delimiter = self.word()?;
        self.skip_blanks();
        let _ = self.chars.next_if_eq(&'\r');
        (self.chars.next() == Some('\n')).then_some(Heredoc { delimiter, tabs })
    }
}
