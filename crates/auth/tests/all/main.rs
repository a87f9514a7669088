//! Credentials against real files and real commands.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test they serve")]

mod auth_server;
mod aws;
mod aws_roles;
mod command;
mod exchange;
mod gateway;
mod login;
mod sign_in;
mod sign_in_renewed;
mod sources;
