//! The inner half of a certificate: a process in the sandbox that tries what must not work and says how it went.
//! Invariant: it writes only into the folder it was given, where it leaves nothing of a person's changed, and opens kernel files without writing to them.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use codex_protocol::PROTECTED_NAMES;

use crate::{denied_trial, proxied_trial};

/// The first line of every answer, so that another program's output is not taken for one.
pub(crate) const HEAD: &str = "codex-sandbox-probe 1";

/// The first argument when a workspace of a person's is looked at, which follows it.
pub(crate) const HERE: &str = "here";

/// Runs all trials of a kind. Arguments: [`HERE`] and a workspace; the word of another trial and what that takes; or of the trial folder the workspace, the folder outside, the outer PID and IPC namespace, a stranger's process.
pub(crate) fn look(arguments: &[String]) -> Option<String> {
    match arguments {
        [word, workspace] if word == HERE => return Some(look_here(Path::new(workspace))),
        [word, workspace, daemon] if word == denied_trial::WORD => {
            return Some(denied_trial::look(Path::new(workspace), Path::new(daemon)));
        }
        [word, host, socket] if word == proxied_trial::WORD => {
            return Some(proxied_trial::look(host, Path::new(socket)));
        }
        _ => {}
    }
    let [workspace, outside, pid_namespace, ipc_namespace, stranger] = arguments else { return None };
    let (workspace, outside) = (Path::new(workspace), Path::new(outside));
    let mut trials = Trials::new();
    trials.refused("outside", create(&outside.join("new")));
    trials.refused("outside-file", OpenOptions::new().append(true).open(outside.join("file")));
    trials.refused("link", fs::write(workspace.join("sub/way-out"), "x"));
    trials.refused("git", fs::write(workspace.join(".git/config"), "x"));
    trials.refused("git-moved", fs::rename(workspace.join(".git"), workspace.join("sub/git")));
    trials.refused("absent", fs::create_dir(workspace.join(".codex")));
    trials.works("below", create(&workspace.join("sub/new")));
    trials.works("top", create(&workspace.join("new")));
    trials.works("modes", fs::set_permissions(workspace.join("sub"), private()));
    trials.refused("proc-sys", OpenOptions::new().write(true).open("/proc/sys/kernel/core_pattern"));
    trials.refused("sysrq", OpenOptions::new().write(true).open("/proc/sysrq-trigger"));
    trials.refused("tcp", TcpListener::bind("127.0.0.1:0"));
    trials.refused("udp", UdpSocket::bind("127.0.0.1:0"));
    trials.only_by("unix", io::ErrorKind::PermissionDenied, UnixStream::connect(outside.join("no-socket")));
    system_calls(&mut trials);
    rights(&mut trials);
    processes(&mut trials, (pid_namespace, ipc_namespace, stranger));
    Some(trials.into_lines())
}

/// Tries a person's workspace: whatever goes through is undone at once.
fn look_here(workspace: &Path) -> String {
    let mut trials = Trials::new();
    let stray = format!(".codex-probe-{}", std::process::id());
    for name in PROTECTED_NAMES {
        trials.refused(name, touch(&workspace.join(name), &stray));
    }
    let folders = git_folders(&workspace.join(".git"));
    let written = folders.iter().map(|folder| touch(folder, &stray)).find(Result::is_ok);
    trials.refused("git-folders", written.unwrap_or_else(|| Err(io::ErrorKind::ReadOnlyFilesystem.into())));
    trials.refused("beside", create_and_remove(&workspace.join("..").join(&stray)));
    trials.works("top", create_and_remove(&workspace.join(&stray)));
    trials.into_lines()
}

/// Changes a path as little as can be: an entry more in a folder, an opened file, a folder where nothing is.
fn touch(path: &Path, stray: &str) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => create_and_remove(&path.join(stray)),
        Ok(_) => OpenOptions::new().append(true).open(path).map(drop),
        Err(_) => fs::create_dir(path).and_then(|()| fs::remove_dir(path)),
    }
}

fn create_and_remove(path: &Path) -> io::Result<()> {
    create(path).and_then(|()| fs::remove_file(path))
}

/// The git folders that a pointer file leads to; none for a folder.
fn git_folders(pointer: &Path) -> Vec<PathBuf> {
    let line = |file: &Path| fs::read_to_string(file).ok().map(|text| text.trim().to_owned());
    let Some(folder) = line(pointer).and_then(|text| Some(text.strip_prefix("gitdir:")?.trim().to_owned()))
    else {
        return Vec::new();
    };
    let folder = pointer.with_file_name(folder);
    let common = line(&folder.join("commondir")).map(|common| folder.join(common));
    [Some(folder), common].into_iter().flatten().collect()
}

pub(crate) fn create(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path).map(drop)
}

fn private() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o700)
}

/// A line for each trial: its name, then `ok` or what went wrong.
pub(crate) struct Trials {
    lines: String,
}

impl Trials {
    pub(crate) fn new() -> Self {
        Self { lines: format!("{HEAD}\n") }
    }

    /// The answer to the outer half.
    pub(crate) fn into_lines(self) -> String {
        self.lines
    }

    pub(crate) fn say(&mut self, name: &str, fault: Option<&str>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.lines, "{name} {}", fault.unwrap_or("ok"));
    }

    pub(crate) fn refused<T>(&mut self, name: &str, outcome: io::Result<T>) {
        self.say(name, outcome.is_ok().then_some("it went through"));
    }

    pub(crate) fn works<T>(&mut self, name: &str, outcome: io::Result<T>) {
        self.say(name, outcome.err().map(|error| error.to_string()).as_deref());
    }

    /// Refused, and with this error: another one would be an accident of the trial.
    fn only_by<T>(&mut self, name: &str, kind: io::ErrorKind, outcome: io::Result<T>) {
        let fault = match outcome {
            Ok(_) => Some("it went through".to_owned()),
            Err(error) if error.kind() == kind => None,
            Err(error) => Some(format!("it was not refused, but failed: {error}")),
        };
        self.say(name, fault.as_deref());
    }
}

fn system_calls(trials: &mut Trials) {
    let mut call = |name: &str, result: i64| {
        let outcome = if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) };
        trials.only_by(name, io::ErrorKind::PermissionDenied, outcome);
    };
    // SAFETY: paths are literals, null stands where the call allows it, and the rest are numbers.
    unsafe {
        let tmpfs = libc::mount(c"none".as_ptr(), c"/dev".as_ptr(), c"tmpfs".as_ptr(), 0, std::ptr::null());
        call("mount", tmpfs.into());
        call("unshare", libc::unshare(libc::CLONE_NEWUSER).into());
        call("io_uring", libc::syscall(libc::SYS_io_uring_setup, 1, 0));
        // Last of these, since success would change this process.
        call("ptrace", libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0));
    }
}

fn rights(trials: &mut Trials) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map_or("?", str::trim)
    };
    for (name, known, wanted) in [
        ("capabilities", field("CapEff"), "0000000000000000"),
        ("no-new-privileges", field("NoNewPrivs"), "1"),
        ("filter", field("Seccomp"), "2"),
    ] {
        let fault = format!("the kernel says {known}");
        trials.say(name, (known != wanted).then_some(&fault));
    }
}

fn processes(trials: &mut Trials, outer: (&str, &str, &str)) {
    let (pid_namespace, ipc_namespace, stranger) = outer;
    let own = |name: &str| fs::read_link(format!("/proc/self/ns/{name}")).ok();
    let shared = |name: &str, outer: &str| own(name).is_none_or(|own| own == Path::new(outer));
    // An old /proc in a new namespace would still list the others, and would not know this process by its number.
    let listed = fs::read_link("/proc/self").ok();
    let known = listed.as_deref() == Some(Path::new(&std::process::id().to_string()));
    let visible = shared("pid", pid_namespace) || !known;
    trials.say("processes", visible.then_some("processes outside are listed"));
    let fault = shared("ipc", ipc_namespace).then_some("System V objects are shared");
    trials.say("ipc", fault);
    let stranger = stranger.parse().unwrap_or(0);
    // SAFETY: signal 0 is sent to nobody; a number of a process, or one that no process has.
    let reached = stranger > 0 && unsafe { libc::kill(stranger, 0) } == 0;
    trials.say("signals", (visible && reached).then_some("a process outside can be signalled"));
    trials.works("shared-memory", create(Path::new("/dev/shm/codex-probe")));
}
