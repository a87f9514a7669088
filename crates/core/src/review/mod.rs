//! Code reviews: what the reviewer is told, what is made of its answer, and the turn that waits for it.

pub(crate) mod prompt;
pub(crate) mod report;
pub(crate) mod turn;
