//! The one place a command starts: policy, pty or pipes, output caps, process groups.
//! Invariant: outside danger-full-access nothing starts unless the kernel enforces the policy. Knows no tool, turn or model.

#[cfg(target_os = "linux")]
mod certificate;
mod claim;
mod collector;
mod confined;
#[cfg(target_os = "linux")]
mod denied_trial;
mod environment;
mod error;
mod glob;
mod helper;
#[cfg(target_os = "linux")]
mod inside;
#[cfg(target_os = "linux")]
mod linux;
mod plans;
mod process;
#[cfg(target_os = "linux")]
mod proxied_trial;
mod reading;
mod sessions;
mod spec;
mod support;
#[cfg(not(target_os = "linux"))]
mod unsupported;

pub use claim::{Certificate, CertifyError, Claim, Finding, certify, certify_workspace, look_from_inside};
pub use collector::{Collected, OUTPUT_HEAD_BYTES_MAX, OUTPUT_TAIL_BYTES_MAX};
pub use confined::{Confined, ConfinedError, run_confined};
pub use environment::{
    CommandOrigin, Inherit, NETWORK_DISABLED_VARIABLE, ShellEnvironmentPolicy, ThreadVariables, environment,
};
pub use error::{SpawnError, StdinError};
pub use helper::{offer_helper, serve_as_helper};
pub use plans::{RestrictedToken, Seatbelt, TokenStep, restricted_token, seatbelt};
pub use process::{LIVE_CHUNK_BYTES_MAX, Process, Wake, spawn, spawn_with_live_view};
pub use reading::may_read;
pub use sessions::{ExecSessions, LIVE_SESSIONS_MAX, Pruned, SessionId};
pub use spec::{Barrier, CommandSpec, LocalSockets, OpenDoors, ProxyDoors, StdioMode};
pub use support::{BubblewrapProgram, Rung, Support, check_support};
