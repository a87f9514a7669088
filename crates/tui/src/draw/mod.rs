//! The state as a screen: pure, nothing here changes anything.

mod asking;
mod bottom;
mod footer;
mod frame;
mod list;
mod page;
mod pages;
mod pending;
mod picker;
mod popup;
mod prompt;
mod questions;
mod screen;
mod spoken;
mod title;
mod welcome;

pub(crate) use frame::Frame;
pub(crate) use screen::{draw, inline_height, is_on_pill, transcript_height};
pub(crate) use spoken::{announcement, input_line};
pub(crate) use title::{activity, title};
