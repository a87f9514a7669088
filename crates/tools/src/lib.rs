//! The tools a model can call: one file and one registry line each.

mod apply_patch;
mod approval;
mod arguments;
mod call;
mod command;
mod command_kind;
mod command_report;
mod context;
mod exec_command;
mod image_file;
mod image_header;
mod judgement;
mod output_ends;
mod own_places;
mod registry;
mod request_user_input;
mod rules;
mod shell;
mod spec;
mod truncate;
mod update_plan;
mod user_command;
mod utf8_stream;
mod view_image;
mod write_stdin;

pub use approval::Question;
pub use call::{CallEnd, Parallel, ToolCall, ToolFuture, ToolOutcome, ToolProgress};
pub use context::{ThreadSetup, ThreadTools, ToolCx, TurnTools};
pub use image_file::{ImageDetail, load_image};
pub use own_places::own_places;
pub use registry::{OfferCx, PatchForm, Registry, ToolDef};
pub use request_user_input::FormQuestion;
pub use rules::Rules;
pub use shell::user_shell;
pub use user_command::run_user_command;
