//! The client against a scripted server, and its requests against recorded ones.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test they serve")]

mod auth;
mod byte_cuts;
mod captures;
mod chatgpt;
mod connection;
mod dialogue;
mod lab;
mod outcomes;
mod socket_captures;
mod socket_garbage;
mod socket_paths;
mod streams;
mod tls;
mod websocket;
mod wires;
