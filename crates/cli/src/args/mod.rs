//! What may be typed: clap structs without logic beyond merging. The doc comments are the help texts.

mod approvals;
mod cli;
mod exec;
mod inspect;
mod login;
mod replay;
mod restore;
mod review;
mod rules;
mod sandbox;
mod shared;
mod threads;
mod tui;

pub(crate) use approvals::{ApprovalsArgs, ApprovalsCommand, Surroundings};
pub(crate) use cli::{Cli, Command, RootArgs};
pub(crate) use exec::{Color, ExecArgs, ExecCommand, ForkArgs, ResumeArgs};
pub(crate) use inspect::{CompletionArgs, DebugArgs, DebugCommand, FeaturesArgs, FeaturesCommand};
pub(crate) use login::{LoginArgs, LoginCommand, LogoutArgs};
pub(crate) use replay::{DemoArgs, ReplayArgs};
pub(crate) use restore::RestoreArgs;
pub(crate) use review::{ExecReviewArgs, ReviewArgs, TargetArgs};
pub(crate) use rules::{ExecPolicyArgs, ExecPolicyCommand};
pub(crate) use sandbox::{BarrierWord, PlanFor, SandboxArgs, StateArgs};
pub(crate) use shared::{AgentArgs, ConfigArgs, PlaceArgs, TurnArgs};
pub(crate) use threads::{ArchiveArgs, DeleteArgs, UnarchiveArgs};
pub(crate) use tui::{TuiArgs, TuiForkArgs, TuiResumeArgs};
