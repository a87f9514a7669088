//! Where `$CODEX_HOME` is. Owns the rule of `config.md §1`; reads no environment, callers pass the values.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::ConfigError;

/// The home folder of the product: `codex_home` (the variable `CODEX_HOME`) when set and not empty, which must
/// then be an existing folder; else `.codex` in the person's home folder, which may be absent.
pub fn resolve_codex_home(
    codex_home: Option<&OsStr>,
    home_dir: Option<&Path>,
) -> Result<PathBuf, ConfigError> {
    let Some(value) = codex_home.filter(|value| !value.is_empty()) else {
        return home_dir.map(|home| home.join(".codex")).ok_or(ConfigError::NoHome);
    };
    let path = PathBuf::from(value);
    let refused = |problem| ConfigError::CodexHome { path: path.clone(), problem };
    let resolved = fs::canonicalize(&path).map_err(|err| {
        refused(match err.kind() {
            std::io::ErrorKind::NotFound => "does not exist",
            _ => "cannot be opened",
        })
    })?;
    if resolved.is_dir() { Ok(resolved) } else { Err(refused("is not a folder")) }
}
