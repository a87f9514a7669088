//! Compaction: what is asked of the model, and what the history becomes.

pub(crate) mod ask;
pub(crate) mod plan;
pub(crate) mod record;
pub(crate) mod retained;
