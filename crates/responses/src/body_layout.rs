//! Where the parts of an encoded body stand, so that another transport can cut it up without encoding it again.

use std::sync::Arc;

/// Offsets into one body; see [`crate::PreparedRequest`].
#[derive(Debug, Clone, Default)]
pub(crate) struct BodyLayout {
    /// Of `"input":[`; a comma stands before it.
    pub(crate) input_key: usize,
    pub(crate) items: Arc<[ItemSpan]>,
    /// Of the bracket that closes the input.
    pub(crate) input_end: usize,
    /// Of the comma before `"client_metadata":{`, the last field.
    pub(crate) metadata_key: usize,
}

/// One item of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ItemSpan {
    pub(crate) start: usize,
    /// Length of the item without the client's metadata, which stands before the last brace.
    pub(crate) json_len: usize,
    pub(crate) end: usize,
}
