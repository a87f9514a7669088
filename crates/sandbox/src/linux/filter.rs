//! The system call filters of a restricted command (`safety.md §2`).
//! Invariant: whatever could undo the sandbox, look into other processes or (network off) reach another host answers EPERM.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use super::tree::{self, Fate};

/// Whether the filter lets a command use the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    On,
    Off,
    /// Internet sockets only: the command stands in a network of its own.
    Proxied,
    /// The same and local sockets.
    ProxiedWithLocalSockets,
}

/// Whether mounts keep modes, owners and attributes outside the roots from being changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metadata {
    /// Read-only mounts do.
    KeptByMounts,
    /// Nothing else does: Landlock has no rights for these calls, so they are refused everywhere.
    Frozen,
}

/// Refused in every restricted mode, whatever the arguments.
const ALWAYS_REFUSED: &[c_long] = &[
    // Looking into or steering other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    // Ways around the filter itself.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    // Changing what the mount barrier shows.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    // The machine as a whole.
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_vhangup,
    // Keyrings outlive and cross sandboxes.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
];

/// Of these some machines have more.
#[cfg(target_arch = "x86_64")]
const ALWAYS_REFUSED_HERE: &[c_long] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_kexec_file_load];
#[cfg(not(target_arch = "x86_64"))]
const ALWAYS_REFUSED_HERE: &[c_long] = &[];

/// Refused besides while the network is off. `recvfrom` stays: build tools read their socket pairs with it. So does
/// `getpeername`, which opens nothing: bash asks it whether its input is a network connection, takes every answer but
/// ENOTSOCK and EINVAL for yes, and then reads `~/.bashrc` even for `bash -c`.
const NETWORK_REFUSED: &[c_long] = &[
    libc::SYS_connect,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_sendto,
    libc::SYS_sendmmsg,
    libc::SYS_recvmmsg,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
];

/// Calls that change a file without writing to it.
const METADATA_REFUSED: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SYS_SETXATTRAT,
    SYS_REMOVEXATTRAT,
    SYS_FILE_SETATTR,
];

/// Older forms of the same, which only some machines have.
#[cfg(target_arch = "x86_64")]
const METADATA_REFUSED_HERE: &[c_long] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const METADATA_REFUSED_HERE: &[c_long] = &[];

// Newer than the C library's list; the numbers are the same on every machine.
const SYS_SETXATTRAT: c_long = 463;
const SYS_REMOVEXATTRAT: c_long = 466;
const SYS_FILE_SETATTR: c_long = 469;
/// `ioctl` requests that set a file's flags: `FS_IOC_SETFLAGS`, `FS_IOC_FSSETXATTR`.
const FLAG_REQUESTS: [u64; 2] = [0x4008_6602, 0x401c_5820];

/// Bits of `clone` and `unshare` that create namespaces.
const NAMESPACE_FLAGS: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWCGROUP,
];

/// The compiled program for a command. The error says what is missing.
pub(crate) fn program(network: Network, metadata: Metadata) -> Result<&'static BpfProgram, String> {
    type Compiled = OnceLock<Result<BpfProgram, String>>;
    static CELLS: [[Compiled; 2]; 4] = [const { [const { OnceLock::new() }; 2] }; 4];
    let row = match network {
        Network::On => 0,
        Network::Off => 1,
        Network::Proxied => 2,
        Network::ProxiedWithLocalSockets => 3,
    };
    let cell = &CELLS[row][usize::from(metadata == Metadata::Frozen)];
    let compiled = cell.get_or_init(|| {
        compile(network, metadata)
            .map_err(|error| format!("the system call filter does not compile: {error}"))
    });
    compiled.as_ref().map_err(Clone::clone)
}

/// Why the filters cannot be used here, `None` when they can.
pub(crate) fn filter_missing() -> Option<String> {
    if let Err(reason) = program(Network::Off, Metadata::Frozen) {
        return Some(reason);
    }
    // SAFETY: the option takes no pointers. It is answered with EINVAL by a kernel without seccomp.
    let mode = unsafe { libc::prctl(libc::PR_GET_SECCOMP, 0, 0, 0, 0) };
    (mode == -1).then(|| "the kernel has no seccomp".to_owned())
}

/// One program: a search tree over the call numbers, and behind it the rules that look at arguments.
///
/// The kernel runs a fresh filter once for every number there is, so a chain of comparisons as long as the list of calls
/// would cost more than all the rest of a start; a tree of the same size costs next to nothing.
fn compile(network: Network, metadata: Metadata) -> Result<BpfProgram, seccompiler::Error> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let conditional = conditional_rules(network, metadata)?;
    let mut fates: BTreeMap<u32, Fate> = BTreeMap::new();
    fates.extend(conditional.keys().map(|call| (*call as u32, Fate::ByArguments)));
    fates.extend(refused_calls(network, metadata).map(|call| (call as u32, Fate::Refused)));
    fates.insert(libc::SYS_clone3 as u32, Fate::Absent);
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let by_arguments: BpfProgram =
        SeccompFilter::new(conditional, SeccompAction::Allow, refuse, arch)?.try_into()?;
    Ok(tree::program(&fates, by_arguments))
}

/// What is refused whatever its arguments are.
fn refused_calls(network: Network, metadata: Metadata) -> impl Iterator<Item = c_long> {
    let of_network = if network == Network::Off { NETWORK_REFUSED } else { &[] };
    let (of_metadata, here): (&[c_long], &[c_long]) =
        if metadata == Metadata::Frozen { (METADATA_REFUSED, METADATA_REFUSED_HERE) } else { (&[], &[]) };
    let lists = [ALWAYS_REFUSED, ALWAYS_REFUSED_HERE, of_network, of_metadata, here];
    lists.into_iter().flatten().copied()
}

/// What is refused for some arguments only.
fn conditional_rules(
    network: Network,
    metadata: Metadata,
) -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for flag in NAMESPACE_FLAGS {
        let bit = flag as u64;
        for call in [libc::SYS_unshare, libc::SYS_clone] {
            let rule = rule(&[argument(0, SeccompCmpOp::MaskedEq(bit), bit)?])?;
            rules.entry(call).or_default().push(rule);
        }
    }
    if network != Network::On {
        let (socket, pair) = socket_rules(network)?;
        rules.insert(libc::SYS_socket, socket);
        if !pair.is_empty() {
            rules.insert(libc::SYS_socketpair, pair);
        }
    }
    if metadata == Metadata::Frozen {
        // Setting times by path; by descriptor it stays, since that is how new files get theirs.
        let path_given = SeccompCondition::new(1, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
        rules.insert(libc::SYS_utimensat, vec![rule(&[path_given])?]);
        for request in FLAG_REQUESTS {
            let set = rule(&[argument(1, SeccompCmpOp::Eq, request)?])?;
            rules.entry(libc::SYS_ioctl).or_default().push(set);
        }
    }
    Ok(rules)
}

/// What is refused of `socket` and of `socketpair`.
fn socket_rules(network: Network) -> Result<(Vec<SeccompRule>, Vec<SeccompRule>), seccompiler::BackendError> {
    let other_than = |families: &[libc::c_int]| {
        let conditions: Result<Vec<_>, _> =
            families.iter().map(|family| argument(0, SeccompCmpOp::Ne, *family as u64)).collect();
        rule(&conditions?)
    };
    // A local datagram socket could reach any listening path with `sendmsg`, without `connect`.
    // For local sockets SOCK_RAW is another word for SOCK_DGRAM.
    let mut datagrams = Vec::new();
    for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW] {
        datagrams.push(rule(&[argument(1, SeccompCmpOp::MaskedEq(0xf), kind as u64)?])?);
    }
    let with_datagrams = |first| [vec![first], datagrams].concat();
    Ok(match network {
        Network::On => (Vec::new(), Vec::new()),
        Network::Off => {
            let all = with_datagrams(other_than(&[libc::AF_UNIX])?);
            (all.clone(), all)
        }
        // Of the other families some know no network namespaces (AF_VSOCK reaches the machine's host).
        Network::Proxied => {
            let pairs = with_datagrams(other_than(&[libc::AF_UNIX])?);
            (vec![other_than(&[libc::AF_INET, libc::AF_INET6])?], pairs)
        }
        Network::ProxiedWithLocalSockets => {
            (vec![other_than(&[libc::AF_INET, libc::AF_INET6, libc::AF_UNIX])?], Vec::new())
        }
    })
}

fn argument(index: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, op, value)
}

fn rule(conditions: &[SeccompCondition]) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(conditions.to_vec())
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
