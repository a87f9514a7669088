//! One file per command.

mod approvals;
mod approvals_text;
mod certificate;
mod compaction_text;
mod completion;
mod debug;
mod demo;
mod demo_project;
mod demo_screen;
mod demo_tui;
mod dispatch;
mod exec;
mod execpolicy;
mod features;
mod first_run;
mod gateway_login;
mod key_input;
mod login;
mod model_json;
mod network;
mod print;
mod replay;
mod replay_error;
mod replay_playback;
mod replay_report;
mod replay_trust;
mod restore;
mod review;
mod sandbox;
mod sandbox_state;
mod thread_choice;
mod threads;
mod tui;

pub(crate) use dispatch::dispatch;
pub(crate) use replay_error::ReplayError;
