//! What the UI knows, and how messages change it. Pure: no terminal, no task and no clock of its own.

mod asking;
mod layers;
mod msg;
mod notify;
mod overlay;
mod picker;
mod project;
mod slash;
mod submit;
mod turn;
mod ui_state;
mod update;

pub(crate) use asking::{Asking, CHOICES};
pub(crate) use msg::{Cmd, Leave, Msg, ThreadMsg};
pub(crate) use overlay::Overlay;
pub(crate) use picker::{Picker, Rows, Scope, age, title};
pub(crate) use ui_state::{History, Setup, State};
pub use ui_state::{Mode, Opening};
pub(crate) use update::{popup, update};
