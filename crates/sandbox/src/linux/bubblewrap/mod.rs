//! The rung of the system's bubblewrap: a program that may make namespaces where we may not.
//! Declares the pieces only.

mod arguments;
mod choice;
mod find;
mod inner;
mod outer;
mod parcel;
#[cfg(target_arch = "x86_64")]
mod steps;
#[cfg(target_arch = "x86_64")]
mod stub;
mod trial;

pub(crate) use choice::{Usable, choose, probe};
pub(crate) use inner::serve;
pub(crate) use outer::{Outer, checks, offer, start};
