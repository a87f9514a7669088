//! The rows of the terminal UI: both binaries on a pseudo terminal, seen through a terminal emulator.

mod case;
mod rig;
mod table;

pub(super) use case::{ScreenFigures, Stage, measure};
pub(super) use rig::Rig;
pub(super) use table::table;
