//! Patches end to end at library level: text and a tree in, model text and a tree out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers outside test functions stop at the first surprise"
)]

mod cases;
mod files;
mod intercepting;
mod properties;
#[cfg(target_os = "linux")]
mod races;
#[cfg(unix)]
mod scopes;
mod support;
