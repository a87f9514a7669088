//! The Landlock ruleset of a command: which paths may be written and, where that is limited, which may be read.
//! Invariant: rights only ever cover what the rules open and harmless devices; a protected or denied path is never below a
//! granted one unless a mount covers it.

use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated, Scope,
};

use super::carving::{Carving, Part};
use super::sys::{self, Errno};

/// The first ABI that can refuse `truncate`; before it Landlock alone cannot keep a file from being emptied.
pub(crate) const ABI_WITH_TRUNCATE: i32 = crate::support::LANDLOCK_ABI_NEEDED;
/// The rights we know how to handle.
const KNOWN: ABI = ABI::V6;
/// Folders and files granted one by one at most.
const GRANTS_MAX: usize = 20_000;
/// Devices every command may write.
const DEVICES: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx"];

/// The kernel's Landlock version, `None` when there is no Landlock.
pub(crate) fn landlock_abi() -> Option<i32> {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with the version flag no pointer is read.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0usize, 0usize, VERSION) };
    i32::try_from(abi).ok().filter(|abi| *abi > 0)
}

/// Whether rules limit what may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Open,
    Limited,
}

/// What a rule lets a command do below a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Write and, where that is limited, read.
    Write,
    Read,
}

/// A ruleset for the child.
#[derive(Debug)]
pub(crate) struct PathRules {
    pub(crate) fd: OwnedFd,
    /// Rights this kernel handles, for rules added in the child.
    pub(crate) access: u64,
    /// The part of `access` that may be granted on a single file.
    pub(crate) file_access: u64,
    /// The rights to read that are handled; none where everything may be read.
    pub(crate) read_access: u64,
    granted: usize,
}

impl PathRules {
    /// A ruleset that lets a command write to harmless devices and nowhere else.
    pub(crate) fn new(abi: i32, reading: Reading) -> io::Result<Self> {
        let known = ABI::from(abi.min(KNOWN as i32));
        let read = if reading == Reading::Limited { AccessFs::from_read(known) } else { BitFlags::EMPTY };
        let access = AccessFs::from_write(known) | read;
        let created = create(access).map_err(io::Error::other)?;
        let fd: Option<OwnedFd> = created.into();
        let mut rules = Self {
            fd: fd.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOSYS))?,
            access: access.bits(),
            file_access: (access & AccessFs::from_file(known)).bits(),
            read_access: read.bits(),
            granted: 0,
        };
        for device in DEVICES {
            rules.allow_path(Path::new(device), Right::Write)?;
        }
        Ok(rules)
    }

    /// Grants a right on an open file, or on an open folder and all below it.
    pub(crate) fn allow(&mut self, path: RawFd, kind: Kind, right: Right) -> io::Result<()> {
        if self.granted >= GRANTS_MAX {
            return Err(io::Error::other("too many entries to grant one by one"));
        }
        self.granted += 1;
        let wanted = match right {
            Right::Write => self.access,
            Right::Read => self.read_access,
        };
        // A file has no entries to make or list.
        let of_file = wanted & self.file_access;
        let fd = self.fd.as_raw_fd();
        match kind {
            Kind::File => sys::landlock_allow(fd, path, of_file)?,
            // It may have become a file since it was looked at; the kernel tells.
            Kind::Folder => match sys::landlock_allow(fd, path, wanted) {
                Err(Errno(libc::EINVAL)) => sys::landlock_allow(fd, path, of_file)?,
                outcome => outcome?,
            },
        }
        Ok(())
    }

    /// Grants a right on a path, where it exists.
    pub(crate) fn allow_path(&mut self, path: &Path, right: Right) -> io::Result<()> {
        let Ok(file) = open_path(path) else { return Ok(()) };
        let kind = Kind::of(file.metadata()?.file_type());
        kind.map_or(Ok(()), |kind| self.allow(file.as_raw_fd(), kind, right))
    }

    /// Grants a right on as much below `root` as can be without what the carving leaves out. New entries directly in a
    /// folder that holds such a name stay impossible: Landlock has no way to allow them and except one name.
    pub(crate) fn carve(&mut self, root: &Path, carving: &Carving, right: Right) -> io::Result<()> {
        match carving.part(root) {
            Part::Out => Ok(()),
            Part::Whole => self.allow_path(root, right),
            Part::Cut => match open_path(root) {
                Ok(folder) => self.carve_folder(root, &folder, carving, right),
                Err(_) => Ok(()),
            },
        }
    }

    fn carve_folder(&mut self, path: &Path, open: &File, carving: &Carving, right: Right) -> io::Result<()> {
        // What is no folder, or may not even be listed by us, gives nothing.
        let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
        for entry in entries {
            let entry = entry?;
            // A link is skipped: granting it would mean granting whatever it points to.
            let Some(kind) = entry.file_type().ok().and_then(Kind::of) else { continue };
            let part = carving.part_inside(path, &entry.file_name());
            if part == Part::Out {
                continue;
            }
            // Opened from the folder itself: whatever becomes of the paths, the names are those that were judged.
            let Ok(name) = CString::new(entry.file_name().into_vec()) else { continue };
            let Ok(fd) = sys::open_beneath(open.as_raw_fd(), &name, libc::O_PATH) else { continue };
            // SAFETY: the descriptor was just opened and is owned by nobody else.
            let file = unsafe { File::from_raw_fd(fd) };
            match part {
                Part::Cut => self.carve_folder(&entry.path(), &file, carving, right)?,
                _ => self.allow(file.as_raw_fd(), kind, right)?,
            }
        }
        Ok(())
    }
}

/// What a rule is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    File,
}

impl Kind {
    /// None for a link, which no rule is made for.
    fn of(kind: fs::FileType) -> Option<Self> {
        if kind.is_symlink() {
            return None;
        }
        Some(if kind.is_dir() { Self::Folder } else { Self::File })
    }
}

fn create(access: BitFlags<AccessFs>) -> Result<RulesetCreated, landlock::RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(access)?
        .scope(Scope::from_all(KNOWN))?
        .create()
}

fn open_path(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_NOFOLLOW).open(path)
}
