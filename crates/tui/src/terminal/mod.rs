//! The terminal itself: modes and their restoration, the thread that writes, signals.

mod clipboard;
mod modes;
mod profile;
mod signals;
mod writer;

pub(crate) use clipboard::copy_sequence;
pub(crate) use modes::{ENTER_PAGE, LEAVE_PAGE, Session, suspend_process};
pub(crate) use profile::Profile;
pub(crate) use signals::{Asked, Signals};
pub(crate) use writer::Writer;
