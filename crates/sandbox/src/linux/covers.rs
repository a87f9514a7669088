//! Placeholders: empty read-only folders that stand where a protected name is missing, so that a mount can cover it.
//! Invariant: a placeholder is removed when the last command that relies on it, of any of our processes, has ended.
//! Removing it earlier would take the cover away from the others, hence the shared lock on the folder itself.

use std::ffi::{CStr, CString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::sys::FileId;
use super::territory::Existing;
use crate::SpawnError;

/// Mode of a placeholder (`safety.md §1`).
const PLACEHOLDER_MODE: u32 = 0o555;
/// Attempts to create or share a placeholder while others remove theirs.
const ATTEMPTS_MAX: usize = 100;
/// Pause after an attempt that met a remover.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(1);

/// One placeholder this command relies on.
#[derive(Debug)]
struct Placeholder {
    parent: File,
    name: CString,
    /// Holds the shared lock.
    folder: File,
}

/// All placeholders of one command; dropping it gives them back.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    held: Vec<Placeholder>,
}

impl Placeholders {
    /// Stands a placeholder on each missing path, or shares the one that already stands there. The result lists what now exists and must be covered.
    pub(crate) fn raise(absent: &[PathBuf]) -> Result<(Self, Vec<Existing>), SpawnError> {
        let mut placeholders = Self::default();
        let mut covered = Vec::new();
        for path in absent {
            let failed = |source| SpawnError::Protect { path: path.clone(), source };
            match hold(path) {
                Ok((placeholder, id)) => {
                    placeholders.held.push(placeholder);
                    covered.push(Existing { path: path.clone(), id });
                }
                // Where we may not create it, a command that has our user and fewer rights may not either.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                    ) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok((placeholders, covered))
    }
}

impl Drop for Placeholders {
    fn drop(&mut self) {
        for placeholder in &self.held {
            placeholder.release();
        }
    }
}

impl Placeholder {
    fn release(&self) {
        // The exclusive lock is only to be had when nobody else shares the folder.
        if lock(&self.folder, libc::LOCK_EX | libc::LOCK_NB).is_err() {
            return;
        }
        // SAFETY: the descriptor is open and the name NUL-terminated.
        let removed =
            unsafe { libc::unlinkat(self.parent.as_raw_fd(), self.name.as_ptr(), libc::AT_REMOVEDIR) };
        if removed == -1 && io::Error::last_os_error().kind() == io::ErrorKind::DirectoryNotEmpty {
            // Someone outside the sandbox moved in: it is theirs now, so make it an ordinary folder.
            let _ = self.folder.set_permissions(fs::Permissions::from_mode(0o755));
        }
    }
}

/// Creates or shares the placeholder at `path`.
fn hold(path: &Path) -> io::Result<(Placeholder, FileId)> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let parent = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(parent)?;
    let name = CString::new(name.as_bytes())?;
    for _ in 0..ATTEMPTS_MAX {
        match fs::DirBuilder::new().mode(PLACEHOLDER_MODE).create(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let folder = match open_folder(&parent, &name) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        match lock(&folder, libc::LOCK_SH | libc::LOCK_NB) {
            Ok(()) => {}
            // Someone is just removing it.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(ATTEMPT_PAUSE);
                continue;
            }
            Err(error) => return Err(error),
        }
        let metadata = folder.metadata()?;
        // Between opening and locking, the last holder may have removed the folder.
        if metadata.nlink() > 0
            && fs::symlink_metadata(path)
                .is_ok_and(|m| (m.dev(), m.ino()) == (metadata.dev(), metadata.ino()))
        {
            let id = FileId { dev: metadata.dev(), ino: metadata.ino() };
            return Ok((Placeholder { parent, name, folder }, id));
        }
    }
    Err(io::Error::other("it keeps appearing and disappearing"))
}

fn open_folder(parent: &File, name: &CStr) -> io::Result<File> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY;
    let fd = super::sys::open_beneath(parent.as_raw_fd(), name, flags)?;
    // SAFETY: the descriptor was just opened and is owned by nobody else.
    Ok(unsafe { std::os::fd::FromRawFd::from_raw_fd(fd) })
}

/// Whether a folder looks exactly like one of ours: empty, our user's, with our mode.
pub(crate) fn is_placeholder(path: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    // SAFETY: geteuid cannot fail and takes nothing.
    let user = unsafe { libc::geteuid() };
    Ok(metadata.is_dir()
        && metadata.mode() & 0o7777 == PLACEHOLDER_MODE
        && metadata.uid() == user
        && fs::read_dir(path)?.next().is_none())
}

fn lock(folder: &File, operation: libc::c_int) -> io::Result<()> {
    loop {
        // SAFETY: the descriptor is open for the duration of the call.
        if unsafe { libc::flock(folder.as_raw_fd(), operation) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_holder_removes_the_placeholder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".codex");
        let (first, covered) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
        let (second, shared) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
        assert_eq!(covered, shared);
        assert!(is_placeholder(&path).unwrap());
        drop(first);
        assert!(path.exists(), "the second holder still needs it");
        drop(second);
        assert!(!path.exists());
    }

    #[test]
    fn a_leftover_is_taken_over_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".agents");
        fs::DirBuilder::new().mode(PLACEHOLDER_MODE).create(&path).unwrap();
        let (held, _) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
        drop(held);
        assert!(!path.exists());
    }

    #[test]
    fn many_threads_agree_who_is_last() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".codex");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let (held, covered) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
                        assert_eq!(fs::metadata(&path).unwrap().ino(), covered[0].id.ino);
                        drop(held);
                    }
                });
            }
        });
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_someone_filled_is_kept_and_opened_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".codex");
        let (held, _) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(path.join("config.toml"), "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(PLACEHOLDER_MODE)).unwrap();
        drop(held);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o755);
    }
}
