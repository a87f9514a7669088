//! `codex exec`: one turn of a thread, its events as text or JSON lines.
//! Knows events and core's handle; no wire type, no file of a thread and no argument parser.

mod auto_review;
mod drive;
mod duration;
mod error;
mod human;
mod interrupt;
mod json_event;
mod limits;
mod output;
mod project;
mod prompt;
mod run;
mod schema;
mod terminal;
mod view;

pub use error::ExecError;
pub use interrupt::Interrupts;
pub use output::Streams;
pub use prompt::{PromptSource, StdinKind, read_prompt};
pub use run::{BeforeTurn, ColorChoice, ExecOutcome, ExecRun, Format, OnMissing, run};
pub use terminal::screen_text;
