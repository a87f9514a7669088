//! `bench`: whole runs of the release binary, measured from outside, beside the official one when it is given.

mod case;
mod command;
mod decision;
mod measure;
mod network;
mod renewal;
mod screen;
mod side;
mod table;
mod thread_file;

pub(crate) use command::{Args, ThreadArgs, run, write_thread};
pub(crate) use measure::{Args as MeasureArgs, run as measure};
pub(crate) use network::{PourArgs, pour};
