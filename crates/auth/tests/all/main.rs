//! Credentials against real files and real commands.

mod command;
mod sources;
