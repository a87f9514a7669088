//! The Landlock ruleset of a command: which paths may be written and, where that is limited, which may be read.
//! Invariant: rights only ever cover what the rules open and harmless devices; a protected or denied path is never below a
//! granted one unless a mount covers it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, Scope,
};

/// The first ABI that can refuse `truncate`; before it Landlock alone cannot keep a file from being emptied.
pub(crate) const ABI_WITH_TRUNCATE: i32 = crate::support::LANDLOCK_ABI_NEEDED;
/// The rights we know how to handle.
const KNOWN: ABI = ABI::V6;
/// Folders and files enumerated at most when a root has to be granted piece by piece.
const GRANTS_MAX: usize = 20_000;
/// Devices every command may write.
const DEVICES: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx"];
/// Never granted piece by piece: they hold the kernel's switches and the machine's devices.
const KERNEL_FOLDERS: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The kernel's Landlock version, `None` when there is no Landlock.
pub(crate) fn landlock_abi() -> Option<i32> {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with the version flag no pointer is read.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0usize, 0usize, VERSION) };
    i32::try_from(abi).ok().filter(|abi| *abi > 0)
}

/// A ruleset ready for the child.
#[derive(Debug)]
pub(crate) struct PathRules {
    pub(crate) fd: OwnedFd,
    /// Rights this kernel handles, for rules added in the child.
    pub(crate) access: u64,
    /// The part of `access` that may be granted on a single file.
    pub(crate) file_access: u64,
    /// The rights to read that are handled; none where everything may be read.
    pub(crate) read_access: u64,
}

/// Builds the ruleset that lets a command write below `writable` and to harmless devices, and read there and below
/// `readable`; `None` leaves reading alone.
pub(crate) fn path_rules(
    abi: i32,
    writable: Vec<OwnedFd>,
    readable: Option<Vec<OwnedFd>>,
) -> io::Result<PathRules> {
    let known = ABI::from(abi.min(KNOWN as i32));
    let read = if readable.is_some() { AccessFs::from_read(known) } else { BitFlags::EMPTY };
    let access = AccessFs::from_write(known) | read;
    let file_access = access & AccessFs::from_file(known);
    let mut rules = create(access).map_err(io::Error::other)?;
    for device in DEVICES {
        if let Ok(fd) = open_path(Path::new(device)) {
            rules = rules.add_rule(PathBeneath::new(fd, file_access)).map_err(io::Error::other)?;
        }
    }
    let readable = readable.unwrap_or_default().into_iter().map(|fd| (fd, read));
    for (fd, wanted) in writable.into_iter().map(|fd| (fd, access)).chain(readable) {
        // A file has no entries to make or list.
        let file = File::from(fd);
        let granted = if file.metadata()?.is_dir() { wanted } else { wanted & file_access };
        rules = rules.add_rule(PathBeneath::new(file, granted)).map_err(io::Error::other)?;
    }
    let fd: Option<OwnedFd> = rules.into();
    let fd = fd.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOSYS))?;
    Ok(PathRules { fd, access: access.bits(), file_access: file_access.bits(), read_access: read.bits() })
}

/// The paths of a list that exist, opened.
pub(crate) fn open_all(paths: &[PathBuf]) -> Vec<OwnedFd> {
    paths.iter().filter_map(|path| open_path(path).ok()).map(OwnedFd::from).collect()
}

fn create(access: BitFlags<AccessFs>) -> Result<RulesetCreated, landlock::RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(access)?
        .scope(Scope::from_all(KNOWN))?
        .create()
}

/// The largest set of existing paths below `root` that contains no protected one. New entries directly in a
/// folder that holds a protected name stay impossible: Landlock has no way to allow them and except one name.
pub(crate) fn carve(root: &Path, protected: &[PathBuf]) -> io::Result<Vec<OwnedFd>> {
    let kernel = KERNEL_FOLDERS.map(PathBuf::from);
    let protected: Vec<PathBuf> = protected.iter().cloned().chain(kernel).collect();
    carve_to_read(root, &protected)
}

/// As [`carve`], for reading, which the kernel's own folders allow.
pub(crate) fn carve_to_read(root: &Path, denied: &[PathBuf]) -> io::Result<Vec<OwnedFd>> {
    let mut granted = Vec::new();
    carve_into(root, denied, &mut granted)?;
    Ok(granted)
}

fn carve_into(path: &Path, protected: &[PathBuf], granted: &mut Vec<OwnedFd>) -> io::Result<()> {
    if protected.iter().any(|p| p == path) {
        return Ok(());
    }
    if granted.len() >= GRANTS_MAX {
        return Err(io::Error::other("too many entries to grant one by one"));
    }
    if !protected.iter().any(|p| p.starts_with(path)) {
        // A link is skipped: granting it would mean granting whatever it points to.
        match open_path(path) {
            Ok(file) if !file.metadata()?.is_symlink() => granted.push(file.into()),
            _ => {}
        }
        return Ok(());
    }
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {}
        _ => return Ok(()),
    }
    let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
    for entry in entries {
        carve_into(&entry?.path(), protected, granted)?;
    }
    Ok(())
}

fn open_path(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_NOFOLLOW).open(path)
}
