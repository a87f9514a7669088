//! The streams of a command: one pipe for both outputs, or a pseudo terminal.
//! Invariant: every descriptor is close-on-exec from birth, and only our end is non-blocking.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;

use super::orders::Streams;
use super::sys::check;
use crate::StdioMode;

/// Room asked for in an output pipe, bytes: fewer wake-ups while a command floods us.
const PIPE_BYTES: libc::c_int = 256 * 1024;

/// Both sides of the streams.
#[derive(Debug)]
pub(crate) struct Wiring {
    /// Where output arrives, and for a terminal where input goes; non-blocking.
    pub(crate) ours: OwnedFd,
    stdin: OwnedFd,
    stdout: OwnedFd,
    stderr: Option<OwnedFd>,
    terminal: bool,
}

impl Wiring {
    /// Opens the streams of a mode.
    pub(crate) fn open(mode: StdioMode) -> io::Result<Self> {
        match mode {
            StdioMode::Pty { rows, cols } => {
                let (ours, theirs) = open_terminal(rows, cols)?;
                let stdout = theirs.try_clone()?;
                Ok(Self { ours, stdin: theirs, stdout, stderr: None, terminal: true })
            }
            StdioMode::Pipes => {
                let (ours, stdout) = open_pipe()?;
                Ok(Self { ours, stdin: open_null()?, stdout, stderr: None, terminal: false })
            }
            StdioMode::StdoutOnly => {
                let (ours, stdout) = open_pipe()?;
                let null = open_null()?;
                Ok(Self { ours, stdin: null.try_clone()?, stdout, stderr: Some(null), terminal: false })
            }
            StdioMode::Inherit => {
                // The writing end is closed here: there is no output to wait for.
                let (ours, _) = open_pipe()?;
                let copy = |fd: BorrowedFd<'_>| fd.try_clone_to_owned();
                Ok(Self {
                    ours,
                    stdin: copy(io::stdin().as_fd())?,
                    stdout: copy(io::stdout().as_fd())?,
                    stderr: Some(copy(io::stderr().as_fd())?),
                    terminal: false,
                })
            }
        }
    }

    /// The child's side, by number.
    pub(crate) fn streams(&self) -> Streams {
        Streams {
            stdin: self.stdin.as_raw_fd(),
            stdout: self.stdout.as_raw_fd(),
            stderr: self.stderr.as_ref().unwrap_or(&self.stdout).as_raw_fd(),
            terminal: self.terminal,
        }
    }

    /// Our side; the child's is closed here.
    pub(crate) fn into_ours(self) -> OwnedFd {
        self.ours
    }
}

/// A close-on-exec pipe: read end, write end.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends: [RawFd; 2] = [-1; 2];
    // SAFETY: the array has room for both ends; on success both are fresh and ours.
    unsafe {
        check(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC).into())?;
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

fn open_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = pipe()?;
    // A smaller pipe works as well, so a refusal does not matter.
    // SAFETY: plain numbers on an open descriptor.
    unsafe { libc::fcntl(read.as_raw_fd(), libc::F_SETPIPE_SZ, PIPE_BYTES) };
    never_wait(&read)?;
    Ok((read, write))
}

/// Makes reading from an end of a pipe return at once.
pub(crate) fn never_wait(end: &OwnedFd) -> io::Result<()> {
    // SAFETY: plain numbers on an open descriptor.
    check(unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }.into())?;
    Ok(())
}

pub(crate) fn open_null() -> io::Result<OwnedFd> {
    Ok(OpenOptions::new().read(true).write(true).open("/dev/null")?.into())
}

fn open_terminal(rows: u16, cols: u16) -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = libc::O_NOCTTY | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let ours: OwnedFd =
        OpenOptions::new().read(true).write(true).custom_flags(flags).open("/dev/ptmx")?.into();
    let size = libc::winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
    let unlocked: libc::c_int = 0;
    let open = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: the pointers lead to live locals of the types these requests take; the returned descriptor is fresh.
    unsafe {
        check(libc::ioctl(ours.as_raw_fd(), libc::TIOCSPTLCK, &raw const unlocked).into())?;
        check(libc::ioctl(ours.as_raw_fd(), libc::TIOCSWINSZ, &raw const size).into())?;
        let theirs = check(libc::ioctl(ours.as_raw_fd(), libc::TIOCGPTPEER, open).into())?;
        Ok((ours, OwnedFd::from_raw_fd(theirs as RawFd)))
    }
}
