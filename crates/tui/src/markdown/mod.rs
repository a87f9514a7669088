//! Markdown of replies as styled lines of a width, whole or while it streams in.
//! Source text goes in, lines with roles come out; a theme gives the roles their looks at drawing time.

mod code;
mod flow;
mod inline;
mod look;
mod split;
mod stream;
mod table;
mod writer;

#[cfg(test)]
mod markdown_tests;
#[cfg(test)]
mod stream_tests;

pub(crate) use look::{MdLine, MdTheme};
pub(crate) use stream::{StreamingMarkdown, render};
pub(crate) use writer::Layout;
