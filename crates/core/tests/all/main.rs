//! Threads against a scripted server: what goes on the wire, what lands on disk, what is emitted.
#![cfg(test)]

mod approvals;
mod bench;
mod compaction;
mod external_auth;
mod faults;
mod guardian;
mod interrupt;
mod matrix;
mod restore;
mod reviews;
mod rewind;
mod settings;
mod shell;
mod skills;
mod turns;
mod websocket;
