//! The client against a scripted server, and its requests against recorded ones.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test they serve")]

mod auth;
mod captures;
mod connection;
mod lab;
mod outcomes;
mod streams;
mod tls;
