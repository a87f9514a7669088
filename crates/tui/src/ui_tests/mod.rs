//! The UI without a terminal: keys and events in, the screen as text out.

mod asking;
mod bench;
mod composing;
mod conversation;
mod docs;
mod hostile;
mod mentions;
mod painting;
mod pickers;
mod pictures;
mod pointing;
mod printing;
mod questions;
mod reviews;
mod saved;
mod screens;
mod scrolling;
mod selecting;
mod settings_list;
mod tuning;
