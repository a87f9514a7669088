//! The UI against a scripted server, on a real pseudo terminal.
#![cfg(test)]

mod approvals;
mod child;
mod composing;
mod first_run;
mod fullscreen;
mod hostile;
mod inline;
mod mouse;
mod saved;
mod screen_reader;
mod shell;
mod stage;
mod telling;
