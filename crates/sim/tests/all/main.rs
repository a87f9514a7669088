//! Integration tests of the simulated model: a real HTTP client against the scripted and the replaying server.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail the test they serve")]

mod cassette;
mod client;
mod replay;
mod script;
mod stream;
mod websocket;
