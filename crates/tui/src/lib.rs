//! The terminal UI: keys and thread events go in, a screen comes out.
//! Knows `codex_protocol`'s events and core's handle; no wire type, no file of a thread and no argument parser.

mod app;
mod cells;
mod code;
mod composer;
mod draw;
mod keymap;
mod look;
mod markdown;
mod picture;
mod screen;
mod state;
mod terminal;
mod text;
mod theme;
mod transcript;
#[cfg(test)]
mod ui_tests;

pub use app::{Door, DoorKeeper, FirstRun, Next, TuiEnd, TuiRun, run};
pub use state::{DoorAnswer, DoorAsk, Mode, Opening, TypedKey};
