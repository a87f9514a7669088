//! The house rules as functions from text to findings, and the walk that feeds them the tree.
//! Every rule is pure over its input, so each is tested on a bad sample; knows no crate's code, only its text.

mod code_text;
mod edges;
mod finding;
mod layout;
mod sources;
mod tree;

pub use code_text::{code_only, without_tests};
pub use edges::check_manifest;
pub use finding::Finding;
pub use layout::{check_architecture, check_top_level};
pub use sources::{check_any_text, check_rust};
pub use tree::{Tree, TreeError};
