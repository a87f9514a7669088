//! The bundled catalogue against recorded facts, and catalogue files.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test they serve")]

mod catalog;
mod local;
mod model_list;
mod provider;
