//! Saved threads through the public door of the crate, on real files.

#![expect(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

mod damage;
mod disk;
mod find;
mod fork;
mod history;
mod lock;
mod shelf;
mod support;
mod tail;
mod transcript;
mod write;
