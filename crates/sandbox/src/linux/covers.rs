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
use std::time::{Duration, Instant};

use super::sys::FileId;
use super::territory::Existing;
use crate::SpawnError;

/// Mode of a placeholder (`safety.md §1`).
const PLACEHOLDER_MODE: u32 = 0o555;
/// Mode bits that a placeholder never has.
const WRITE_BITS: u32 = 0o222;
/// How long others may take to remove a placeholder that is wanted here. They need microseconds, unless they stand still.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pause after an attempt that met a remover.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(1);

/// One placeholder this command relies on.
#[derive(Debug)]
struct Placeholder {
    parent: File,
    name: CString,
    /// Holds the shared lock.
    folder: File,
    id: FileId,
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
                Ok(placeholder) => {
                    covered.push(Existing { path: path.clone(), id: placeholder.id });
                    placeholders.held.push(placeholder);
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

impl Placeholders {
    /// Takes others along.
    pub(crate) fn join(&mut self, mut others: Self) {
        self.held.append(&mut others.held);
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
        // What stands there now may be somebody else's, who relies on it.
        if !leads_to(&self.parent, &self.name, self.id) {
            return;
        }
        // Refused for another user's where the folder is shared with them; then they remove it.
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
fn hold(path: &Path) -> io::Result<Placeholder> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let parent = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(parent)?;
    let name = CString::new(name.as_bytes())?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let created = match fs::DirBuilder::new().mode(PLACEHOLDER_MODE).create(path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        let folder = match open_folder(&parent, &name) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) if created => return Err(error),
            Err(_) => return Err(changed()),
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
        let id = FileId { dev: metadata.dev(), ino: metadata.ino() };
        // Between opening and locking, the last holder may have removed the folder.
        if metadata.nlink() > 0 && leads_to(&parent, &name, id) {
            // Somebody has just made a folder of their own there.
            if !created && !is_placeholder(path)? {
                return Err(changed());
            }
            if created {
                // The mask of this process may have taken more, and then other users could not share it.
                folder.set_permissions(fs::Permissions::from_mode(PLACEHOLDER_MODE))?;
            }
            return Ok(Placeholder { parent, name, folder, id });
        }
    }
    Err(io::Error::other(format!("for {} s others have kept removing it", PATIENCE.as_secs())))
}

fn open_folder(parent: &File, name: &CStr) -> io::Result<File> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY;
    let fd = super::sys::open_beneath(parent.as_raw_fd(), name, flags)?;
    // SAFETY: the descriptor was just opened and is owned by nobody else.
    Ok(unsafe { std::os::fd::FromRawFd::from_raw_fd(fd) })
}

/// What stands there is not what it was a moment ago: it is to be looked at again.
fn changed() -> io::Error {
    io::Error::from_raw_os_error(libc::ESTALE)
}

/// Whether a name in a folder is that of this very object.
fn leads_to(parent: &File, name: &CStr, id: FileId) -> bool {
    super::sys::stat_beneath(parent.as_raw_fd(), name).is_ok_and(|found| found == id)
}

/// Whether a folder looks like a placeholder, ours or another user's: empty, and nobody may write in it. It may vanish
/// any moment, unless it is held.
pub(crate) fn is_placeholder(path: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(metadata.is_dir() && metadata.mode() & WRITE_BITS == 0 && fs::read_dir(path)?.next().is_none())
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
#[path = "covers_tests.rs"]
mod tests;
