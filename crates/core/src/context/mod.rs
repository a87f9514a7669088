//! Context assembly: what the model is told before it hears the person.

pub(crate) mod agents_md;
pub(crate) mod base;
pub(crate) mod collaboration;
pub(crate) mod environment;
pub(crate) mod permission_profile;
pub(crate) mod permissions;
pub(crate) mod report;
pub(crate) mod skills;
pub(crate) mod world;
