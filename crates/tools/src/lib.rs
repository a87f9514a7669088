//! The tools a model can call: one file and one registry line each.

mod apply_patch;
mod approval;
mod approval_key;
mod arguments;
mod blast;
mod call;
mod command;
mod command_kind;
mod command_report;
mod context;
mod exec_command;
mod explain;
mod grants;
mod image_file;
mod image_header;
mod judgement;
mod network;
mod output_ends;
mod own_places;
mod past_command;
mod registry;
mod request_permissions;
mod request_user_input;
mod rules;
mod shell;
#[cfg(unix)]
mod shell_dump;
#[cfg(unix)]
mod shell_snapshot;
#[cfg(not(unix))]
#[path = "shell_snapshot_none.rs"]
mod shell_snapshot;
mod spec;
mod truncate;
mod typing;
mod update_plan;
mod user_command;
mod utf8_stream;
mod view_image;
mod write_stdin;

pub use approval::{Answer, Question};
pub use blast::{
    BlastLimits, CheckpointPlan, LossForecast, LossScene, PastReader, PastWork, forecast_losses,
};
pub use call::{CallEnd, Parallel, ToolCall, ToolFuture, ToolOutcome, ToolProgress};
pub use context::{Questions, ThreadSetup, ThreadTools, ToolCx, TurnTools};
pub use explain::{Explanation, Part, Reading, RuleSeen};
pub use image_file::{ImageDetail, load_image};
pub use judgement::{Asked, Judgement, explain};
pub use network::limit_network;
pub use own_places::own_places;
pub use past_command::PastCommand;
pub use registry::{OfferCx, PatchForm, Registry, ToolDef};
pub use request_user_input::FormQuestion;
pub use rules::Rules;
pub use shell::{is_known_shell, user_shell};
pub use user_command::run_user_command;
