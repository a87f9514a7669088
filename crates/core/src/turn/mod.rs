//! One turn: the pure machine, the loop that performs its effects, and what both speak.

pub(crate) mod begin;
pub(crate) mod breaker;
pub(crate) mod end;
pub(crate) mod input;
pub(crate) mod machine;
pub(crate) mod plan_text;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod shell;
pub(crate) mod source;
