//! Black-box tests of the sandbox against the real kernel.
//! A test that needs what the kernel does not offer says so on stderr and passes.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]
#![expect(clippy::duplicate_mod, reason = "`bubblewrap` tries the same again behind another barrier")]

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod confined;
#[cfg(target_os = "linux")]
mod harness;
#[cfg(target_os = "linux")]
mod landlock_only;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod proxied;
#[cfg(target_os = "linux")]
mod races;
#[cfg(target_os = "linux")]
mod reads;
#[cfg(target_os = "linux")]
mod sessions;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(target_os = "linux")]
mod writes;
