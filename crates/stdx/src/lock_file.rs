//! A file whose only purpose is that one process at a time holds it. The lock goes with the process, however it ends.
//! Knows nothing of what is guarded.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(20);

/// An exclusive hold, until dropped. The file stays: removing it would let two processes hold two files.
#[derive(Debug)]
pub struct LockFile {
    _file: File,
}

/// The lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockFileError {
    /// The file cannot be opened or locked.
    #[error("could not lock {}: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has it and does not let go.
    #[error("another process has held {} for {} s", path.display(), waited.as_secs())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// The limit that has passed.
        waited: Duration,
    },
}

impl LockFile {
    /// Waits for the lock, at most this long. A new file has mode 0600; its folder must exist. Blocks the thread.
    ///
    /// # Errors
    /// When the file cannot be used or the time is over.
    pub fn hold(path: &Path, wait_max: Duration) -> Result<Self, LockFileError> {
        let failed = |source| LockFileError::Io { path: path.to_path_buf(), source };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < wait_max => thread::sleep(POLL),
                Err(TryLockError::WouldBlock) => {
                    return Err(LockFileError::Held { path: path.to_path_buf(), waited: wait_max });
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LockFile, LockFileError};

    #[test]
    fn one_holds_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let first = LockFile::hold(&path, Duration::ZERO).unwrap();
        let second = LockFile::hold(&path, Duration::from_millis(30));
        assert!(matches!(second, Err(LockFileError::Held { .. })), "{second:?}");
        drop(first);
        LockFile::hold(&path, Duration::ZERO).unwrap();
        let nowhere = LockFile::hold(&folder.path().join("none/x.lock"), Duration::ZERO);
        assert!(matches!(nowhere, Err(LockFileError::Io { .. })), "{nowhere:?}");
    }
}
