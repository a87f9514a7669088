//! Reads shell scripts the way a shell does, to judge them before they run. Pure: text in, commands out.
//! Invariant: what is not understood is never called plain; every limit makes a script harder to approve, not easier.
//! Knows nothing of policies, tools or processes.

mod ansi_text;
mod danger;
mod dialect;
mod effects;
mod grammar;
mod inner;
mod lexer;
mod looks;
mod script;
mod sketch;
mod wrapper;

pub use danger::is_dangerous;
pub use dialect::Dialect;
pub use effects::{Action, Effect, Effects, EntryKind, FindFilter, Folder, Pattern, Piece, read_effects};
pub use inner::{Started, started_by};
pub use looks::only_looks;
pub use script::{Document, Script, Shape, SimpleCommand, Word, read_script};
pub use wrapper::{inner_script, program_name};
