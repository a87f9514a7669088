//! The proxy as its clients see it: real sockets on loopback, real origin servers, curl where there is one.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

mod bench;
mod datagrams;
mod forwarding;
mod socks;
mod tunnels;
