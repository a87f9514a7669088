//! One file per command.

mod completion;
mod debug;
mod dispatch;
mod exec;
mod features;
mod model_json;
mod print;
mod thread_choice;

pub(crate) use dispatch::dispatch;
