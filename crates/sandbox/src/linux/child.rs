//! What happens in the new process between fork and exec.
//! Invariant: only system calls on prepared data; no allocation, no lock, no panic. Any failure is reported and ends the process.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::ptr;

use libc::{c_int, c_long, c_ulong};

use super::doors;
use super::orders::{Confinement, Failure, Layer, Layering, Namespaces, Orders, Place, Rules, Step};
use super::sys::{self, Errno, check};

/// Exit status of a child that could not start; the report says why.
pub(crate) const GAVE_UP: c_int = 127;

type Outcome = Result<(), Failure>;

fn at(step: Step) -> impl Fn(Errno) -> Failure {
    move |errno| Failure { step, index: 0, errno: errno.0 }
}

fn at_index(step: Step, index: usize) -> impl Fn(Errno) -> Failure {
    move |errno| Failure { step, index: index as i32, errno: errno.0 }
}

/// Carries out the orders. Returns never.
///
/// # Safety
/// Must be called in a freshly forked process with all signals blocked.
pub(crate) unsafe fn run(orders: &Orders) -> ! {
    // SAFETY: the caller's promise is passed on.
    conclude(orders, unsafe { carry_out(orders) })
}

/// Carries out the last part: becomes the command, in mounts that others have made. Returns never.
///
/// # Safety
/// No other thread may run in this process.
pub(crate) unsafe fn finish(orders: &Orders, fresh: Fresh) -> ! {
    // SAFETY: the caller's promise is passed on.
    conclude(orders, unsafe { become_command(orders, fresh) })
}

/// Says why there is no command, where there is none.
fn conclude(orders: &Orders, outcome: Outcome) -> ! {
    let failure = match outcome {
        Ok(()) => exit(0),
        Err(failure) => failure,
    };
    let bytes = failure.to_bytes();
    // SAFETY: the buffer is alive for the call.
    unsafe { libc::write(orders.report, bytes.as_ptr().cast(), bytes.len()) };
    exit(GAVE_UP)
}

fn exit(code: c_int) -> ! {
    // SAFETY: `_exit` runs no handlers of the parent's.
    unsafe { libc::_exit(code) }
}

unsafe fn carry_out(orders: &Orders) -> Outcome {
    tie_to_parent(orders)?;
    let Some(namespaces) = orders.namespaces() else {
        // SAFETY: this is the fresh process that becomes the command.
        return unsafe { become_command(orders, Fresh::default()) };
    };
    // SAFETY: leaving the parent's session and group cannot fail for a process that leads neither.
    unsafe { libc::setsid() };
    map_user(namespaces)?;
    if let Some(doors) = &namespaces.doors {
        doors::open(doors).map_err(at(Step::Doors))?;
    }
    let fresh = arrange_mounts(namespaces)?;
    // As the first process of its PID namespace a command would be immune to its own signals, so it becomes the second.
    // SAFETY: this process has one thread.
    let command = check(unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) })
        .map_err(at(Step::Fork))?;
    if command == 0 {
        // SAFETY: this is the fresh process that becomes the command.
        return unsafe { become_command(orders, fresh) };
    }
    mind_namespace(command as libc::pid_t)
}

/// Dies with the spawner thread, and now if that has already ended.
fn tie_to_parent(orders: &Orders) -> Outcome {
    // SAFETY: a plain number; the descriptors of this process are its own.
    unsafe { libc::close(orders.reader) };
    sys::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as c_ulong, 0).map_err(at(Step::Lifeline))?;
    let mut poll = libc::pollfd { fd: orders.report, events: 0, revents: 0 };
    // SAFETY: one valid record is passed. A pipe without readers reports an error.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
    if ready > 0 && poll.revents & libc::POLLERR != 0 { exit(GAVE_UP) } else { Ok(()) }
}

fn map_user(namespaces: &Namespaces) -> Outcome {
    let map = || {
        // A process that hides its memory also hides these files from itself.
        sys::prctl(libc::PR_SET_DUMPABLE, 1, 0)?;
        sys::write_file(c"/proc/self/setgroups", b"deny")?;
        sys::write_file(c"/proc/self/uid_map", &namespaces.uid_map)?;
        sys::write_file(c"/proc/self/gid_map", &namespaces.gid_map)?;
        // This process keeps a copy of our memory while the command lives: nobody may look into it.
        sys::prctl(libc::PR_SET_DUMPABLE, 0, 0)
    };
    map().map_err(at(Step::UserMap))
}

/// File systems mounted for this command alone.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fresh {
    pub(crate) shm: bool,
    pub(crate) terminals: bool,
}

/// Writable roots held open while everything else is frozen.
pub(crate) const ROOTS_MAX: usize = 64;

/// Devices that stay alive; terminals and shared memory are mounted afresh.
const DEVICES: [&CStr; 7] =
    [c"/dev/null", c"/dev/zero", c"/dev/full", c"/dev/random", c"/dev/urandom", c"/dev/tty", c"/dev/ptmx"];

fn arrange_mounts(namespaces: &Namespaces) -> Result<Fresh, Failure> {
    let flags = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
    // Where the container hides parts of /proc the kernel refuses a fresh one; the old one works too, and is frozen below.
    let _ = sys::mount_fresh(c"proc", c"/proc", flags, c"");
    let mut open = [(-1 as RawFd, -1 as RawFd); ROOTS_MAX];
    let roots = namespaces.writable.iter().chain(&namespaces.reopened);
    for (index, (root, slot)) in roots.zip(&mut open).enumerate() {
        let failed = at_index(Step::OpenRoot, index);
        let target = open_same(root).map_err(&failed)?;
        *slot = (target, sys::clone_tree(target).map_err(&failed)?);
    }
    if namespaces.read_only_root {
        let devices = DEVICES.map(|device| {
            let target = sys::open_path(device)?;
            Ok::<_, Errno>((target, sys::clone_tree(target)?))
        });
        sys::freeze(c"/").map_err(at(Step::FreezeRoot))?;
        // A missing one is missed by the command that wants it, and a link leads to one that is there.
        for (target, tree) in devices.into_iter().flatten() {
            sys::attach_tree(tree, target).map_err(at(Step::FreezeRoot))?;
        }
        for (index, (_, (target, tree))) in namespaces.writable.iter().zip(&open).enumerate() {
            sys::attach_tree(*tree, *target).map_err(at_index(Step::MountRoot, index))?;
        }
    }
    // A writable root may contain these; the kernel's switches are no files of the workspace.
    for kernel in [c"/proc", c"/sys"] {
        let _ = sys::make_read_only(libc::AT_FDCWD, kernel);
    }
    let reopened = open.get(namespaces.writable.len()..).unwrap_or_default();
    for (index, layer) in namespaces.layers.iter().enumerate() {
        put_layer(layer, reopened).map_err(at_index(Step::Layer, index))?;
    }
    let terminals = sys::mount_fresh(
        c"devpts",
        c"/dev/pts",
        flags & !libc::MS_NODEV,
        c"newinstance,ptmxmode=0666,mode=620",
    );
    let shm = namespaces.private_shm
        && sys::mount_fresh(c"tmpfs", c"/dev/shm", libc::MS_NOSUID | libc::MS_NODEV, c"mode=1777").is_ok();
    Ok(Fresh { shm, terminals: terminals.is_ok() })
}

/// Opens a place and makes sure it is still what it was when the orders were written.
fn open_same(place: &Place) -> Result<RawFd, Errno> {
    let fd = sys::open_path(&place.path)?;
    let (id, _) = sys::stat_fd(fd)?;
    if id == place.id { Ok(fd) } else { Err(Errno(libc::ESTALE)) }
}

/// Mounts one layer on its place; `reopened` holds the writable trees kept aside.
fn put_layer(layer: &Layer, reopened: &[(RawFd, RawFd)]) -> Result<(), Errno> {
    let target = open_same(&layer.place)?;
    let tree = match layer.kind {
        // A folder mounted on itself cannot be renamed or removed.
        Layering::Pin => sys::clone_tree(target)?,
        Layering::Cover => {
            let tree = sys::clone_tree(target)?;
            sys::make_read_only(tree, c"")?;
            tree
        }
        Layering::Reopen(index) => reopened.get(index).ok_or(Errno(libc::EINVAL))?.1,
        Layering::MaskFolder => sys::closed_folder()?,
        Layering::MaskFile => sys::closed_file()?,
    };
    sys::attach_tree(tree, target)
}

/// The init of the namespace: waits for the command, reaps strays, and takes everything along when the command ends.
fn mind_namespace(command: libc::pid_t) -> ! {
    let _ = sys::close_range(0, 0);
    loop {
        let mut status: c_int = 0;
        // SAFETY: `status` outlives the call.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, 0) };
        if pid == command {
            exit(if libc::WIFSIGNALED(status) {
                128 + libc::WTERMSIG(status)
            } else {
                libc::WEXITSTATUS(status)
            })
        }
        if pid == -1 && Errno::last() != Errno(libc::EINTR) {
            exit(GAVE_UP)
        }
    }
}

/// Wires the streams, gives up every right, and executes the program.
///
/// # Safety
/// Must be the last thing a freshly forked process does.
unsafe fn become_command(orders: &Orders, fresh: Fresh) -> Outcome {
    // SAFETY: a fresh fork leads no group, so this succeeds.
    unsafe { libc::setsid() };
    wire_streams(orders)?;
    let closed = sys::close_range(3, libc::CLOSE_RANGE_CLOEXEC);
    if orders.confinement.is_some() {
        // An inherited folder descriptor would lead around the mounts.
        closed.map_err(at(Step::Descriptors))?;
    }
    for descriptor in &orders.passed {
        sys::keep_open(*descriptor).map_err(at(Step::Descriptors))?;
    }
    if let Some(program) = &orders.program {
        // SAFETY: the path is NUL-terminated.
        check(unsafe { libc::chdir(program.cwd.as_ptr()) }.into()).map_err(at(Step::Workdir))?;
    }
    reset_signals();
    if let Some(confinement) = &orders.confinement {
        confine(confinement, orders, fresh)?;
    }
    let Some(program) = &orders.program else { return Ok(()) };
    // SAFETY: path, arguments and environment are NUL-terminated and NULL-terminated lists that are still alive.
    unsafe { libc::execve(program.path.as_ptr(), program.argv.as_ptr(), program.env.as_ptr()) };
    Err(at(Step::Execute)(Errno::last()))
}

fn wire_streams(orders: &Orders) -> Outcome {
    let streams = orders.streams;
    let wire = || {
        for (from, to) in [(streams.stdin, 0), (streams.stdout, 1), (streams.stderr, 2)] {
            // SAFETY: plain numbers of open descriptors, all above 2.
            check(unsafe { libc::dup2(from, to) }.into())?;
        }
        if streams.terminal {
            // SAFETY: the request takes a number.
            check(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }.into())?;
        }
        Ok(())
    };
    wire().map_err(at(Step::Streams))
}

/// Back to what a program expects: default actions (we ignore SIGPIPE), nothing blocked.
fn reset_signals() {
    const SIGNAL_MAX: c_int = 64;
    // SAFETY: all values are plain data; signals that cannot be changed are refused and stay as they are.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        for signal in 1..=SIGNAL_MAX {
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

fn confine(confinement: &Confinement, orders: &Orders, fresh: Fresh) -> Outcome {
    if let Some(rules) = confinement.landlock {
        grant_fresh(rules, orders, fresh).map_err(at(Step::Landlock))?;
    }
    sys::drop_capabilities().map_err(at(Step::Capabilities))?;
    sys::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0).map_err(at(Step::Capabilities))?;
    if let Some(rules) = confinement.landlock {
        sys::landlock_restrict(rules.fd).map_err(at(Step::Landlock))?;
    }
    let program = libc::sock_fprog {
        len: confinement.filter.len() as u16,
        // The kernel only reads it; the type comes from an interface that does not say so.
        filter: confinement.filter.as_ptr().cast::<libc::sock_filter>().cast_mut(),
    };
    let pointer = &raw const program as c_ulong;
    sys::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER as c_ulong, pointer).map_err(at(Step::Filter))
}

/// Allows writing to what was made for this command alone.
fn grant_fresh(rules: Rules, orders: &Orders, fresh: Fresh) -> Result<(), Errno> {
    let folders: [(bool, &CStr); 2] = [(fresh.shm, c"/dev/shm"), (fresh.terminals, c"/dev/pts")];
    for (present, path) in folders {
        if present {
            sys::landlock_allow(rules.fd, sys::open_path(path)?, rules.access)?;
        }
    }
    if rules.proc_access != 0 {
        // The one of this command's namespace is not the one that was there when the rules were made.
        sys::landlock_allow(rules.fd, sys::open_path(c"/proc")?, rules.proc_access)?;
    }
    if orders.streams.terminal {
        // The command's own terminal, which programs reopen through /proc/self/fd.
        sys::landlock_allow(rules.fd, 0, rules.file_access)?;
    }
    Ok(())
}

/// Room for the calls of a child that runs in our memory, bytes.
const STACK_BYTES: usize = 128 * 1024;

/// Starts a process that becomes a program in this one's memory, as `vfork` does: nothing of that memory is copied, and
/// this thread stands still until the program is there. What is to be the first process of a namespace cannot start
/// this way, since it stays what it is.
///
/// # Safety
/// The calling thread must have all signals blocked.
unsafe fn start_in_place(orders: &Orders) -> Result<(libc::pid_t, RawFd), Errno> {
    extern "C" fn enter(orders: *mut libc::c_void) -> c_int {
        // SAFETY: the pointer leads to orders that live until this process has become another program or ended, because
        // the thread that owns them stands still; all signals are blocked.
        unsafe { run(&*orders.cast::<Orders>()) }
    }
    let mut stack: Vec<MaybeUninit<u128>> = Vec::with_capacity(STACK_BYTES / size_of::<u128>());
    let mut pidfd: RawFd = -1;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: the stack is aligned, big enough for `run`, and used by nobody else; it outlives the child's use of it, as
    // do the orders and the place for the pidfd. The child has its own descriptors and signal actions.
    let pid = unsafe {
        let top = stack.as_mut_ptr().add(stack.capacity());
        libc::clone(enter, top.cast(), flags, ptr::from_ref(orders).cast_mut().cast(), &raw mut pidfd)
    };
    check(pid.into()).map(|pid| (pid as libc::pid_t, pidfd))
}

/// Starts a process that carries out the orders; returns its number and a pidfd.
///
/// # Safety
/// The calling thread must have all signals blocked.
pub(crate) unsafe fn start(orders: &Orders) -> Result<(libc::pid_t, RawFd), Errno> {
    let Some(namespaces) = orders.namespaces() else {
        // SAFETY: the caller's promise is passed on.
        return unsafe { start_in_place(orders) };
    };
    let mut flags = libc::CLONE_PIDFD | libc::SIGCHLD;
    flags |= libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC;
    if namespaces.doors.is_some() {
        flags |= libc::CLONE_NEWNET;
    }
    let mut pidfd: RawFd = -1;
    // SAFETY: without CLONE_VM this is a fork; the pidfd is stored in a live local. The child only runs `run`, which
    // keeps to system calls.
    let pid = check(unsafe { libc::syscall(libc::SYS_clone, flags as c_long, 0, &raw mut pidfd, 0, 0) })?;
    if pid == 0 {
        // SAFETY: freshly forked, signals blocked by the caller.
        unsafe { run(orders) }
    }
    Ok((pid as libc::pid_t, pidfd))
}
