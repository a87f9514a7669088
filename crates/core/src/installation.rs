//! The installation id sent in request metadata (`config.md §1`): 36 bytes in `$CODEX_HOME/installation_id`.

use std::path::Path;

use uuid::Uuid;

/// A longer file holds no id.
const FILE_BYTES_MAX: u64 = 1024;

/// Reads the id, or makes one. A home that cannot be written gives an id for this process only: the id is not
/// worth failing a turn for.
pub(crate) fn id(codex_home: &Path, keep: Keep) -> String {
    let path = codex_home.join("installation_id");
    let saved = codex_stdx::read_regular(&path, FILE_BYTES_MAX).ok();
    if let Some(id) = saved.and_then(|text| Uuid::try_parse_ascii(text.trim_ascii()).ok()) {
        return id.to_string();
    }
    let id = Uuid::new_v4().to_string();
    if matches!(keep, Keep::Yes)
        && codex_stdx::make_private_folder(codex_home).is_ok()
        && let Err(error) = codex_stdx::atomic_write(&path, id.as_bytes())
    {
        tracing::debug!(%error, "installation id not saved");
    }
    id
}

/// Whether a new id is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For threads that are saved.
    Yes,
    /// For runs that must leave nothing behind.
    No,
}
