//! `system-calls`: makes calls that a sandbox may refuse and prints what each one answers, a line `NAME ERRNO` each;
//! 0 stands for success.

use std::error::Error;
use std::io::Write as _;

/// The lines so far.
struct Answers(Vec<String>);

impl Answers {
    /// To be called right after the system call, while `errno` is still its own.
    fn say(&mut self, name: &str, result: impl Into<i64>) {
        let errno = match result.into() {
            -1 => std::io::Error::last_os_error().raw_os_error().unwrap_or(0),
            _ => 0,
        };
        self.0.push(format!("{name} {errno}\n"));
    }
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let mut answers = Answers(Vec::new());
    kinds_of_sockets(&mut answers);
    uses_of_sockets(&mut answers);
    namespaces_and_mounts(&mut answers);
    processes_and_machine(&mut answers);
    Ok(std::io::stdout().write_all(answers.0.concat().as_bytes())?)
}

fn kinds_of_sockets(answers: &mut Answers) {
    for (name, family, kind) in [
        ("inet", libc::AF_INET, libc::SOCK_STREAM),
        ("inet-udp", libc::AF_INET, libc::SOCK_DGRAM),
        ("inet6", libc::AF_INET6, libc::SOCK_STREAM),
        ("netlink", libc::AF_NETLINK, libc::SOCK_RAW),
        ("vsock", libc::AF_VSOCK, libc::SOCK_STREAM),
        ("unix", libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC),
        ("unix-dgram", libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC),
    ] {
        // SAFETY: takes numbers only; the descriptor dies with this process.
        answers.say(name, unsafe { libc::socket(family, kind, 0) });
    }
}

fn uses_of_sockets(answers: &mut Answers) {
    // SAFETY: every pointer leads to a live local of at least the length given; descriptors die with this process.
    unsafe {
        let unix = libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0);
        let mut address: libc::sockaddr_un = std::mem::zeroed();
        address.sun_family = libc::AF_UNIX as u16;
        address.sun_path[1] = 7; // An abstract address nobody listens on.
        let (pointer, length) = ((&raw const address).cast(), 4);
        answers.say("connect", libc::connect(unix, pointer, length));
        answers.say("bind", libc::bind(unix, pointer, length));
        answers.say("listen", libc::listen(unix, 1));

        let mut pair = [-1; 2];
        answers.say("pair", libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0, pair.as_mut_ptr()));
        answers.say("pair-write", libc::write(pair[0], c"x".as_ptr().cast(), 1) as i64);
        answers.say("pair-send", libc::send(pair[0], c"x".as_ptr().cast(), 1, 0) as i64);
        let mut byte = 0u8;
        answers.say("pair-recv", libc::recv(pair[1], (&raw mut byte).cast(), 1, 0) as i64);

        let mut peer: libc::sockaddr_storage = std::mem::zeroed();
        for (name, descriptor) in [("peer-of-stdin", 0), ("peer-of-pair", pair[0])] {
            let mut length = size_of_val(&peer) as libc::socklen_t;
            answers.say(name, libc::getpeername(descriptor, (&raw mut peer).cast(), &raw mut length));
        }
    }
}

fn namespaces_and_mounts(answers: &mut Answers) {
    // SAFETY: paths are literals, null stands where the call allows it, and the rest are numbers.
    unsafe {
        let tmpfs = libc::mount(c"none".as_ptr(), c"/tmp".as_ptr(), c"tmpfs".as_ptr(), 0, std::ptr::null());
        answers.say("mount", tmpfs);
        answers.say("umount", libc::umount2(c"/dev/shm".as_ptr(), libc::MNT_DETACH));
        answers.say("unshare-user", libc::unshare(libc::CLONE_NEWUSER));
        answers.say("unshare-mount", libc::unshare(libc::CLONE_NEWNS));
        let flags = libc::CLONE_NEWUSER | libc::SIGCHLD;
        answers.say("clone-user", libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0));
        answers.say("clone3", libc::syscall(libc::SYS_clone3, 0, 0));
        answers.say("setns", libc::setns(0, 0));
        answers.say("chroot", libc::chroot(c"/".as_ptr()));
        answers.say("open_tree", libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, c"/".as_ptr(), 1));
    }
}

fn processes_and_machine(answers: &mut Answers) {
    let mut byte = 0u8;
    let own = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: the buffers are live locals; the other arguments are numbers the kernel turns down.
    unsafe {
        let read = libc::process_vm_readv(libc::getpid(), &raw const own, 1, &raw const own, 1, 0);
        answers.say("process_vm_readv", read as i64);
        answers.say("io_uring_setup", libc::syscall(libc::SYS_io_uring_setup, 1, 0));
        answers.say("bpf", libc::syscall(libc::SYS_bpf, 0, 0, 0));
        answers.say("reboot", libc::reboot(0));
        // Last, since success would change this process.
        answers.say("ptrace", libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0));
    }
}
