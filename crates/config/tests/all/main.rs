//! Tests of the public API: files go in, a `Config`, an error or warnings come out.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the test they are called from"
)]

mod edits;
mod errors;
mod features;
mod gateways;
mod network;
mod permissions;
mod precedence;
mod projects;
mod providers;
mod robustness;
mod trusted;
mod tui;
mod values;
mod warnings;
mod world;
