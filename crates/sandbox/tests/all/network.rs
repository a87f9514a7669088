//! System calls that a restricted command is refused, and the rights it no longer has.

use std::fmt::Write as _;
use std::io::Write as _;

use codex_protocol::SandboxPolicy;
use pretty_assertions::assert_eq;

use crate::harness::{Site, any_sandbox, full_sandbox, helper, is_helper, run};

/// The lines `name errno` a helper printed.
async fn probe(policy: SandboxPolicy) -> Vec<String> {
    let site = Site::new();
    let ran = run(helper(&site, policy, "network::helper_tries_system_calls")).await;
    assert_eq!(ran.code, 0, "{}", ran.output);
    ran.output.lines().filter_map(|line| line.strip_prefix("probe ")).map(str::to_owned).collect()
}

/// Runs inside the sandbox and prints what each call answers.
#[test]
#[ignore = "only runs as a child of the other tests"]
fn helper_tries_system_calls() {
    if !is_helper() {
        return;
    }
    let mut text = String::new();
    let mut say = |name: &str, result: i64| {
        let errno =
            if result == -1 { std::io::Error::last_os_error().raw_os_error().unwrap_or(0) } else { 0 };
        writeln!(text, "probe {name} {errno}").unwrap();
    };
    // SAFETY: the calls get numbers or live buffers; whatever they open dies with this process.
    unsafe {
        for (name, family, kind) in [
            ("inet", libc::AF_INET, libc::SOCK_STREAM),
            ("inet-udp", libc::AF_INET, libc::SOCK_DGRAM),
            ("inet6", libc::AF_INET6, libc::SOCK_STREAM),
            ("netlink", libc::AF_NETLINK, libc::SOCK_RAW),
            ("vsock", libc::AF_VSOCK, libc::SOCK_STREAM),
            ("unix", libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC),
            ("unix-dgram", libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC),
        ] {
            say(name, libc::socket(family, kind, 0).into());
        }
        let unix = libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0);
        let mut address: libc::sockaddr_un = std::mem::zeroed();
        address.sun_family = libc::AF_UNIX as u16;
        address.sun_path[1] = 7; // An abstract address nobody listens on.
        let (pointer, length) = ((&raw const address).cast(), 4);
        say("connect", libc::connect(unix, pointer, length).into());
        say("bind", libc::bind(unix, pointer, length).into());
        say("listen", libc::listen(unix, 1).into());
        let mut pair = [-1; 2];
        say("pair", libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0, pair.as_mut_ptr()).into());
        say("pair-write", libc::write(pair[0], c"x".as_ptr().cast(), 1) as i64);
        say("pair-send", libc::send(pair[0], c"x".as_ptr().cast(), 1, 0) as i64);
        let mut byte = 0u8;
        say("pair-recv", libc::recv(pair[1], (&raw mut byte).cast(), 1, 0) as i64);

        let own = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        let pid = libc::getpid();
        say("process_vm_readv", libc::process_vm_readv(pid, &raw const own, 1, &raw const own, 1, 0) as i64);
        say("io_uring_setup", libc::syscall(libc::SYS_io_uring_setup, 1, 0));
        say(
            "mount",
            libc::mount(c"none".as_ptr(), c"/tmp".as_ptr(), c"tmpfs".as_ptr(), 0, std::ptr::null()).into(),
        );
        say("umount", libc::umount2(c"/dev/shm".as_ptr(), libc::MNT_DETACH).into());
        say("unshare-user", libc::unshare(libc::CLONE_NEWUSER).into());
        say("unshare-mount", libc::unshare(libc::CLONE_NEWNS).into());
        say("clone-user", libc::syscall(libc::SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, 0, 0, 0, 0));
        say("clone3", libc::syscall(libc::SYS_clone3, 0, 0));
        say("setns", libc::setns(0, 0).into());
        say("chroot", libc::chroot(c"/".as_ptr()).into());
        say("open_tree", libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, c"/".as_ptr(), 1));
        say("bpf", libc::syscall(libc::SYS_bpf, 0, 0, 0));
        say("reboot", libc::reboot(0).into());
        // Last, since success would change this process.
        say("ptrace", libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0));
    }
    std::io::stdout().write_all(format!("\n{text}").as_bytes()).unwrap();
}

// covers: safety S8, safety S9, safety S10
#[tokio::test]
async fn with_the_network_off_nothing_leaves() {
    if !any_sandbox().await {
        return;
    }
    let expected = "inet 1, inet-udp 1, inet6 1, netlink 1, vsock 1, unix 0, unix-dgram 1, connect 1, bind 1, listen 1, \
        pair 0, pair-write 0, pair-send 1, pair-recv 0, process_vm_readv 1, io_uring_setup 1, mount 1, umount 1, \
        unshare-user 1, unshare-mount 1, clone-user 1, clone3 38, setns 1, chroot 1, open_tree 1, bpf 1, reboot 1, ptrace 1";
    assert_eq!(probe(SandboxPolicy::workspace_write()).await.join(", "), expected);
    assert_eq!(probe(SandboxPolicy::ReadOnly).await.join(", "), expected);
}

#[tokio::test]
async fn network_access_opens_sockets_and_nothing_else() {
    if !any_sandbox().await {
        return;
    }
    let policy = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: true,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: false,
    };
    let answers = probe(policy).await;
    for open in ["inet 0", "inet-udp 0", "unix 0", "unix-dgram 0", "pair-send 0"] {
        assert!(answers.contains(&open.to_owned()), "{open}: {answers:?}");
    }
    for refused in ["ptrace 1", "process_vm_readv 1", "io_uring_setup 1", "mount 1", "unshare-user 1"] {
        assert!(answers.contains(&refused.to_owned()), "{refused}: {answers:?}");
    }
}

// covers: safety S11
#[tokio::test]
async fn no_capability_is_left_and_none_can_come_back() {
    if !any_sandbox().await {
        return;
    }
    let script = "grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'";
    let expected = "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n\
        CapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n";
    let site = Site::new();
    for policy in [SandboxPolicy::ReadOnly, SandboxPolicy::workspace_write()] {
        assert_eq!(site.run(policy, script).await.output, expected);
    }
}

// covers: safety S12, safety S32
#[tokio::test]
async fn host_processes_and_kernel_switches_are_out_of_reach() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let count = site.ww("ls /proc | grep -c '^[0-9]*$'").await;
    assert!(count.output.trim().parse::<u32>().unwrap() < 12, "{count:?}");
    for script in [
        format!("kill -0 {}", std::process::id()),
        "v=$(cat /proc/sys/vm/swappiness); echo $v > /proc/sys/vm/swappiness".to_owned(),
        "echo h > /proc/sysrq-trigger".to_owned(),
        "cat /proc/1/environ".to_owned(),
        "cat /proc/1/mem".to_owned(),
        "ls /proc/1/root/".to_owned(),
    ] {
        assert_ne!(site.ww(&script).await.code, 0, "{script}");
    }
}
