//! The draft of a message: editing, folding of pastes, history, Vim; and what it looks like at a width.
//! Keys go in, an outcome comes out; nothing here knows a terminal, a file or a clock.

mod buffer;
mod complete;
mod draft;
mod edit;
mod kill;
mod piece;
mod recall;
mod rows;
mod search;
mod view;
mod vim;
mod vim_change;
mod vim_motion;
mod vim_object;
mod words;

#[cfg(test)]
mod composer_tests;
#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod vim_tests;

pub(crate) use complete::{Completion, pasted_paths};
pub(crate) use draft::{Composer, Editing, Outcome, Submission};
pub(crate) use search::SearchState;
pub(crate) use view::SpanKind;
pub(crate) use vim::VimMode;
