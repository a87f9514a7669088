//! `conformance`: the statements we promise beside the tests that prove them.

mod command;
mod covers;
mod report;
mod statements;

pub(crate) use command::{Args, run};
