//! A second, much stricter reader: plain words and `&&`, `||`, `;`, `|`, newline between them, nothing else.
//! It exists to disagree: only what it and the grammar read alike is plain (threats 8, 14).

/// The commands of a script of plain words, or `None` when it holds anything else.
pub(crate) fn plain_commands(source: &str) -> Option<Vec<Vec<String>>> {
    let mut reader = Reader { commands: Vec::new(), words: Vec::new(), word: None };
    let mut chars = source.trim_matches([' ', '\t', '\n']).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => reader.end_word(),
            '\'' => {
                let word = reader.word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => double_quoted(reader.word.get_or_insert_default(), &mut chars)?,
            '\\' => {
                let escaped = chars.next().filter(|c| *c != '\n')?;
                reader.word.get_or_insert_default().push(escaped);
            }
            '&' => {
                chars.next_if_eq(&'&')?;
                reader.end_command()?;
                skip_blank(&mut chars);
            }
            '|' => {
                let _ = chars.next_if_eq(&'|');
                if chars.peek() == Some(&'&') {
                    return None;
                }
                reader.end_command()?;
                skip_blank(&mut chars);
            }
            ';' => reader.end_command()?,
            // Empty lines are no commands.
            '\n' => {
                reader.end_word();
                if !reader.words.is_empty() {
                    reader.end_command()?;
                }
            }
            '<' | '>' | '(' | ')' | '{' | '}' | '$' | '`' | '!' | '#' | '\r' | '\0' => return None,
            c => reader.word.get_or_insert_default().push(c),
        }
    }
    reader.end_word();
    if !reader.words.is_empty() {
        reader.end_command()?;
    }
    let begins_alike = |words: &Vec<String>| words.first().is_some_and(|first| is_program(first));
    reader.commands.iter().all(begins_alike).then_some(reader.commands)
}

struct Reader {
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
}

impl Reader {
    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) -> Option<()> {
        self.end_word();
        if self.words.is_empty() {
            return None;
        }
        self.commands.push(std::mem::take(&mut self.words));
        Some(())
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn double_quoted(word: &mut String, chars: &mut Chars<'_>) -> Option<()> {
    loop {
        match chars.next()? {
            '"' => return Some(()),
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

/// After `&&`, `||` and `|` the command may begin on the next line.
fn skip_blank(chars: &mut Chars<'_>) {
    while chars.next_if(|c| matches!(c, ' ' | '\t' | '\n')).is_some() {}
}

/// Words that are grammar when they stand first.
pub(crate) const RESERVED: [&str; 22] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in",
    "function", "select", "time", "coproc", "[[", "]]", "{", "}", "!",
];

/// Whether a first word names a program: no assignment, no reserved word, nothing the shell would expand.
fn is_program(word: &str) -> bool {
    let expands = |c: char| matches!(c, '*' | '?' | '[' | ']' | '~' | '=' | '^' | '%');
    !word.is_empty() && !RESERVED.contains(&word) && !word.chars().any(expands)
}
