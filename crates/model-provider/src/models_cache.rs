//! `$CODEX_HOME/models_cache.json`: the last list of models a server gave (`responses-wire.md §5.7`).
//! Invariant: a file that is missing, broken, of another version or another account counts as none.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_stdx::{atomic_write, open_regular};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Below `$CODEX_HOME`.
const FILE_NAME: &str = "models_cache.json";
/// A larger file is no list of models.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What the file holds. Models stay as the server wrote them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CachedModels {
    /// RFC 3339.
    pub(crate) fetched_at: String,
    pub(crate) etag: Option<String>,
    pub(crate) client_version: String,
    pub(crate) identity: String,
    pub(crate) models: Vec<Value>,
}

/// Where the list of one home lies.
#[derive(Debug, Clone)]
pub(crate) struct ModelsCache {
    path: PathBuf,
}

impl ModelsCache {
    pub(crate) fn of(codex_home: &Path) -> Self {
        Self { path: codex_home.join(FILE_NAME) }
    }

    /// The list, if it is of this version and this account.
    pub(crate) fn read(&self, client_version: &str, identity: &str) -> Option<CachedModels> {
        let mut bytes = Vec::new();
        open_regular(&self.path).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        match serde_json::from_slice::<CachedModels>(&bytes) {
            Ok(cached) if cached.client_version == client_version && cached.identity == identity => {
                Some(cached)
            }
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(%error, path = %self.path.display(), "the cached list of models is not used");
                None
            }
        }
    }

    /// Keeps a list. One that cannot be kept is asked for again.
    pub(crate) fn write(&self, cached: &CachedModels) {
        let written = serde_json::to_vec(cached)
            .map_err(std::io::Error::from)
            .and_then(|bytes| atomic_write(&self.path, &bytes).map_err(|error| error.source));
        if let Err(error) = written {
            tracing::info!(%error, path = %self.path.display(), "the list of models is not kept");
        }
    }
}

impl CachedModels {
    /// How long ago the server gave it or confirmed it; `None` when that lies in the future or is not readable.
    pub(crate) fn age(&self, now: Timestamp) -> Option<Duration> {
        let fetched_at: Timestamp = self.fetched_at.parse().ok()?;
        Duration::try_from(now.duration_since(fetched_at)).ok()
    }
}
