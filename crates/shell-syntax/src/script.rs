//! A script as the grammar reads it: every simple command in it, wherever it stands, and whether that is all there is.

use tree_sitter::{Node, Parser};

use crate::lexer::plain_commands;

/// Longer scripts are not read.
const SOURCE_BYTES_MAX: usize = 256 * 1024;
/// Scripts with more commands are not judged.
const COMMANDS_MAX: usize = 4_096;

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Known before the script runs; quotes are taken off.
    Literal(String),
    /// Known only when it runs: its text in the script.
    Dynamic(String),
}

impl Word {
    /// The word when it is known.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Dynamic(_) => None,
        }
    }
}

/// A program with its arguments. Assignments and redirections beside it are not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleCommand {
    /// The program first.
    pub words: Vec<Word>,
}

/// How much of a script is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Simple commands of plain words, joined by `&&`, `||`, `;`, `|` and line ends.
    Plain,
    /// Valid, with more in it than that: expansions, redirections, loops, ...
    Compound,
    /// The grammar does not know it.
    Broken,
    /// Over a limit; its commands are not listed.
    TooLong,
}

/// What a script holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Every simple command, those in loops, functions and substitutions too, in the order of the text.
    pub commands: Vec<SimpleCommand>,
    /// How much of it is understood.
    pub shape: Shape,
}

impl Script {
    /// The argument vectors when they are all there is to the script.
    pub fn plain(&self) -> Option<Vec<Vec<String>>> {
        if self.shape != Shape::Plain {
            return None;
        }
        let literal = |word: &Word| word.literal().map(str::to_owned);
        self.commands.iter().map(|command| command.words.iter().map(literal).collect()).collect()
    }
}

/// Reads a script for bash or a POSIX shell.
pub fn read_script(source: &str) -> Script {
    let too_long = Script { commands: Vec::new(), shape: Shape::TooLong };
    if source.len() > SOURCE_BYTES_MAX {
        return too_long;
    }
    let mut parser = Parser::new();
    let tree = match parser.set_language(&tree_sitter_bash::LANGUAGE.into()) {
        Ok(()) => parser.parse(source, None),
        Err(_) => None,
    };
    let Some(tree) = tree else { return Script { commands: Vec::new(), shape: Shape::Broken } };
    let root = tree.root_node();
    let mut commands = Vec::new();
    let mut is_compound = false;
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.kind() == "command" {
            if commands.len() == COMMANDS_MAX {
                return too_long;
            }
            commands.push(simple_command(node, source));
        }
        is_compound |= !is_plain_kind(node);
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                let shape = shape(&root, is_compound, &commands, source);
                return Script { commands, shape };
            }
        }
    }
}

fn shape(root: &Node<'_>, is_compound: bool, commands: &[SimpleCommand], source: &str) -> Shape {
    if root.has_error() {
        return Shape::Broken;
    }
    if is_compound || commands.is_empty() {
        return Shape::Compound;
    }
    let agreed = plain_commands(source).is_some_and(|plain| {
        let alike = |(words, command): (&Vec<String>, &SimpleCommand)| {
            words.len() == command.words.len()
                && words.iter().zip(&command.words).all(|(word, read)| read.literal() == Some(word))
        };
        plain.len() == commands.len() && plain.iter().zip(commands).all(alike)
    });
    if agreed { Shape::Plain } else { Shape::Compound }
}

fn is_plain_kind(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "program"
            | "list"
            | "pipeline"
            | "command"
            | "command_name"
            | "word"
            | "string"
            | "string_content"
            | "raw_string"
            | "number"
            | "concatenation"
            | "&&"
            | "||"
            | ";"
            | "|"
            | "\n"
            | "\""
            | "'"
    )
}

fn simple_command(node: Node<'_>, source: &str) -> SimpleCommand {
    let mut words = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "variable_assignment" | "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {}
            "command_name" => words.push(
                child
                    .child(0)
                    .map_or_else(|| Word::Dynamic(text(child, source).to_owned()), |name| word(name, source)),
            ),
            _ => words.push(word(child, source)),
        }
    }
    SimpleCommand { words }
}

fn text<'a>(node: Node<'_>, source: &'a str) -> &'a str {
    source.get(node.byte_range()).unwrap_or_default()
}

fn word(node: Node<'_>, source: &str) -> Word {
    match literal(node, source) {
        Some(text) => Word::Literal(text),
        None => Word::Dynamic(text(node, source).to_owned()),
    }
}

/// The value of a word without expansions.
fn literal(node: Node<'_>, source: &str) -> Option<String> {
    let raw = text(node, source);
    match node.kind() {
        "word" | "number" => (node.child_count() == 0).then(|| without_backslashes(raw)),
        "raw_string" => raw.strip_prefix('\'')?.strip_suffix('\'').map(str::to_owned),
        "string" => {
            let mut cursor = node.walk();
            let plain = |child: Node<'_>| matches!(child.kind(), "\"" | "string_content");
            node.children(&mut cursor).all(plain).then_some(())?;
            let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
            Some(without_quoted_backslashes(inner))
        }
        "concatenation" => {
            let mut cursor = node.walk();
            node.children(&mut cursor).map(|part| literal(part, source)).collect()
        }
        _ => None,
    }
}

fn without_backslashes(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                // A backslash before a line end joins the lines.
                Some('\n') | None => {}
                Some(escaped) => out.push(escaped),
            },
            c => out.push(c),
        }
    }
    out
}

fn without_quoted_backslashes(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('"' | '\\' | '$' | '`')) => out.push(escaped),
                Some('\n') => {}
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
