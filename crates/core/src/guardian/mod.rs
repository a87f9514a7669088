//! The automatic reviewer of approvals (`safety.md §9`): what it is shown, what is made of its answer, and the desk at
//! which questions wait for it.

pub(crate) mod action;
pub(crate) mod answer;
pub(crate) mod desk;
pub(crate) mod message;
pub(crate) mod transcript;
