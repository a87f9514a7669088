//! The inner half's work as a list of system calls: the same steps in the same order as `inner` and `child` take, written
//! outside for the program that makes nothing but calls. Invariant: nothing of the command runs before every check has held.

use std::ffi::CStr;
use std::mem::{offset_of, size_of};

use seccompiler::BpfProgram;

use super::parcel::Check;
use super::stub::{CALL_BYTES, CALLS_AT, Call, DATA_AT, HEADER_BYTES, MUST_BE, MUST_DIFFER};
use crate::linux::orders::{Failure, Program, Rules, Step, Streams};
use crate::linux::sys::FileId;

/// What the list is made from.
#[derive(Debug)]
pub(super) struct Inner<'a> {
    /// `None` only tries out the sandbox.
    pub(super) program: Option<&'a Program>,
    pub(super) streams: Streams,
    pub(super) report: i32,
    pub(super) go: i32,
    pub(super) rules: Option<Rules>,
    pub(super) filter: &'a BpfProgram,
    pub(super) checks: &'a [Check],
    /// Path and identity of each namespace that must not be the command's.
    pub(super) outside: &'a [(&'a CStr, FileId)],
    pub(super) private_shm: bool,
}

/// The calls, and the memory they point to.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) calls: Vec<Call>,
    pub(super) data: Vec<u8>,
}

/// Everything the inner half does.
pub(super) fn steps(inner: &Inner<'_>) -> Steps {
    let mut steps = Steps::default();
    steps.come_in(inner);
    for (index, check) in inner.checks.iter().enumerate() {
        steps.examine(check, index);
    }
    for (path, outside) in inner.outside {
        steps.stand_apart(path, *outside, inner.checks.len());
    }
    steps.wire(inner.streams);
    if let Some(program) = inner.program {
        let cwd = steps.text(&program.cwd);
        steps.must(Step::Workdir, libc::SYS_chdir, [cwd]);
    }
    steps.reset_signals();
    if let Some(rules) = inner.rules {
        steps.grant_fresh(rules, inner);
    }
    steps.confine(inner);
    match inner.program {
        Some(program) => steps.execute(program),
        None => steps.must(Step::Execute, libc::SYS_exit_group, [0]),
    }
    steps
}

/// Where the flags of a mount stand in what `fstatfs` tells: behind the size of a fragment.
const MOUNT_FLAGS_AT: u64 = offset_of!(libc::statfs, f_frsize) as u64 + 8;
const AT_FDCWD: u64 = libc::AT_FDCWD as u64;

impl Steps {
    /// Says that we are there, and waits for the word to go on.
    fn come_in(&mut self, inner: &Inner<'_>) {
        let entered = self.put(&Failure { step: Step::Entered, index: 0, errno: 0 }.to_bytes());
        self.must(Step::Inspect, libc::SYS_write, [inner.report as u64, entered, Failure::BYTES as u64]);
        let (word, length) = (self.room(8), self.room(8));
        self.must(Step::Inspect, libc::SYS_read, [inner.go as u64, word, 1]);
        self.result_to(length);
        // Without a word whoever started us is gone.
        self.must_be(length, u64::MAX, 1, (Step::Inspect, 0, libc::EPIPE));
    }

    /// As `inner::examine`.
    fn examine(&mut self, check: &Check, index: usize) {
        let stat = self.room(size_of::<libc::stat>());
        let (dev, ino) = (offset_of!(libc::stat, st_dev) as u64, offset_of!(libc::stat, st_ino) as u64);
        self.open(&check.path, Step::Inspect, index);
        self.pass_on(0);
        self.add(Step::Inspect, index, libc::SYS_fstat, [0, stat]);
        let stale = (Step::Inspect, index, libc::ESTALE);
        if let Some(id) = check.id {
            if check.hidden {
                self.must_differ(stat + dev, id, stale);
            } else {
                self.must_be(stat + dev, u64::MAX, id.dev, stale);
                self.must_be(stat + ino, u64::MAX, id.ino, stale);
            }
        }
        if let Some(read_only) = check.read_only {
            let statfs = self.room(size_of::<libc::statfs>());
            self.open(&check.path, Step::Inspect, index);
            self.pass_on(0);
            self.add(Step::Inspect, index, libc::SYS_fstatfs, [0, statfs]);
            let flags = statfs + MOUNT_FLAGS_AT;
            let wanted = if read_only { libc::ST_RDONLY } else { 0 };
            self.must_be(flags, libc::ST_RDONLY, wanted, (Step::Inspect, index, libc::EPERM));
        }
    }

    /// Makes sure that a namespace is another one than ours.
    fn stand_apart(&mut self, path: &CStr, outside: FileId, index: usize) {
        let stat = self.room(size_of::<libc::stat>());
        let path = self.text(path);
        self.add(Step::Inspect, index, libc::SYS_newfstatat, [AT_FDCWD, path, stat, 0]);
        let dev = offset_of!(libc::stat, st_dev) as u64;
        self.must_differ(stat + dev, outside, (Step::Inspect, index, libc::EPERM));
    }

    /// As `child::become_command` up to the working folder.
    fn wire(&mut self, streams: Streams) {
        self.may(libc::SYS_setsid, []);
        for (from, to) in [(streams.stdin, 0), (streams.stdout, 1), (streams.stderr, 2)] {
            self.must(Step::Streams, libc::SYS_dup2, [from as u64, to]);
        }
        if streams.terminal {
            self.must(Step::Streams, libc::SYS_ioctl, [0, libc::TIOCSCTTY, 0]);
        }
        let all = [3, libc::c_uint::MAX.into(), libc::CLOSE_RANGE_CLOEXEC.into()];
        self.must(Step::Descriptors, libc::SYS_close_range, all);
    }

    fn reset_signals(&mut self) {
        // The kernel's own record of an action; all zeroes is the default one.
        const ACTION_BYTES: usize = 32;
        const SET_BYTES: u64 = 8;
        let (action, none) = (self.room(ACTION_BYTES), self.room(SET_BYTES as usize));
        for signal in 1..=64 {
            self.may(libc::SYS_rt_sigaction, [signal, action, 0, SET_BYTES]);
        }
        self.may(libc::SYS_rt_sigprocmask, [libc::SIG_SETMASK as u64, none, 0, SET_BYTES]);
    }

    /// As `child::grant_fresh`.
    fn grant_fresh(&mut self, rules: Rules, inner: &Inner<'_>) {
        let mut fresh = vec![(c"/dev/pts", rules.access)];
        if inner.private_shm {
            fresh.push((c"/dev/shm", rules.access));
        }
        if rules.proc_access != 0 {
            fresh.push((c"/proc", rules.proc_access));
        }
        for (path, access) in fresh {
            let (attributes, descriptor) = self.rule(access);
            self.open(path, Step::Landlock, 0);
            self.result_to(descriptor);
            self.allow(rules, attributes);
        }
        if inner.streams.terminal {
            // Standard input, which is descriptor zero.
            let (attributes, _) = self.rule(rules.file_access);
            self.allow(rules, attributes);
        }
    }

    /// Room for a rule; where it lies, and where in it the descriptor.
    fn rule(&mut self, access: u64) -> (u64, u64) {
        let attributes = self.put(&access.to_ne_bytes());
        (attributes, self.room(8))
    }

    fn allow(&mut self, rules: Rules, attributes: u64) {
        const PATH_BENEATH: u64 = 1;
        let arguments = [rules.fd as u64, PATH_BENEATH, attributes, 0];
        self.must(Step::Landlock, libc::SYS_landlock_add_rule, arguments);
    }

    /// As `child::confine` behind that.
    fn confine(&mut self, inner: &Inner<'_>) {
        const VERSION_3: u64 = 0x2008_0522;
        for capability in 0..64 {
            self.may(libc::SYS_prctl, [libc::PR_CAPBSET_DROP as u64, capability, 0, 0, 0]);
        }
        let clear = [libc::PR_CAP_AMBIENT as u64, libc::PR_CAP_AMBIENT_CLEAR_ALL as u64, 0, 0, 0];
        self.may(libc::SYS_prctl, clear);
        // The version and, behind it, the process: zero for this one.
        let (header, empty) = (self.put(&VERSION_3.to_ne_bytes()), self.room(24));
        self.must(Step::Capabilities, libc::SYS_capset, [header, empty]);
        self.must(Step::Capabilities, libc::SYS_prctl, [libc::PR_SET_NO_NEW_PRIVS as u64, 1, 0, 0, 0]);
        if let Some(rules) = inner.rules {
            self.must(Step::Landlock, libc::SYS_landlock_restrict_self, [rules.fd as u64, 0]);
        }
        let filter: Vec<u8> = super::outer::filter_bytes(inner.filter);
        let at = self.put(&filter);
        let program = self.put(&(inner.filter.len() as u64).to_ne_bytes());
        self.put(&at.to_ne_bytes());
        let install = [libc::PR_SET_SECCOMP as u64, libc::SECCOMP_MODE_FILTER.into(), program, 0, 0];
        self.must(Step::Filter, libc::SYS_prctl, install);
    }

    fn execute(&mut self, program: &Program) {
        let path = self.text(&program.path);
        let lists = [&program.argv, &program.env].map(|list| {
            let mut texts: Vec<u64> = list.strings().iter().map(|text| self.text(text)).collect();
            texts.push(0);
            self.put(&texts.into_iter().flat_map(u64::to_ne_bytes).collect::<Vec<_>>())
        });
        self.must(Step::Execute, libc::SYS_execve, [path, lists[0], lists[1]]);
    }

    /// Opens a path as `sys::open_path` does.
    fn open(&mut self, path: &CStr, step: Step, index: usize) {
        let flags = (libc::O_PATH | libc::O_CLOEXEC | libc::O_NOFOLLOW) as u64;
        let how = [flags, 0, libc::RESOLVE_NO_SYMLINKS];
        let at = self.put(&how.into_iter().flat_map(u64::to_ne_bytes).collect::<Vec<_>>());
        let path = self.text(path);
        self.add(step, index, libc::SYS_openat2, [AT_FDCWD, path, at, size_of_val(&how) as u64]);
    }

    fn must<const N: usize>(&mut self, step: Step, number: libc::c_long, arguments: [u64; N]) {
        self.add(step, 0, number, arguments);
    }

    /// A call whose failure changes nothing.
    fn may<const N: usize>(&mut self, number: libc::c_long, arguments: [u64; N]) {
        self.add(Step::Inspect, 0, number, arguments);
        if let Some(call) = self.calls.last_mut() {
            call.must_succeed = false;
        }
    }

    fn add<const N: usize>(&mut self, step: Step, index: usize, number: i64, arguments: [u64; N]) {
        let mut all = [0; 6];
        all[..N].copy_from_slice(&arguments);
        let blame = (step as i32, index as i32);
        self.calls.push(Call { number, arguments: all, must_succeed: true, result_to: 0, blame });
    }

    fn must_be(&mut self, at: u64, mask: u64, wanted: u64, (step, index, errno): (Step, usize, i32)) {
        self.add(step, index, MUST_BE, [at, mask, wanted, errno as u64]);
    }

    /// `at` is where the device stands, with the number of the object behind it.
    fn must_differ(&mut self, at: u64, id: FileId, (step, index, errno): (Step, usize, i32)) {
        self.add(step, index, MUST_DIFFER, [at, id.dev, id.ino, errno as u64]);
    }

    /// Keeps the result of the last call.
    fn result_to(&mut self, at: u64) {
        if let Some(call) = self.calls.last_mut() {
            call.result_to = at;
        }
    }

    /// Makes the result of the last call an argument of the next one.
    fn pass_on(&mut self, argument: u64) {
        let next = CALLS_AT + HEADER_BYTES + self.calls.len() as u64 * CALL_BYTES;
        self.result_to(next + 8 * (argument + 1));
    }

    fn text(&mut self, text: &CStr) -> u64 {
        self.put(text.to_bytes_with_nul())
    }

    fn room(&mut self, bytes: usize) -> u64 {
        self.put(&vec![0; bytes])
    }

    /// Lays bytes down, aligned for every kind of word; says where.
    fn put(&mut self, bytes: &[u8]) -> u64 {
        self.data.resize(self.data.len().next_multiple_of(8), 0);
        let at = DATA_AT + self.data.len() as u64;
        self.data.extend(bytes);
        at
    }
}

/// The comparison of two words at once needs them side by side.
const _: () = assert!(offset_of!(libc::stat, st_ino) == offset_of!(libc::stat, st_dev) + 8);
