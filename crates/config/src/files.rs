//! Reading configuration files: absent is fine, anything else names the file.
//! Invariant: never blocks on a pipe and never takes in more than the limit.

use std::fs;
use std::io;
use std::path::Path;

use codex_stdx::read_regular;

use crate::error::ConfigError;

/// A configuration file larger than this is a mistake.
pub(crate) const CONFIG_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The text of a configuration file, or `None` when there is none.
pub(crate) fn read_config_file(path: &Path) -> Result<Option<String>, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_path_buf(), source };
    let bytes = match metadata(path) {
        Ok(bytes) => bytes,
        Err(err) if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(err) => return Err(failed(err)),
    };
    if bytes > CONFIG_FILE_BYTES_MAX {
        return Err(ConfigError::TooLarge {
            path: path.to_path_buf(),
            bytes,
            bytes_max: CONFIG_FILE_BYTES_MAX,
        });
    }
    let text =
        String::from_utf8(read_regular(path, CONFIG_FILE_BYTES_MAX).map_err(failed)?).map_err(|err| {
            ConfigError::NotUtf8 { path: path.to_path_buf(), offset: err.utf8_error().valid_up_to() }
        })?;
    Ok(Some(text))
}

/// The trimmed text of a file that a key names; it must exist and hold something.
pub(crate) fn read_named_file(path: &Path) -> io::Result<String> {
    if metadata(path)? > CONFIG_FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
    }
    let text = String::from_utf8(read_regular(path, CONFIG_FILE_BYTES_MAX)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    match text.trim() {
        "" => Err(io::Error::new(io::ErrorKind::InvalidData, "the file is empty")),
        text => Ok(text.to_owned()),
    }
}

/// The size of a regular file.
fn metadata(path: &Path) -> io::Result<u64> {
    let meta = fs::metadata(path)?;
    if meta.is_file() {
        Ok(meta.len())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}
