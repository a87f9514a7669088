//! Opening and making files without following a single link on the way, by absolute path. The one place of this crate
//! that writes outside of its own store. Invariant: a path with a link anywhere in it is refused, not followed.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// How a file is put back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Permissions.
    pub(crate) mode: u32,
    /// Time of its last change.
    pub(crate) modified: SystemTime,
    /// Whether it may take the place of something; otherwise a path that exists is an error.
    pub(crate) replaces: bool,
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::{Component, Path};

    use super::Wanted;
    use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, openat, renameat, statat, unlinkat};

    const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

    /// The folder of a file, and its name; folders that are missing are made when `make` says so.
    fn parent(path: &Path, make: bool) -> io::Result<(OwnedFd, &std::ffi::OsStr)> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut at = rustix::fs::open("/", FOLDER, Mode::empty())?;
        for component in folder.components() {
            match component {
                Component::RootDir => {}
                Component::Normal(name) => {
                    at = match openat(&at, name, FOLDER, Mode::empty()) {
                        Err(rustix::io::Errno::NOENT) if make => {
                            mkdirat(&at, name, Mode::from_raw_mode(0o755))?;
                            openat(&at, name, FOLDER, Mode::empty())?
                        }
                        opened => opened?,
                    };
                }
                _ => return Err(io::ErrorKind::InvalidInput.into()),
            }
        }
        Ok((at, name))
    }

    /// A regular file for reading; a pipe is not waited for.
    pub(super) fn open(path: &Path) -> io::Result<File> {
        let (folder, name) = parent(path, false)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(&folder, name, flags, Mode::empty())?);
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Puts a file in place of whatever has this name, whole or not at all.
    pub(super) fn put(path: &Path, from: &mut File, wanted: Wanted) -> io::Result<()> {
        let (folder, name) = parent(path, true)?;
        if !wanted.replaces && statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}.restored", std::process::id()));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(wanted.mode & 0o777);
        let mut file = File::from(openat(&folder, &beside, flags, mode)?);
        let written = io::copy(from, &mut file)
            .and_then(|_| Ok(rustix::fs::fchmod(&file, mode)?))
            .and_then(|()| file.set_modified(wanted.modified))
            .and_then(|()| file.sync_all())
            .and_then(|()| Ok(renameat(&folder, &beside, &folder, name)?));
        if written.is_err() {
            // The first error is the one worth telling.
            let _ = unlinkat(&folder, &beside, AtFlags::empty());
        }
        written
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;

    use super::Wanted;

    pub(super) fn open(path: &Path) -> io::Result<File> {
        match fs::symlink_metadata(path)?.is_file() {
            true => File::open(path),
            false => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    pub(super) fn put(path: &Path, from: &mut File, wanted: Wanted) -> io::Result<()> {
        if !wanted.replaces && fs::symlink_metadata(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create(path)?;
        io::copy(from, &mut file)?;
        file.set_modified(wanted.modified)
    }
}

/// A regular file, for reading.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    system::open(path)
}

/// Writes `from` to `path`, making the folders that are missing.
pub(crate) fn put(path: &Path, from: &mut File, wanted: Wanted) -> io::Result<()> {
    system::put(path, from, wanted)
}
