//! Buffers to bytes: the two painters and the escape codes they share.

mod codes;
mod fullscreen;
mod ink;
mod inline;
mod linear;

pub(crate) use codes::{Colours, Pen, encode_line, put_line};
pub(crate) use fullscreen::FullscreenPainter;
pub(crate) use ink::{Depth, Ink};
pub(crate) use inline::{InlinePainter, Reach};
pub(crate) use linear::{InputLine, LinearPainter};
