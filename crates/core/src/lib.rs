//! Threads and turns: the pure turn machine, the loop that performs its effects, context assembly.
//! Knows no terminal, no arguments and no screen.

mod bedrock;
mod checkpoints;
mod child;
mod compact;
mod context;
mod error;
mod git;
mod held_by;
mod history;
mod installation;
mod items;
mod launch;
mod models;
mod network;
mod open;
mod prefix;
mod prompts;
mod provider;
mod restore;
mod review;
mod rules;
mod saved;
mod settings;
mod skills;
mod start;
mod stored;
mod thread;
mod turn;
mod user_input;
mod working_tree;

pub use checkpoints::{BroughtBack, Checkpoints, Missing, Recoverable};
pub use error::{StartError, ThreadClosed};
pub use held_by::{HeldBy, held_by};
pub use launch::{prompt_input, start_thread};
pub use models::{model_choices, model_list, models_at_hand, prepare_models};
pub use network::{NetworkError, proxy_settings};
pub use prompts::PromptHistory;
pub use provider::{chatgpt_base_url, local_service, login_place};
pub use rules::exec_policy;
pub use saved::{SavedFilter, SavedPages, SavedShelf, SavedSort, SavedThread, SavedThreads, SavedTranscript};
pub use skills::skill_roots;
pub use start::{FrontEnd, Persistence, StartThread, ThreadOrigin};
pub use thread::emitter::Deltas;
pub use thread::handle::ThreadHandle;
pub use working_tree::{branch_of, working_tree_diff};
