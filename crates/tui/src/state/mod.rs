//! What the UI knows, and how messages change it. Pure: no terminal, no task and no clock of its own.

mod around;
mod asking;
mod checklist;
mod choosing;
mod commands;
mod items;
mod jobs;
mod layers;
mod list;
mod mention;
mod msg;
mod notify;
mod overlay;
mod page;
mod picker;
mod project;
mod slash;
mod submit;
mod turn;
mod ui_state;
mod update;

pub(crate) use asking::{Asking, CHOICES};
pub(crate) use checklist::{Check, Checklist};
pub(crate) use items::{ACTIVITY, Place, status_items, title_items};
pub(crate) use list::{List, Row};
pub(crate) use mention::{Suggestions, suggestions};
pub(crate) use msg::{Cmd, Done, Job, Leave, Msg, ThreadMsg};
pub(crate) use overlay::Overlay;
pub(crate) use page::{Page, body_height as page_body_height};
pub(crate) use picker::{Picker, Rows, Scope, age, title};
pub(crate) use ui_state::{History, Setup, State};
pub use ui_state::{Mode, Opening};
pub(crate) use update::{popup, update};
