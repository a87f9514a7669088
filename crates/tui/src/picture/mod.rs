//! Images in the terminal: what the terminal speaks, files to pixels, pixels to its language.

mod bitmap;
mod load;
mod protocol;
mod sequence;
mod sixel;

#[cfg(test)]
mod picture_tests;

pub(crate) use load::{INDENT, Loaded, Picture, Place, load};
pub(crate) use protocol::{Canvas, Protocol};
pub(crate) use sequence::PLACEHOLDER;
