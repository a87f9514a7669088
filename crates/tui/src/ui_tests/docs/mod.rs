//! The documentation is held to the program: pictures of its screens, and tables of its keys and commands.

mod page;
mod pictures;
mod scenes;
mod svg;
mod up_to_date;
