//! A started process: its end, and the killing of everything it started.
//! Invariant: a signal is only ever sent while the process is unreaped, so it cannot hit a stranger with a reused number.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::sys::{Errno, check};

/// How long dropping an unreaped process waits for it, milliseconds.
const DROP_WAIT_MS: libc::c_int = 200;

/// What a kill reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The process is the init of its own PID namespace: nothing it started survives it.
    Namespace,
    /// Process group and visible descendants.
    Group,
}

/// A child process of ours.
#[derive(Debug)]
pub(crate) struct ChildHandle {
    pid: libc::pid_t,
    pidfd: OwnedFd,
    reach: Reach,
    /// The first process of the namespace, where that is not this process.
    first: Option<OwnedFd>,
    /// Exit code once reaped.
    reaped: Mutex<Option<i32>>,
}

impl ChildHandle {
    pub(crate) fn new(pid: libc::pid_t, pidfd: OwnedFd, reach: Reach) -> Self {
        Self { pid, pidfd, reach, first: None, reaped: Mutex::new(None) }
    }

    /// Names the first process of the namespace that this process stands outside of.
    pub(crate) fn hold_namespace(&mut self, first: OwnedFd) {
        self.first = Some(first);
    }

    /// Whether the first process of the namespace is known.
    pub(crate) fn holds_namespace(&self) -> bool {
        self.first.is_some()
    }

    /// Kills the process and what it started. Does nothing once it has been reaped.
    pub(crate) fn kill(&self) {
        let reaped = self.reaped();
        if reaped.is_some() {
            return;
        }
        match self.reach {
            Reach::Namespace => {
                if let Some(first) = &self.first {
                    signal(first, libc::SIGKILL);
                }
                signal(&self.pidfd, libc::SIGKILL);
            }
            Reach::Group => {
                // Collected first: once their parents are dead the links are gone.
                let descendants = descendants(self.pid);
                // SAFETY: plain numbers; the leader is unreaped, so its group id is still its own.
                unsafe { libc::kill(-self.pid, libc::SIGKILL) };
                signal(&self.pidfd, libc::SIGKILL);
                for pid in descendants {
                    // SAFETY: plain numbers.
                    unsafe { libc::kill(pid, libc::SIGKILL) };
                }
            }
        }
    }

    /// Collects the exit code if the process has ended: its own, or 128 + signal.
    pub(crate) fn try_reap(&self) -> io::Result<Option<i32>> {
        self.wait(libc::WNOHANG)
    }

    /// Waits for the end of a process that is about to end.
    pub(crate) fn reap(&self) -> io::Result<Option<i32>> {
        self.wait(0)
    }

    fn wait(&self, flags: libc::c_int) -> io::Result<Option<i32>> {
        let mut reaped = self.reaped();
        if reaped.is_some() {
            return Ok(*reaped);
        }
        loop {
            // SAFETY: `info` is plain data, all zeroes are valid, and it outlives the call; the union fields read are
            // the ones waitid fills.
            let (result, pid, code, status) = unsafe {
                let mut info: libc::siginfo_t = std::mem::zeroed();
                let fd = self.pidfd.as_raw_fd() as libc::id_t;
                let result =
                    check(libc::waitid(libc::P_PIDFD, fd, &raw mut info, libc::WEXITED | flags).into());
                (result, info.si_pid(), info.si_code, info.si_status())
            };
            match result {
                Err(Errno(libc::EINTR)) => {}
                Err(errno) => return Err(errno.into()),
                Ok(_) if pid == 0 => return Ok(None),
                Ok(_) => {
                    let exit = if code == libc::CLD_EXITED { status } else { 128 + status };
                    *reaped = Some(exit);
                    self.await_namespace();
                    return Ok(*reaped);
                }
            }
        }
    }

    /// The namespace outlives the process outside of it for a moment: whoever sees the end must find it empty.
    fn await_namespace(&self) {
        if let Some(first) = &self.first {
            signal(first, libc::SIGKILL);
            await_end(first);
        }
    }

    fn reaped(&self) -> MutexGuard<'_, Option<i32>> {
        self.reaped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsRawFd for ChildHandle {
    /// The pidfd: readable when the process has ended.
    fn as_raw_fd(&self) -> RawFd {
        self.pidfd.as_raw_fd()
    }
}

impl Drop for ChildHandle {
    fn drop(&mut self) {
        self.kill();
        if self.reaped().is_none() {
            // A killed process ends at once unless it hangs in a device; then it is left to whoever inherits it.
            await_end(&self.pidfd);
            let _ = self.try_reap();
        }
    }
}

fn signal(pidfd: &OwnedFd, signal: libc::c_int) {
    // SAFETY: no pointer is passed; a failure means the process has just ended.
    unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, 0usize, 0);
    }
}

/// Waits for the end of a killed process, within a limit.
fn await_end(pidfd: &OwnedFd) {
    let mut poll = libc::pollfd { fd: pidfd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one valid record is passed.
    unsafe { libc::poll(&raw mut poll, 1, DROP_WAIT_MS) };
}

/// Every process below `pid`, also those that left its group or session.
fn descendants(pid: libc::pid_t) -> Vec<libc::pid_t> {
    let mut children: HashMap<libc::pid_t, Vec<libc::pid_t>> = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    for entry in entries.flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = parent_of(child) {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![pid];
    while let Some(parent) = next.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            found.push(child);
            next.push(child);
        }
    }
    found
}

fn parent_of(pid: libc::pid_t) -> Option<libc::pid_t> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name in parentheses may hold anything, also spaces and parentheses.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}
