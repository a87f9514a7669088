//! The tests of `../all` once more, with the system's bubblewrap as the barrier; `harness::BARRIER` knows by the name
//! of this build. Without a working bubblewrap they say so on stderr and pass.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

#[cfg(target_os = "linux")]
#[path = "../all/harness.rs"]
mod harness;
#[cfg(target_os = "linux")]
#[path = "../all/network.rs"]
mod network;
#[cfg(target_os = "linux")]
#[path = "../all/process.rs"]
mod process;
#[cfg(target_os = "linux")]
#[path = "../all/proxied.rs"]
mod proxied;
#[cfg(target_os = "linux")]
mod rung;
#[cfg(target_os = "linux")]
#[path = "../all/sessions.rs"]
mod sessions;
#[cfg(target_os = "linux")]
#[path = "../all/terminal.rs"]
mod terminal;
#[cfg(target_os = "linux")]
#[path = "../all/writes.rs"]
mod writes;
