//! What the UI knows, and how messages change it. Pure: no terminal, no task and no clock of its own.

mod around;
mod asking;
mod burst;
mod checklist;
mod choosing;
mod commands;
mod door;
mod find;
mod items;
mod jobs;
mod keymapping;
mod layers;
mod list;
mod mention;
mod msg;
mod notify;
mod overlay;
mod page;
mod picker;
mod picking;
mod pointing;
mod project;
mod questions;
mod slash;
mod status;
mod steering;
mod submit;
mod tuning;
mod turn;
mod ui_state;
mod update;
mod welcome;

pub(crate) use asking::{Asking, Choice};
pub(crate) use burst::due as burst_due;
pub(crate) use checklist::{Check, Checklist};
pub(crate) use choosing::Away;
pub use door::{DoorAnswer, DoorAsk, TypedKey};
pub(crate) use find::{Find, Found};
#[cfg(test)]
pub(crate) use items::ITEMS;
pub(crate) use items::{ACTIVITY, Place, status_items, title_items};
pub(crate) use list::{List, Row};
pub(crate) use mention::{Suggestions, suggestions};
pub(crate) use msg::{Cmd, Done, Job, Leave, Msg, ThreadMsg};
pub(crate) use overlay::Overlay;
pub(crate) use page::{Page, body_height as page_body_height};
pub(crate) use picker::{Focus, Listing, Picker, Rows, Scope, Speaker, age, title};
pub(crate) use pointing::Pointing;
pub(crate) use questions::Answering;
#[cfg(test)]
pub(crate) use slash::{During, SLASH};
pub(crate) use submit::said_text;
pub(crate) use ui_state::{History, Setup, State};
pub use ui_state::{Mode, Opening};
pub(crate) use update::{popup, update};
pub(crate) use welcome::{Step, Welcome};
