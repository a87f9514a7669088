//! Patch text -> edits -> files.
//!
//! Owns the patch language of the `apply_patch` tool: the parser, the search for the lines a patch names,
//! the plan of edits and the only code that writes them. A plan touches nothing until it is applied, and
//! applying never writes outside its [`WriteScope`]. Knows no turn, no approval and no shell process.

mod apply;
#[cfg(not(unix))]
#[path = "pinned_portable.rs"]
mod pinned;
#[cfg(unix)]
mod pinned;

mod diff;
mod edit;
mod grammar;
mod intercept;
mod parse;
mod patch;
mod plan;
mod render;
mod resolve;
mod scope;
mod search;
mod text;

pub use apply::{Applied, ApplyError};
pub use edit::EditError;
pub use grammar::GRAMMAR;
pub use intercept::{IMPLICIT_INVOCATION, Intercept, intercept};
pub use parse::{ParseError, parse};
pub use patch::{Chunk, ChunkEnd, ChunkLine, Patch, Section};
pub use plan::{ChangeKind, PatchPlan, PlannedChange, ReadError, VerifyError, verify};
pub use render::{
    REJECTED_BY_USER, REJECTED_OUTSIDE, REJECTED_READ_ONLY, render_intercepted, render_outcome,
};
pub use scope::{Outside, OutsideReason, WriteScope};
