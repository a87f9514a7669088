//! Copies of files before commands run, so that what they remove or write over can be brought back for a while.
//! Invariant: nothing here follows a link that a command may have planted, and nothing of a repository runs. Knows no
//! turn, tool or screen.

mod beneath;
mod error;
mod git_index;
mod manifest;
mod regenerable;
mod restore;
mod store;
mod take;
mod walk;
mod wide_walk;

pub use error::CheckpointError;
pub use git_index::GitIndex;
pub use manifest::Fate;
pub use regenerable::is_regenerable;
pub use restore::{Lost, LostFile, Restored};
pub use store::{CheckpointStore, Retention, ThreadShelf};
pub use take::{Budget, Coverage, Taken, Taker};
pub use walk::{Entry, Walk, WalkLimit};
