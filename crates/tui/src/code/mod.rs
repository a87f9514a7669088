//! Colours for code: a table of languages and one pass over each line, whose cost is its length.

mod language;
mod lexer;
mod markup;
mod shell;
mod table;

#[cfg(test)]
mod code_tests;

pub(crate) use lexer::{Highlighter, Run};
