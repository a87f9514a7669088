//! The conversation as a list of cells: what is finished, what still grows, what is visible, what is printed.

mod entry;
mod list;
mod printing;
mod scroll;

pub(crate) use entry::Progress;
pub(crate) use list::Transcript;
pub(crate) use printing::{Printable, Printed};
