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

pub(crate) use code::{CodeRun, Highlight};
pub(crate) use inline::LinkUrls;
pub(crate) use look::{MdLine, MdLook, MdSpan, MdTheme, Role};
pub(crate) use stream::{StreamingMarkdown, Work, render};
pub(crate) use writer::Layout;
