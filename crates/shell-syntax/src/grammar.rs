//! The one way to the grammar's tree of a script, within limits: the grammar's cost is not linear in the length of what it
//! reads (thousands of open here-documents take minutes). Invariant: over a limit there is no tree.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

/// Longer scripts are not read.
const SOURCE_BYTES_MAX: usize = 256 * 1024;
/// Scripts with more signs of here-documents are not read: each open one is looked for in all lines that follow.
const DOCUMENTS_MAX: usize = 200;
/// A script that takes longer is not read.
const TIME_MAX: Duration = Duration::from_secs(2);

/// The tree of a script; `None` when a limit was met.
pub(crate) fn tree(source: &str) -> Option<Tree> {
    if source.len() > SOURCE_BYTES_MAX || source.matches("<<").count() > DOCUMENTS_MAX {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let deadline = Instant::now() + TIME_MAX;
    let mut in_time = |_: &ParseState| match Instant::now() > deadline {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let bytes = source.as_bytes();
    let mut from = |at: usize, _| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut from, None, Some(ParseOptions::new().progress_callback(&mut in_time)))
}
