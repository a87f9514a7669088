//! Text from elsewhere made fit for a screen: cleaned of control sequences, measured, wrapped.

mod clean;
mod command;
mod links;
mod needle;
mod wrap;

pub(crate) use clean::{clean_output, clean_text, is_unsafe, one_line};
pub(crate) use command::{shown_command, typed_rows, visible_blanks};
pub(crate) use links::{LinkId, linked, safe_url, set_terminal, web_addresses};
pub(crate) use needle::Needle;
pub(crate) use wrap::{cut, plain_width, wrap};
