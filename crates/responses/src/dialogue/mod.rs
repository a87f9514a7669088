//! The conversation and its tools free of any wire: what Chat Completions and Messages requests are written from, and
//! what their answers are turned back into.

mod call_book;
mod classify;
mod history;
mod kept_reasoning;
#[cfg(test)]
mod lab;
mod output;
mod tool_table;
mod turns;
mod wire_name;

pub(crate) use call_book::{CallBook, is_object};
pub(crate) use classify::{Said, classify_answer, classify_said};
pub(crate) use kept_reasoning::{ChatField, KeptReasoning, raw_details};
#[cfg(test)]
pub(crate) use lab::Lab;
pub(crate) use output::{push_reasoning, push_text, reasoning_item, text_item};
pub(crate) use tool_table::{ToolTable, WireTool};
pub(crate) use turns::{Answer, Block, Call, Dialogue, Part, Step, Turn};
