//! One open thread: its state, its task and the handle a front end holds.

pub(crate) mod actor;
pub(crate) mod aside;
pub(crate) mod clock;
pub(crate) mod configure;
pub(crate) mod emitter;
pub(crate) mod handle;
pub(crate) mod info;
pub(crate) mod recorder;
pub(crate) mod rewind;
pub(crate) mod session;
pub(crate) mod tool_cx;
pub(crate) mod workspace;
