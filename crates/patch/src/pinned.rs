//! A folder held open while something in it is written, so that no link swapped in meanwhile is followed.
//! Invariant: a write goes to the link-free path it was given or fails; a failed write leaves the old content
//! readable under its name. Knows nothing of patches or roots.

use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path};

use rustix::fs::{self, AtFlags, Mode, OFlags};

/// Any write bit.
const WRITE_BITS: u32 = 0o222;

/// Whether folders on the way are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Create,
    Fail,
}

/// What an existing file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// An open folder.
#[derive(Debug)]
pub(crate) struct PinnedDir(OwnedFd);

/// How bytes reach a file; replaced in tests to simulate a full disk.
type WriteAll = fn(&mut File, &[u8]) -> io::Result<()>;

impl PinnedDir {
    /// Opens the absolute, link-free `dir` step by step from the top. A step that has become a link fails.
    pub(crate) fn open(dir: &Path, missing: Missing) -> io::Result<Self> {
        let mut open = fs::open("/", dir_flags(), Mode::empty())?;
        for component in dir.components() {
            let name = match component {
                Component::RootDir => continue,
                Component::Normal(name) => name,
                _ => return Err(io::Error::from(io::ErrorKind::InvalidInput)),
            };
            open = match fs::openat(&open, name, dir_flags(), Mode::empty()) {
                Err(rustix::io::Errno::NOENT) if missing == Missing::Create => {
                    match fs::mkdirat(&open, name, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                        Err(error) => return Err(error.into()),
                    }
                    fs::openat(&open, name, dir_flags(), Mode::empty())?
                }
                other => other?,
            };
        }
        Ok(Self(open))
    }

    /// The regular file `name`, or `None` when there is nothing. A link, a folder, a pipe and a device are
    /// errors, and so is a file without any write bit that is to be written.
    pub(crate) fn existing(&self, name: &OsStr, access: Access) -> io::Result<Option<File>> {
        let access_flag = match access {
            Access::Read => OFlags::RDONLY,
            Access::ReadWrite => OFlags::RDWR,
        };
        let flags = access_flag | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match fs::openat(&self.0, name, flags, Mode::empty()) {
            Ok(open) => File::from(open),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        if access == Access::ReadWrite && metadata.mode() & WRITE_BITS == 0 {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        Ok(Some(file))
    }

    /// Makes the new file `name`; on failure nothing is left of it.
    pub(crate) fn create(&self, name: &OsStr, content: &[u8]) -> io::Result<()> {
        self.create_with(name, content, Mode::from_raw_mode(0o666), write_all).map(drop)
    }

    /// Gives the file `name`, open as `file`, new content. Mode, owner, hard links and extended attributes
    /// stay: the file is swapped for a finished one only where that changes none of them, and rewritten in
    /// place otherwise.
    pub(crate) fn replace(&self, name: &OsStr, file: &mut File, content: &[u8]) -> io::Result<()> {
        self.replace_with(name, file, content, write_all)
    }

    /// Removes the entry `name`; a link itself, never its target. Folders are refused.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    fn replace_with(&self, name: &OsStr, file: &mut File, content: &[u8], write: WriteAll) -> io::Result<()> {
        match self.swap_in(name, file, content, write) {
            Ok(Swap::Done) => Ok(()),
            Ok(Swap::Unfit) => overwrite(file, content, write),
            Err(error) if leaves_in_place(&error) => overwrite(file, content, write),
            Err(error) => Err(error),
        }
    }

    fn swap_in(&self, name: &OsStr, file: &File, content: &[u8], write: WriteAll) -> io::Result<Swap> {
        let old = file.metadata()?;
        if old.nlink() != 1 || has_attributes(file) {
            return Ok(Swap::Unfit);
        }
        let temporary = temporary_name();
        let temporary = OsStr::new(&temporary);
        let new = self.create_with(temporary, content, Mode::from_raw_mode(0o600), write)?;
        let swap = || {
            let made = new.metadata()?;
            if (made.uid(), made.gid()) != (old.uid(), old.gid()) || has_attributes(&new) {
                return Ok(Swap::Unfit);
            }
            fs::fchmod(&new, Mode::from_raw_mode(mode_bits(old.mode())))?;
            fs::renameat(&self.0, temporary, &self.0, name)?;
            Ok(Swap::Done)
        };
        let swapped = swap();
        if !matches!(swapped, Ok(Swap::Done)) {
            // The error that matters is the swap's; a leftover with a random name harms nothing.
            let _ = self.remove(temporary);
        }
        swapped
    }

    fn create_with(&self, name: &OsStr, content: &[u8], mode: Mode, write: WriteAll) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&self.0, name, flags, mode)?);
        if let Err(error) = write(&mut file, content) {
            // Reported is the write; that the half file also stays is the lesser news.
            let _ = self.remove(name);
            return Err(error);
        }
        Ok(file)
    }
}

enum Swap {
    Done,
    /// The file cannot be swapped without losing something.
    Unfit,
}

/// Rewrites an open file. Room is asked for first; if writing fails all the same, the old bytes go back.
fn overwrite(file: &mut File, content: &[u8], write: WriteAll) -> io::Result<()> {
    let mut old = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut old)?;
    reserve(file, content.len())?;
    let written = rewrite(file, content, write);
    if written.is_err() {
        // The blocks of the old bytes are still the file's own, so putting them back needs no room.
        let _ = rewrite(file, &old, write_all);
    }
    written
}

fn rewrite(file: &mut File, content: &[u8], write: WriteAll) -> io::Result<()> {
    file.rewind()?;
    write(file, content)?;
    file.set_len(content.len() as u64)
}

fn write_all(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)
}

#[cfg(target_os = "linux")]
fn reserve(file: &File, len: usize) -> io::Result<()> {
    use rustix::io::Errno;
    if len == 0 {
        return Ok(());
    }
    match fs::fallocate(file, fs::FallocateFlags::KEEP_SIZE, 0, len as u64) {
        Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => Err(error.into()),
        // Many file systems cannot reserve; the write itself will tell.
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_file: &File, _len: usize) -> io::Result<()> {
    Ok(())
}

/// Failures of a swap that say nothing about writing the file itself: no new entry may be made in its
/// folder, or the file is a mount of its own.
fn leaves_in_place(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::PermissionDenied | Kind::ResourceBusy | Kind::CrossesDevices | Kind::ReadOnlyFilesystem
    )
}

/// Access lists, labels and the like would be lost by a swap.
fn has_attributes(file: &File) -> bool {
    let mut names: [u8; 0] = [];
    !matches!(fs::flistxattr(file, &mut names), Ok(0) | Err(rustix::io::Errno::NOTSUP))
}

fn temporary_name() -> String {
    format!(".codex-patch-{:016x}", RandomState::new().hash_one(std::process::id()))
}

fn mode_bits(mode: u32) -> rustix::fs::RawMode {
    // Permission, set-id and sticky bits; the mask keeps the value in range of every platform's type.
    rustix::fs::RawMode::try_from(mode & 0o7777).unwrap_or(0o600)
}

fn dir_flags() -> OFlags {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    #[cfg(target_os = "linux")]
    // Passing through a folder needs no permission to list it.
    let flags = flags | OFlags::PATH;
    flags
}

#[cfg(test)]
#[path = "pinned_tests.rs"]
mod tests;
