//! Credentials against real files and real commands.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test they serve")]

mod command;
mod exchange;
mod login;
mod sources;
