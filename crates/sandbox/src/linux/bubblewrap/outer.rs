//! Starting bubblewrap: hands it the mounts and our helper the rest, and waits until the helper has become the command.
//! Invariant: the helper goes on only once we hold the first process of its namespace, so that a kill reaches everything.

use std::ffi::{CStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
#[cfg(target_arch = "x86_64")]
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::OnceLock;

use super::arguments::{Passed, arguments};
use super::choice::{InnerHalf, Usable};
use super::parcel::{Check, Parcel};
#[cfg(target_arch = "x86_64")]
use super::steps::{Inner, Steps, steps};
#[cfg(target_arch = "x86_64")]
use super::stub;
use crate::SpawnError;
use crate::linux::child;
use crate::linux::handle::{ChildHandle, Reach};
use crate::linux::orders::{
    Confinement, Failure, Layer, Layering, Namespaces, Orders, Place, Program, Step, Streams, StringList,
};
use crate::linux::program::path_text;
use crate::linux::{stdio, sys};

/// Bytes read of what bubblewrap complains about.
const COMPLAINT_BYTES_MAX: usize = 4096;
/// Bytes read of what bubblewrap says about the namespace.
const INFO_BYTES_MAX: usize = 4096;
/// Namespaces that the command must not share with us; the last one where it has a network of its own.
const PRIVATE: [&str; 4] = ["mnt", "pid", "ipc", "net"];

/// Our own program, which can run inside of bubblewrap, and where bubblewrap is looked for.
#[derive(Debug)]
pub(crate) struct Helper {
    executable: OwnedFd,
    pub(crate) search: OsString,
}

static HELPER: OnceLock<Helper> = OnceLock::new();

/// Names the program that answers to the helper's call, and the folders of `PATH`. Only the first call counts.
pub(crate) fn offer(executable: &Path, search: OsString) -> io::Result<()> {
    // Kept open: a newer version laid over the file must not be asked to read this one's orders.
    let executable = path_text(executable).map_err(io::Error::other)?;
    // SAFETY: the path is NUL-terminated; the descriptor is fresh and ours.
    let executable = unsafe {
        let fd = sys::check(libc::open(executable.as_ptr(), libc::O_PATH | libc::O_CLOEXEC).into())?;
        OwnedFd::from_raw_fd(fd as RawFd)
    };
    let _ = HELPER.set(Helper { executable, search });
    Ok(())
}

/// The helper, once one was named.
pub(crate) fn helper() -> Option<&'static Helper> {
    HELPER.get()
}

/// How a start ended.
pub(crate) enum Outer {
    Started(ChildHandle),
    /// The helper gave up, or what bubblewrap built is not what was asked for.
    Failed(Failure),
    /// Bubblewrap itself did not get to the helper; its words.
    Refused(String),
}

/// Starts what `orders` say inside of bubblewrap. Blocking; must run on the spawner thread.
pub(crate) fn start(
    usable: &Usable,
    program: Option<Program>,
    streams: Streams,
    confinement: &Confinement,
) -> Result<Outer, SpawnError> {
    let failed = |source| SpawnError::System { step: "preparing bubblewrap", source };
    let Some(namespaces) = &confinement.namespaces else {
        return Ok(Outer::Refused("no mounts were asked for".to_owned()));
    };
    let (ours, theirs) = open_lines().map_err(failed)?;
    let lines = Lines { report: theirs.report.as_raw_fd(), go: theirs.go.as_raw_fd() };
    let by_calls = match usable.inner {
        // A list of calls cannot tell which ports are left.
        InnerHalf::Calls if namespaces.doors.is_none() => {
            calls_file(program.as_ref(), streams, lines, confinement).map_err(failed)?
        }
        _ => None,
    };
    let orders_file = match by_calls {
        Some(_) => None,
        None => Some(parcel_file(program, streams, lines, confinement).map_err(failed)?),
    };
    let filter = memory(c"filter", &filter_bytes(confinement.filter)).map_err(failed)?;
    let complaints = memory(c"complaints", &[]).map_err(failed)?;
    let null = stdio::open_null().map_err(failed)?;
    let passed = Passed {
        helper: by_calls.as_ref().unwrap_or(&usable.helper.executable).as_raw_fd(),
        parcel: orders_file.as_ref().map(File::as_raw_fd),
        info: theirs.info.as_raw_fd(),
        filter: filter.as_raw_fd(),
    };
    let mut inherited = vec![passed.helper, passed.info, passed.filter, lines.report, lines.go];
    inherited.extend(passed.parcel);
    inherited.extend([streams.stdin, streams.stdout, streams.stderr]);
    inherited.extend(confinement.landlock.map(|rules| rules.fd));
    inherited.extend(namespaces.doors.map(|doors| doors.channel));
    let outer = Orders {
        program: Some(Program {
            path: path_text(&usable.bubblewrap.path)?,
            argv: StringList::new(arguments(namespaces, usable.user, passed)),
            // What the command may see is in the parcel; nothing of it may act on bubblewrap.
            env: StringList::new(Vec::new()),
            cwd: c"/".into(),
        }),
        streams: Streams {
            stdin: null.as_raw_fd(),
            stdout: null.as_raw_fd(),
            stderr: complaints.as_raw_fd(),
            terminal: false,
        },
        confinement: None,
        report: lines.report,
        reader: ours.report.as_raw_fd(),
        passed: inherited,
    };
    // SAFETY: the spawner thread has all signals blocked.
    let (pid, pidfd) = unsafe { child::start(&outer) }
        .map_err(|errno| SpawnError::System { step: "creating a process", source: errno.into() })?;
    // SAFETY: the kernel just made this descriptor for us.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    let child = ChildHandle::new(pid, pidfd, Reach::Namespace);
    drop(theirs);
    accompany(child, ours, &complaints)
        .map_err(|source| SpawnError::System { step: "speaking with the inner half", source })
}

/// The inner half's ends of the pipes, by number.
#[derive(Debug, Clone, Copy)]
struct Lines {
    report: RawFd,
    go: RawFd,
}

/// What our own program is told inside.
fn parcel_file(
    program: Option<Program>,
    streams: Streams,
    lines: Lines,
    confinement: &Confinement,
) -> io::Result<File> {
    let namespaces = confinement.namespaces.as_ref().ok_or(io::ErrorKind::InvalidInput)?;
    let parcel = Parcel {
        program,
        streams,
        report: lines.report,
        go: lines.go,
        rules: confinement.landlock,
        filter: confinement.filter.clone(),
        checks: checks(namespaces),
        outside: outside(namespaces)?,
        private_shm: namespaces.private_shm,
        doors: namespaces.doors,
    };
    memory(c"orders", &parcel.to_bytes())
}

/// The program that makes calls and nothing else, where there is one for this machine.
#[cfg(target_arch = "x86_64")]
fn calls_file(
    program: Option<&Program>,
    streams: Streams,
    lines: Lines,
    confinement: &Confinement,
) -> io::Result<Option<OwnedFd>> {
    let namespaces = confinement.namespaces.as_ref().ok_or(io::ErrorKind::InvalidInput)?;
    let inner = Inner {
        program,
        streams,
        report: lines.report,
        go: lines.go,
        rules: confinement.landlock,
        filter: confinement.filter,
        checks: &checks(namespaces),
        outside: &outside_ids()?,
        private_shm: namespaces.private_shm,
    };
    let Steps { calls, data } = steps(&inner);
    stub::file(lines.report, &calls, &data).map(Some)
}

#[cfg(not(target_arch = "x86_64"))]
fn calls_file(
    _program: Option<&Program>,
    _streams: Streams,
    _lines: Lines,
    _confinement: &Confinement,
) -> io::Result<Option<OwnedFd>> {
    Ok(None)
}

/// The namespaces that must be others inside, but for the network's.
#[cfg(target_arch = "x86_64")]
fn outside_ids() -> io::Result<[(&'static CStr, sys::FileId); 3]> {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &'static CStr| {
        let metadata = std::fs::metadata(std::ffi::OsStr::from_bytes(path.to_bytes()))?;
        Ok::<_, io::Error>((path, sys::FileId { dev: metadata.dev(), ino: metadata.ino() }))
    };
    let [mounts, processes, objects] = [c"/proc/self/ns/mnt", c"/proc/self/ns/pid", c"/proc/self/ns/ipc"];
    Ok([identity(mounts)?, identity(processes)?, identity(objects)?])
}

/// Waits for the helper, takes hold of its namespace, and lets it go on.
fn accompany(mut child: ChildHandle, mut lines: Ours, complaints: &File) -> io::Result<Outer> {
    // Said before bubblewrap builds anything; so the helper, which comes later, need not wait for us.
    let mut info = [0; INFO_BYTES_MAX];
    let length = lines.info.read(&mut info).unwrap_or(0);
    let first = first_process(&info[..length]).map(sys::open_process);
    if let Some(Ok(first)) = first {
        child.hold_namespace(first);
        // Where this fails the helper is gone, and the report says what became of it.
        let _ = lines.go.write_all(&[1]);
    }
    drop(lines.go);
    match read_record(&mut lines.report)? {
        Some(Failure { step: Step::Entered, .. }) => {}
        Some(failure) => {
            let _ = child.reap();
            let error = io::Error::from_raw_os_error(failure.errno);
            return Ok(Outer::Refused(format!("{} failed: {error}", failure.step.name())));
        }
        None => {
            let _ = child.reap();
            return Ok(Outer::Refused(complaint(complaints)));
        }
    }
    if !child.holds_namespace() {
        return Ok(Outer::Refused("it did not name the process it started".to_owned()));
    }
    match read_record(&mut lines.report)? {
        None => Ok(Outer::Started(child)),
        Some(failure) => {
            let _ = child.reap();
            Ok(Outer::Failed(failure))
        }
    }
}

/// Our ends of the pipes between us, bubblewrap and the helper.
struct Ours {
    report: File,
    go: File,
    info: File,
}

/// Their ends. Closed here once they have them, so that our ends notice when they are gone.
struct Theirs {
    report: OwnedFd,
    go: OwnedFd,
    info: OwnedFd,
}

fn open_lines() -> io::Result<(Ours, Theirs)> {
    let (report, report_end) = stdio::pipe()?;
    let (go_end, go) = stdio::pipe()?;
    let (info, info_end) = stdio::pipe()?;
    let ours = Ours { report: report.into(), go: go.into(), info: info.into() };
    Ok((ours, Theirs { report: report_end, go: go_end, info: info_end }))
}

/// The next record of the report, `None` at its end.
fn read_record(report: &mut File) -> io::Result<Option<Failure>> {
    let mut bytes = Vec::with_capacity(Failure::BYTES);
    report.take(Failure::BYTES as u64).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let record = bytes.try_into().ok().and_then(Failure::from_bytes);
    record.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// What the helper has to find in its place.
pub(crate) fn checks(namespaces: &Namespaces) -> Vec<Check> {
    let closed = |path: &CStr| Check { path: path.into(), id: None, hidden: false, read_only: Some(true) };
    let root = namespaces.read_only_root.then(|| closed(c"/"));
    let mut checks: Vec<Check> = root.into_iter().chain([closed(c"/proc"), closed(c"/sys")]).collect();
    let place = |place: &Place| Check {
        path: place.path.clone(),
        id: Some(place.id),
        hidden: false,
        read_only: None,
    };
    // One that a layer lies on is checked as that.
    let is_layer = |root: &&Place| namespaces.layers.iter().any(|layer| layer.place.path == root.path);
    checks.extend(namespaces.writable.iter().filter(|root| !is_layer(root)).map(place));
    checks.extend(namespaces.layers.iter().map(|Layer { place: at, kind }| match kind {
        Layering::Pin | Layering::Reopen(_) => place(at),
        Layering::Cover => Check { read_only: Some(true), ..place(at) },
        Layering::MaskFolder | Layering::MaskFile => {
            Check { hidden: true, read_only: Some(true), ..place(at) }
        }
    }));
    checks
}

fn outside(namespaces: &Namespaces) -> io::Result<Vec<(std::ffi::CString, std::ffi::CString)>> {
    let identity = |name: &str| {
        let path = format!("/proc/self/ns/{name}");
        let identity = path_text(&std::fs::read_link(&path)?).map_err(io::Error::other)?;
        Ok((path_text(Path::new(&path)).map_err(io::Error::other)?, identity))
    };
    let shared = usize::from(namespaces.doors.is_none());
    PRIVATE.into_iter().rev().skip(shared).map(identity).collect()
}

/// The filter in the kernel's own layout.
pub(super) fn filter_bytes(filter: &seccompiler::BpfProgram) -> Vec<u8> {
    let step = |step: &seccompiler::sock_filter| {
        let ([c0, c1], [k0, k1, k2, k3]) = (step.code.to_ne_bytes(), step.k.to_ne_bytes());
        [c0, c1, step.jt, step.jf, k0, k1, k2, k3]
    };
    filter.iter().flat_map(step).collect()
}

/// A file without a name that holds `content`, to be read from its beginning.
fn memory(name: &CStr, content: &[u8]) -> io::Result<File> {
    let mut file = File::from(sys::memory_file(name)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file)
}

fn complaint(complaints: &File) -> String {
    let mut bytes = vec![0; COMPLAINT_BYTES_MAX];
    let length = complaints.read_at(&mut bytes, 0).unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    let said =
        text.lines().map(|line| line.trim().trim_start_matches("bwrap: ")).rfind(|line| !line.is_empty());
    said.map_or_else(|| "bubblewrap ended without a word".to_owned(), str::to_owned)
}

/// The number after `"child-pid":` in bubblewrap's JSON.
fn first_process(info: &[u8]) -> Option<libc::pid_t> {
    let text = std::str::from_utf8(info).ok()?;
    let (_, rest) = text.split_once("\"child-pid\":")?;
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|pid| *pid > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_process_is_read_from_what_bubblewrap_says() {
        assert_eq!(first_process(b"{\n    \"child-pid\": 4242,\n    \"pid-namespace\": 4026"), Some(4242));
        assert_eq!(first_process(b"{\n    \"child-pid\": 4242"), Some(4242));
        for wrong in [&b""[..], b"{\"child-pid\": }", b"{\"child-pid\": 1}", b"{\"child-pid\": -5}", b"\xff"]
        {
            assert_eq!(first_process(wrong), None);
        }
    }
}
