//! Keys and what they mean: one table of actions by context, the person's changes, conflicts.
//! Everything that reads a key asks here, and so do hints, the card of keys and `/keymap`.

mod bindings;
mod chord;
mod editing;
mod key;
mod keys;
mod screens;

pub(crate) use bindings::Bound;
pub(crate) use editing::{
    ComposerAction, EditorAction, FindAction, MotionAction, NormalAction, ObjectAction, OperatorAction,
};
pub(crate) use key::Key;
pub(crate) use keys::{KeyRow, Keys};
pub(crate) use screens::{Action, ApprovalAction, ListAction, PagerAction};
