//! The evaluator of rules files: Starlark without `load`, floats, lambdas and dictionaries' rarer parts.
//! What is left out is a load error with its place.

mod calls;
mod frame;
mod functions;
mod interpreter;
mod value;

pub(crate) use interpreter::evaluate;
