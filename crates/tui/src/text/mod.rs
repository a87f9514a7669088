//! Text from elsewhere made fit for a screen: cleaned of control sequences, measured, wrapped.

mod clean;
mod wrap;

pub(crate) use clean::{clean_output, clean_text, is_unsafe, one_line};
pub(crate) use wrap::{cut, plain_width, wrap};
