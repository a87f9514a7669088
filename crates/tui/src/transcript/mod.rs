//! The conversation as a list of cells: what is finished, what still grows, what is visible, what is printed.

mod entry;
mod list;
mod marks;
mod printing;
mod scroll;
mod search;
mod speaking;
mod stretch;

#[cfg(test)]
pub(crate) use entry::Entry;
pub(crate) use entry::Progress;
pub(crate) use list::Transcript;
pub(crate) use marks::{Marks, Spot};
pub(crate) use printing::{Printable, Printed, Stamp};
pub(crate) use scroll::Scroll;
pub(crate) use search::Towards;
pub(crate) use stretch::{Point, Stretch};
