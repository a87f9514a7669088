//! Thin wrappers over the system calls that the C library has no function for, plus their constants.
//! Invariant: every function is async-signal-safe (no allocation, no lock), so the child may call all of them.

use std::ffi::CStr;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use libc::{c_int, c_long, c_uint, c_ulong};

/// An error number of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) c_int);

impl Errno {
    /// The error of the call that just failed on this thread.
    pub(crate) fn last() -> Self {
        // SAFETY: the location is valid for the life of the calling thread.
        Self(unsafe { *libc::__errno_location() })
    }
}

impl From<Errno> for std::io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(errno.0)
    }
}

pub(crate) const MOUNT_ATTR_RDONLY: u64 = 1;
pub(crate) const MOUNT_ATTR_NODEV: u64 = 4;
pub(crate) const OPEN_TREE_CLONE: c_uint = 1;
pub(crate) const OPEN_TREE_CLOEXEC: c_uint = libc::O_CLOEXEC as c_uint;
pub(crate) const MOVE_MOUNT_F_EMPTY_PATH: c_uint = 0x4;
pub(crate) const MOVE_MOUNT_T_EMPTY_PATH: c_uint = 0x40;
const LANDLOCK_RULE_PATH_BENEATH: c_int = 1;

/// Turns the -1 convention into a `Result`.
pub(crate) fn check(ret: c_long) -> Result<c_long, Errno> {
    if ret == -1 { Err(Errno::last()) } else { Ok(ret) }
}

/// Device and inode: tells whether two paths lead to the same object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
}

/// Identity and mode of an open file (`O_PATH` is enough).
pub(crate) fn stat_fd(fd: RawFd) -> Result<(FileId, libc::stat), Errno> {
    // SAFETY: `stat` is plain data for which all zeroes are valid, and outlives the call.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        check(libc::fstat(fd, &raw mut stat).into())?;
        Ok((FileId { dev: stat.st_dev, ino: stat.st_ino }, stat))
    }
}

/// Opens an absolute path as `O_PATH` without following any link on the way.
pub(crate) fn open_path(path: &CStr) -> Result<RawFd, Errno> {
    open_beneath(libc::AT_FDCWD, path, libc::O_PATH)
}

/// Opens `path` from `dir` with no link followed, neither on the way nor at the end.
pub(crate) fn open_beneath(dir: RawFd, path: &CStr, flags: c_int) -> Result<RawFd, Errno> {
    // SAFETY: `how` is plain data, initialised below; the path is NUL-terminated; both outlive the call.
    unsafe {
        let mut how: libc::open_how = std::mem::zeroed();
        how.flags = (flags | libc::O_CLOEXEC | libc::O_NOFOLLOW) as u64;
        how.resolve = libc::RESOLVE_NO_SYMLINKS;
        let size = size_of::<libc::open_how>();
        check(libc::syscall(libc::SYS_openat2, dir, path.as_ptr(), &raw const how, size))
            .map(|fd| fd as RawFd)
    }
}

/// Identity of an entry of a folder, of a link itself.
pub(crate) fn stat_beneath(dir: RawFd, name: &CStr) -> Result<FileId, Errno> {
    // SAFETY: `stat` is plain data for which all zeroes are valid, the name is NUL-terminated, and both outlive the call.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        check(libc::fstatat(dir, name.as_ptr(), &raw mut stat, libc::AT_SYMLINK_NOFOLLOW).into())?;
        Ok(FileId { dev: stat.st_dev, ino: stat.st_ino })
    }
}

/// A detached copy of the mount tree at an open path.
pub(crate) fn clone_tree(fd: RawFd) -> Result<RawFd, Errno> {
    let flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (libc::AT_EMPTY_PATH | libc::AT_RECURSIVE) as c_uint;
    // SAFETY: the empty path is a static NUL-terminated string.
    check(unsafe { libc::syscall(libc::SYS_open_tree, fd, c"".as_ptr(), flags) }).map(|fd| fd as RawFd)
}

/// Attaches a detached mount tree on an open path.
pub(crate) fn attach_tree(tree: RawFd, target: RawFd) -> Result<(), Errno> {
    let flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    // SAFETY: both paths are static NUL-terminated strings.
    check(unsafe { libc::syscall(libc::SYS_move_mount, tree, c"".as_ptr(), target, c"".as_ptr(), flags) })
        .map(drop)
}

/// A detached empty folder that nobody may enter or list, whoever its user is.
pub(crate) fn closed_folder() -> Result<RawFd, Errno> {
    const FSCONFIG_SET_STRING: c_uint = 1;
    const FSCONFIG_CMD_CREATE: c_uint = 6;
    const CLOEXEC: c_uint = 1;
    let attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;
    let null = std::ptr::null::<libc::c_char>();
    // SAFETY: strings are static and NUL-terminated, null stands where the call allows it, the rest are numbers.
    unsafe {
        let context = check(libc::syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), CLOEXEC))?;
        for (key, value) in [(c"mode", c"000"), (c"size", c"4096")] {
            let (key, value) = (key.as_ptr(), value.as_ptr());
            check(libc::syscall(libc::SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0))?;
        }
        check(libc::syscall(libc::SYS_fsconfig, context, FSCONFIG_CMD_CREATE, null, null, 0))?;
        check(libc::syscall(libc::SYS_fsmount, context, CLOEXEC, attributes)).map(|fd| fd as RawFd)
    }
}

/// A detached device file that cannot be opened: what stands for a file nobody may read.
pub(crate) fn closed_file() -> Result<RawFd, Errno> {
    let tree = clone_tree(open_path(c"/dev/null")?)?;
    set_attributes(tree, c"", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV)?;
    Ok(tree)
}

/// Layout of `struct mount_attr`.
#[repr(C)]
struct MountAttr {
    attr_set: u64,
    attr_clr: u64,
    propagation: u64,
    userns_fd: u64,
}

/// Makes a mount and everything mounted below it read-only; `path` may be empty to mean `fd` itself.
pub(crate) fn make_read_only(fd: RawFd, path: &CStr) -> Result<(), Errno> {
    set_attributes(fd, path, MOUNT_ATTR_RDONLY)
}

/// Makes everything read-only and its device files dead: writing to a device does not count as writing to its mount.
pub(crate) fn freeze(path: &CStr) -> Result<(), Errno> {
    set_attributes(libc::AT_FDCWD, path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV)
}

fn set_attributes(fd: RawFd, path: &CStr, attributes: u64) -> Result<(), Errno> {
    let attr = MountAttr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
    // SAFETY: `attr` has the kernel's layout and the size passed is its own; the path is NUL-terminated.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            fd,
            path.as_ptr(),
            flags,
            &raw const attr,
            size_of::<MountAttr>(),
        )
    })
    .map(drop)
}

/// Mounts a fresh instance of a kernel file system.
pub(crate) fn mount_fresh(kind: &CStr, target: &CStr, flags: c_ulong, options: &CStr) -> Result<(), Errno> {
    // SAFETY: all strings are NUL-terminated and outlive the call.
    check(
        unsafe { libc::mount(kind.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, options.as_ptr().cast()) }
            .into(),
    )
    .map(drop)
}

/// Layout of `struct landlock_path_beneath_attr`, which is packed.
#[repr(C, packed)]
struct PathBeneathAttr {
    allowed_access: u64,
    parent_fd: i32,
}

/// Allows `access` below an open path in a Landlock ruleset.
pub(crate) fn landlock_allow(ruleset: RawFd, path: RawFd, access: u64) -> Result<(), Errno> {
    let attr = PathBeneathAttr { allowed_access: access, parent_fd: path };
    // SAFETY: `attr` has the kernel's layout and outlives the call.
    check(unsafe {
        libc::syscall(libc::SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &raw const attr, 0)
    })
    .map(drop)
}

/// Puts the calling thread under a Landlock ruleset.
pub(crate) fn landlock_restrict(ruleset: RawFd) -> Result<(), Errno> {
    // SAFETY: no pointers are passed.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0) }).map(drop)
}

/// `prctl` with up to two arguments.
pub(crate) fn prctl(option: c_int, arg2: c_ulong, arg3: c_ulong) -> Result<(), Errno> {
    // SAFETY: the options used by this crate take numbers, or a pointer the caller keeps alive across the call.
    check(unsafe { libc::prctl(option, arg2, arg3, 0, 0) }.into()).map(drop)
}

/// Writes a whole short text to an existing file.
pub(crate) fn write_file(path: &CStr, text: &[u8]) -> Result<(), Errno> {
    // SAFETY: path and buffer are valid for the calls; the descriptor is closed on every way out.
    unsafe {
        let fd = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        check(fd.into())?;
        let written = check(libc::write(fd, text.as_ptr().cast(), text.len()) as c_long);
        libc::close(fd);
        written.map(drop)
    }
}

/// Marks, or closes, every descriptor from `first` on. `flags` zero closes.
pub(crate) fn close_range(first: c_uint, flags: c_uint) -> Result<(), Errno> {
    // SAFETY: only descriptors of the calling process (a fresh child) are affected.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, c_uint::MAX, flags) }).map(drop)
}

/// Lets a descriptor survive the next `execve`.
pub(crate) fn keep_open(fd: RawFd) -> Result<(), Errno> {
    // SAFETY: plain numbers.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, 0) }.into()).map(drop)
}

/// A file without a name, in memory.
pub(crate) fn memory_file(name: &CStr) -> Result<OwnedFd, Errno> {
    // SAFETY: the name is NUL-terminated; the descriptor is fresh and ours.
    unsafe {
        let fd = check(libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC).into())?;
        Ok(OwnedFd::from_raw_fd(fd as RawFd))
    }
}

/// The same for a program; it need not be marked as one on older kernels.
#[cfg(target_arch = "x86_64")]
pub(crate) fn executable_memory_file(name: &CStr) -> Result<RawFd, Errno> {
    // SAFETY: the name is NUL-terminated.
    let make =
        |flags| check(unsafe { libc::memfd_create(name.as_ptr(), flags) }.into()).map(|fd| fd as RawFd);
    match make(libc::MFD_CLOEXEC | libc::MFD_EXEC) {
        Err(Errno(libc::EINVAL)) => make(libc::MFD_CLOEXEC),
        made => made,
    }
}

/// A pidfd for a process that is known to be there.
pub(crate) fn open_process(pid: libc::pid_t) -> Result<OwnedFd, Errno> {
    // SAFETY: plain numbers; the descriptor is fresh and ours.
    unsafe {
        let fd = check(libc::syscall(libc::SYS_pidfd_open, pid, 0))?;
        Ok(OwnedFd::from_raw_fd(fd as RawFd))
    }
}

/// Whether the mount at an open path is read-only.
pub(crate) fn is_read_only(fd: RawFd) -> Result<bool, Errno> {
    // SAFETY: `stat` is plain data for which all zeroes are valid, and outlives the call.
    unsafe {
        let mut stat: libc::statvfs = std::mem::zeroed();
        check(libc::fstatvfs(fd, &raw mut stat).into())?;
        Ok(stat.f_flag & libc::ST_RDONLY != 0)
    }
}

/// Empties all capability sets of the calling thread.
pub(crate) fn drop_capabilities() -> Result<(), Errno> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: c_int,
    }
    const VERSION_3: u32 = 0x2008_0522;
    const HIGHEST_POSSIBLE: c_ulong = 63;
    for capability in 0..=HIGHEST_POSSIBLE {
        // Without CAP_SETPCAP this is refused; then there is nothing to gain either, because of no_new_privs.
        if prctl(libc::PR_CAPBSET_DROP, capability, 0).is_err() {
            break;
        }
    }
    let _ = prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as c_ulong, 0);
    let header = Header { version: VERSION_3, pid: 0 };
    let empty = [0u32; 6];
    // SAFETY: version 3 takes two records of three 32-bit words, which `empty` holds.
    check(unsafe { libc::syscall(libc::SYS_capset, &raw const header, empty.as_ptr()) }).map(drop)
}
