//! Files below a folder, found by a few letters of their paths while the folder is still being walked.

mod ignores;
mod index;
mod path_match;
mod walk;
mod worker;

pub use index::Kind;
pub use path_match::{Found, Match};
pub use worker::FileSearch;
