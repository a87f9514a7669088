//! What a script would take away from the disk, as far as its text says so: removals, files written over, changes that
//! git throws away. Pure. Invariant: what cannot be known is called unknown, never left out silently; a program that is
//! not in the tables is not judged at all.

mod find;
mod pattern;
mod programs;
mod read;

pub use find::{EntryKind, FindFilter};
pub(crate) use pattern::alternatives_of;
pub use pattern::{Pattern, Piece};
pub use read::{Action, Effect, Effects, Folder, read_effects};
