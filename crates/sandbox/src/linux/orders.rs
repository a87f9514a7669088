//! Everything the child needs, prepared before it exists: after the fork it may neither allocate nor lock.
//! Invariant: plain data only; every path is a C string and every descriptor stays open until the child has started.

use std::ffi::{CString, c_char};
use std::os::fd::RawFd;

use seccompiler::BpfProgram;

use super::sys::FileId;
use crate::ProxyDoors;

/// A path and the object it must still lead to when the child gets there.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) path: CString,
    pub(crate) id: FileId,
}

/// One more mount.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) place: Place,
    pub(crate) kind: Layering,
}

/// What a mount does to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layering {
    /// Keeps a writable folder from being moved.
    Pin,
    /// Makes it read-only.
    Cover,
    /// Makes it writable again below a cover; the number of the reopened folder.
    Reopen(usize),
    /// Hides a folder.
    MaskFolder,
    /// Hides a file.
    MaskFile,
}

/// Private namespaces and what is mounted in them.
#[derive(Debug)]
pub(crate) struct Namespaces {
    /// Content of `uid_map`.
    pub(crate) uid_map: Vec<u8>,
    /// Content of `gid_map`.
    pub(crate) gid_map: Vec<u8>,
    /// Writable mounts; none of them lies in another.
    pub(crate) writable: Vec<Place>,
    /// Writable folders below a read-only cover, in the order of their [`Layering::Reopen`].
    pub(crate) reopened: Vec<Place>,
    /// What is mounted over all that, parents first.
    pub(crate) layers: Vec<Layer>,
    /// False when the root folder itself is writable.
    pub(crate) read_only_root: bool,
    /// False when a writable root lies in `/dev/shm`, which a private one would hide.
    pub(crate) private_shm: bool,
    /// Listeners to open in a private network; `None` shares ours.
    pub(crate) doors: Option<DoorOrders>,
}

/// Listeners of a private network and where they are handed over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DoorOrders {
    pub(crate) doors: ProxyDoors,
    /// Our side reads the descriptors from the other end.
    pub(crate) channel: RawFd,
}

impl Namespaces {
    /// Everything read-only, and nobody mapped.
    pub(crate) fn without_roots() -> Self {
        Self {
            uid_map: Vec::new(),
            gid_map: Vec::new(),
            writable: Vec::new(),
            reopened: Vec::new(),
            layers: Vec::new(),
            read_only_root: true,
            private_shm: true,
            doors: None,
        }
    }
}

/// A Landlock ruleset to enter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) fd: RawFd,
    pub(crate) access: u64,
    pub(crate) file_access: u64,
    /// Rights to read, where they are limited and the kernel's view of the processes may be read.
    pub(crate) proc_access: u64,
}

/// The limits of a restricted command.
#[derive(Debug)]
pub(crate) struct Confinement {
    pub(crate) namespaces: Option<Namespaces>,
    pub(crate) landlock: Option<Rules>,
    pub(crate) filter: &'static BpfProgram,
}

/// A NULL-terminated list of C strings as `execve` wants it.
#[derive(Debug)]
pub(crate) struct StringList {
    pointers: Vec<*const c_char>,
    // Owns what the pointers lead to.
    strings: Vec<CString>,
}

impl StringList {
    pub(crate) fn new(strings: Vec<CString>) -> Self {
        let pointers = strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect();
        Self { pointers, strings }
    }

    pub(crate) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }

    /// The texts themselves.
    pub(crate) fn strings(&self) -> &[CString] {
        &self.strings
    }
}

/// The program to become.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) path: CString,
    pub(crate) argv: StringList,
    pub(crate) env: StringList,
    pub(crate) cwd: CString,
}

/// Standard streams of the child.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streams {
    pub(crate) stdin: RawFd,
    pub(crate) stdout: RawFd,
    pub(crate) stderr: RawFd,
    /// Whether stdin is a terminal to take control of.
    pub(crate) terminal: bool,
}

/// What the child does from its first to its last step.
#[derive(Debug)]
pub(crate) struct Orders {
    /// `None` only tries out the confinement.
    pub(crate) program: Option<Program>,
    pub(crate) streams: Streams,
    pub(crate) confinement: Option<Confinement>,
    /// Write end of the report pipe.
    pub(crate) report: RawFd,
    /// Our end of it, of which the child has a copy that must not keep the pipe alive.
    pub(crate) reader: RawFd,
    /// Descriptors the program inherits besides its streams; none for a command.
    pub(crate) passed: Vec<RawFd>,
}

impl Orders {
    /// Orders without limits, and without anybody to report to yet.
    pub(crate) fn new(program: Option<Program>, streams: Streams) -> Self {
        Self { program, streams, confinement: None, report: -1, reader: -1, passed: Vec::new() }
    }

    /// The namespaces of a confinement that has some.
    pub(crate) fn namespaces(&self) -> Option<&Namespaces> {
        self.confinement.as_ref().and_then(|confinement| confinement.namespaces.as_ref())
    }
}

/// Where the child was when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Step {
    Lifeline = 1,
    UserMap,
    Doors,
    FreezeRoot,
    OpenRoot,
    MountRoot,
    Layer,
    Fork,
    Streams,
    Descriptors,
    Workdir,
    Capabilities,
    Landlock,
    Filter,
    Execute,
    /// No failure: the helper inside of bubblewrap runs.
    Entered,
    /// What bubblewrap built is not what was asked for.
    Inspect,
}

impl Step {
    const ALL: [Self; 17] = [
        Self::Lifeline,
        Self::UserMap,
        Self::Doors,
        Self::FreezeRoot,
        Self::OpenRoot,
        Self::MountRoot,
        Self::Layer,
        Self::Fork,
        Self::Streams,
        Self::Descriptors,
        Self::Workdir,
        Self::Capabilities,
        Self::Landlock,
        Self::Filter,
        Self::Execute,
        Self::Entered,
        Self::Inspect,
    ];

    /// Words for an error text.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lifeline => "tying the process to its parent",
            Self::UserMap => "mapping the user into a private namespace",
            Self::Doors => "opening the network proxy's listeners in a private network",
            Self::FreezeRoot => "making the file system read-only",
            Self::OpenRoot => "opening a writable root",
            Self::MountRoot => "mounting a writable root",
            Self::Layer => "covering a protected path",
            Self::Fork => "forking",
            Self::Streams => "connecting standard streams",
            Self::Descriptors => "closing inherited descriptors",
            Self::Workdir => "entering the working directory",
            Self::Capabilities => "dropping capabilities",
            Self::Landlock => "entering the Landlock ruleset",
            Self::Filter => "installing the system call filter",
            Self::Execute => "executing the program",
            Self::Entered => "entering bubblewrap",
            Self::Inspect => "checking what bubblewrap built",
        }
    }
}

/// What the child says before it gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) step: Step,
    /// Which root or cover, where the step has several.
    pub(crate) index: i32,
    pub(crate) errno: i32,
}

impl Failure {
    /// Size on the report pipe; below `PIPE_BUF`, so it is written whole or not at all.
    pub(crate) const BYTES: usize = 12;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let [s, i, e] = [self.step as i32, self.index, self.errno].map(i32::to_ne_bytes);
        [s[0], s[1], s[2], s[3], i[0], i[1], i[2], i[3], e[0], e[1], e[2], e[3]]
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let [s0, s1, s2, s3, i0, i1, i2, i3, e0, e1, e2, e3] = bytes;
        let number = i32::from_ne_bytes([s0, s1, s2, s3]);
        let step = Step::ALL.into_iter().find(|step| *step as i32 == number)?;
        Some(Self {
            step,
            index: i32::from_ne_bytes([i0, i1, i2, i3]),
            errno: i32::from_ne_bytes([e0, e1, e2, e3]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_survives_the_pipe() {
        for step in Step::ALL {
            let failure = Failure { step, index: 7, errno: -3 };
            assert_eq!(Failure::from_bytes(failure.to_bytes()), Some(failure));
        }
        assert_eq!(Failure::from_bytes([0; Failure::BYTES]), None);
    }
}
