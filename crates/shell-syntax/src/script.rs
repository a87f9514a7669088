//! A script as the grammar reads it: every simple command in it, wherever it stands, and whether that is all there is.

use tree_sitter::Node;

use crate::Dialect;
use crate::ansi_text::unescaped;
use crate::grammar::tree;
use crate::lexer::plain_commands;

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

/// A here-document or here-string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What a program reads from it, before anything is put in.
    pub text: String,
    /// Whether substitutions in it run.
    pub expands: bool,
}

/// What a script holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Every simple command, those in loops, functions and substitutions too, in the order of the text.
    pub commands: Vec<SimpleCommand>,
    /// What its programs are given to read.
    pub documents: Vec<Document>,
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

/// Reads a script for a shell of this kind. The words of other kinds than POSIX are read as bash would.
pub fn read_script(dialect: Dialect, source: &str) -> Script {
    let too_long = || Script { commands: Vec::new(), documents: Vec::new(), shape: Shape::TooLong };
    let Some(tree) = tree(source) else { return too_long() };
    let root = tree.root_node();
    let mut script = Script { commands: Vec::new(), documents: Vec::new(), shape: Shape::Compound };
    let mut is_compound = false;
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        match node.kind() {
            "command" if script.commands.len() == COMMANDS_MAX => return too_long(),
            "command" => script.commands.push(simple_command(node, source)),
            "file_redirect" => {
                // What follows the file belongs to the command before it: `rm >log -f x`.
                let more = more_words(node, source);
                if let Some(last) = script.commands.last_mut() {
                    last.words.extend(more);
                }
            }
            "heredoc_redirect" | "herestring_redirect" => script.documents.extend(document(node, source)),
            _ => {}
        }
        is_compound |= !is_plain_kind(node);
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                script.shape = shape(dialect, &root, is_compound, &script.commands, source);
                return script;
            }
        }
    }
}

fn shape(
    dialect: Dialect,
    root: &Node<'_>,
    is_compound: bool,
    commands: &[SimpleCommand],
    source: &str,
) -> Shape {
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
        plain.len() == commands.len()
            && plain.iter().zip(commands).all(alike)
            && dialect.agrees(source, &plain)
    });
    if agreed { Shape::Plain } else { Shape::Compound }
}

/// The words behind the file of a redirection.
fn more_words(node: Node<'_>, source: &str) -> Vec<Word> {
    let mut cursor = node.walk();
    node.children_by_field_name("destination", &mut cursor).skip(1).map(|child| word(child, source)).collect()
}

fn document(node: Node<'_>, source: &str) -> Option<Document> {
    let mut cursor = node.walk();
    if node.kind() == "herestring_redirect" {
        let content = node.children(&mut cursor).last()?;
        return Some(Document { text: literal(content, source)?, expands: false });
    }
    let mut children = node.children(&mut cursor);
    let start = children.find(|child| child.kind() == "heredoc_start")?;
    let body = children.find(|child| child.kind() == "heredoc_body")?;
    let expands = !text(start, source).contains(['\'', '"', '\\']);
    Some(Document { text: text(body, source).to_owned(), expands })
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
        "ansi_c_string" => raw.strip_prefix("$'")?.strip_suffix('\'').map(unescaped),
        "translated_string" => literal(node.child(node.child_count().checked_sub(1)?)?, source),
        "string" => {
            let mut cursor = node.walk();
            let plain = |child: Node<'_>| matches!(child.kind(), "\"" | "string_content" | "$");
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
