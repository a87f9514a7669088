//! Threads that a thread starts: who asked for them, what they may do at most, and how their turns are run.

pub(crate) mod limits;
pub(crate) mod lineage;
pub(crate) mod open;
pub(crate) mod runner;
