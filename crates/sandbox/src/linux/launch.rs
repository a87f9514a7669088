//! From a command to a running process: chooses the barrier, writes the orders, starts, reads the child's report.
//! Invariant: a restricted command runs under a barrier that keeps it from writing elsewhere, or not at all.

use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use seccompiler::BpfProgram;

use super::bubblewrap::{self, Outer, Usable};
use super::child;
use super::covers::Placeholders;
use super::doors::DoorChannel;
use super::explain::{explain, system};
use super::filter::{self, Metadata, Network};
use super::handle::{ChildHandle, Reach};
use super::layers::layers;
use super::orders::{Confinement, Failure, Namespaces, Orders, Place, Step};
use super::program::{self, path_text};
use super::rights::{carved_rules, full_rules, rules_of};
use super::ruleset::{ABI_WITH_TRUNCATE, landlock_abi};
use super::stdio::{self, Wiring};
use super::sys::Errno;
use super::territory::{Existing, Territory};
use crate::{Barrier, CommandSpec, LocalSockets, OpenDoors, ProxyDoors, SpawnError};

/// A command that runs.
#[derive(Debug)]
pub(crate) struct Launched {
    pub(crate) child: ChildHandle,
    /// Output arrives here; for a terminal input goes here too.
    pub(crate) stream: OwnedFd,
    /// Given back when the command has ended.
    pub(crate) placeholders: Placeholders,
    /// What is to be served, when the command has a network of its own.
    pub(crate) doors: Option<OpenDoors>,
}

/// How the attempt with namespaces ended.
enum Attempt {
    Started(ChildHandle),
    /// The kernel or its configuration refuses private namespaces.
    NoNamespaces(io::Error),
    Failed(Failure),
}

/// Starts of one command at most, when what is to be protected comes and goes meanwhile.
const ATTEMPTS_MAX: usize = 5;

/// Starts a command. Blocking; must run on the spawner thread.
pub(crate) fn launch(spec: &CommandSpec) -> Result<Launched, SpawnError> {
    let mut attempts = 1;
    loop {
        match launch_once(spec) {
            // A person makes and removes folders too, and other programs take our placeholders for their own.
            Err(error) if attempts < ATTEMPTS_MAX && has_vanished(&error) => attempts += 1,
            outcome => return outcome,
        }
    }
}

fn has_vanished(error: &SpawnError) -> bool {
    // Bubblewrap looks at the paths by itself, and says so in words.
    if let SpawnError::Bubblewrap { reason, .. } = error {
        return reason.contains("Can't find source path");
    }
    let (SpawnError::Protect { source, .. } | SpawnError::Misbuilt { source, .. }) = error else {
        return false;
    };
    matches!(source.raw_os_error(), Some(libc::ENOENT | libc::ESTALE))
}

fn launch_once(spec: &CommandSpec) -> Result<Launched, SpawnError> {
    check_workdir(&spec.cwd)?;
    let program = program::prepare(spec)?;
    let wiring = Wiring::open(spec.stdio)
        .map_err(|source| SpawnError::System { step: "opening standard streams", source })?;
    let mut orders = Orders::new(Some(program), wiring.streams());
    let Some(files) = spec.permissions.files() else {
        let child = start(&mut orders, spec)?;
        return Ok(Launched {
            child,
            stream: wiring.into_ours(),
            placeholders: Placeholders::default(),
            doors: None,
        });
    };
    let territory = Territory::survey(files, &spec.kept)?;
    let network_enabled = spec.permissions.network_enabled();
    let proxy = spec.proxy.filter(|_| network_enabled);
    let network = match (network_enabled, proxy.map(|doors| doors.local_sockets)) {
        (false, _) => Network::Off,
        (true, None) => Network::On,
        (true, Some(LocalSockets::Pairs)) => Network::Proxied,
        (true, Some(LocalSockets::All)) => Network::ProxiedWithLocalSockets,
    };
    let mut refusals = Vec::new();
    if spec.barrier != Barrier::LandlockOnly {
        match launch_in_mounts(spec, &mut orders, &territory, (network, proxy))? {
            Mounted::Started { child, placeholders, doors } => {
                return Ok(Launched { child, stream: wiring.into_ours(), placeholders, doors });
            }
            Mounted::Refused(reasons) => refusals = reasons,
        }
    }
    if proxy.is_some() {
        // Landlock can name ports, but no addresses: a command could go to the same port of any other host.
        let reason = format!(
            "the network proxy needs a private network, which is not available ({})",
            refusals.join("; ")
        );
        return Err(SpawnError::SandboxUnavailable { reason });
    }
    if matches!(spec.barrier, Barrier::Namespaces | Barrier::Bubblewrap) {
        return Err(SpawnError::SandboxUnavailable { reason: refusals.join("; ") });
    }
    let Some(abi) = landlock_abi().filter(|abi| *abi >= ABI_WITH_TRUNCATE) else {
        refusals.push("Landlock is missing or older than Linux 6.2".to_owned());
        return Err(SpawnError::SandboxUnavailable { reason: refusals.join("; ") });
    };
    let rules = carved_rules(abi, &territory)?;
    let filter = filter(network, Metadata::Frozen)?;
    orders.confinement =
        Some(Confinement { namespaces: None, landlock: Some(rules_of(&rules, &territory)), filter });
    let child = start(&mut orders, spec)?;
    Ok(Launched { child, stream: wiring.into_ours(), placeholders: Placeholders::default(), doors: None })
}

/// How the attempts with mounts ended.
enum Mounted {
    Started {
        child: ChildHandle,
        placeholders: Placeholders,
        doors: Option<OpenDoors>,
    },
    /// Why neither way is open.
    Refused(Vec<String>),
}

/// Starts the command behind read-only mounts: in namespaces of our own, else in those of the system's bubblewrap.
fn launch_in_mounts(
    spec: &CommandSpec,
    orders: &mut Orders,
    territory: &Territory,
    (network, proxy): (Network, Option<ProxyDoors>),
) -> Result<Mounted, SpawnError> {
    let (placeholders, covers) = raise_covers(territory)?;
    let rules = landlock_abi().map(|abi| full_rules(abi, territory)).transpose()?;
    if rules.is_none() && territory.readable.is_some() {
        let reason = "the permission profile limits what may be read, which needs Landlock".to_owned();
        return Err(SpawnError::SandboxUnavailable { reason });
    }
    let channel = proxy.map(DoorChannel::new).transpose()?;
    let doors = channel.as_ref().map(DoorChannel::orders);
    orders.confinement = Some(Confinement {
        namespaces: Some(Namespaces { doors, ..namespaces(territory, &covers)? }),
        landlock: rules.as_ref().map(|rules| rules_of(rules, territory)),
        filter: filter(network, Metadata::KeptByMounts)?,
    });
    let started = |child| {
        let doors = channel.map(DoorChannel::receive).transpose()?;
        Ok(Mounted::Started { child, placeholders, doors })
    };
    let mut refusals = Vec::new();
    if spec.barrier != Barrier::Bubblewrap {
        match attempt(orders)? {
            Attempt::Started(child) => return started(child),
            Attempt::Failed(failure) => return Err(explain(failure, spec, orders)),
            Attempt::NoNamespaces(error) => {
                refusals.push(format!("private namespaces are not available ({error})"));
            }
        }
    }
    if spec.barrier != Barrier::Namespaces {
        match bubblewrap::choose(&never_from(spec, territory))? {
            Ok(found) => match orders.namespaces().and_then(|wanted| found.is_short_of(wanted)) {
                None => return started(start_in_bubblewrap(&found, spec, orders)?),
                Some(reason) => refusals.push(reason),
            },
            Err(reason) => refusals.push(format!("bubblewrap cannot be used ({reason})")),
        }
    }
    Ok(Mounted::Refused(refusals))
}

/// Folders a bubblewrap is not taken from: where this command works and what it may write.
fn never_from(spec: &CommandSpec, territory: &Territory) -> Vec<PathBuf> {
    let cwd = fs::canonicalize(&spec.cwd);
    territory.roots.iter().map(|root| root.path.clone()).chain(cwd).collect()
}

fn start_in_bubblewrap(
    usable: &Usable,
    spec: &CommandSpec,
    orders: &mut Orders,
) -> Result<ChildHandle, SpawnError> {
    let program = orders.program.take();
    let (streams, Some(confinement)) = (orders.streams, &orders.confinement) else {
        return Err(SpawnError::SandboxUnavailable { reason: "nothing to enforce was given".to_owned() });
    };
    match bubblewrap::start(usable, program, streams, confinement)? {
        Outer::Started(child) => Ok(child),
        Outer::Failed(failure) => Err(explain(failure, spec, orders)),
        Outer::Refused(reason) => {
            Err(SpawnError::Bubblewrap { program: usable.bubblewrap.path.clone(), reason })
        }
    }
}

/// Tries the namespaces out with a child that confines itself and ends. Blocking; must run on the spawner thread.
pub(crate) fn probe() -> Result<(), String> {
    let try_out = || -> Result<(), SpawnError> {
        let wiring = Wiring::open(crate::StdioMode::Pipes)
            .map_err(|source| SpawnError::System { step: "opening standard streams", source })?;
        let mut orders = Orders::new(None, wiring.streams());
        let filter = filter(Network::Off, Metadata::KeptByMounts)?;
        let namespaces = Some(namespaces(&Territory::default(), &[])?);
        orders.confinement = Some(Confinement { namespaces, landlock: None, filter });
        match attempt(&mut orders)? {
            Attempt::Started(child) => {
                let _ = child.reap();
                Ok(())
            }
            Attempt::NoNamespaces(source) => {
                Err(SpawnError::System { step: "creating private namespaces", source })
            }
            Attempt::Failed(failure) => Err(system(failure)),
        }
    };
    try_out().map_err(|error| error.to_string())
}

fn filter(network: Network, metadata: Metadata) -> Result<&'static BpfProgram, SpawnError> {
    filter::program(network, metadata).map_err(|reason| SpawnError::SandboxUnavailable { reason })
}

fn check_workdir(cwd: &Path) -> Result<(), SpawnError> {
    let failed = |source| SpawnError::BadWorkdir { path: cwd.to_path_buf(), source };
    let metadata = fs::metadata(cwd).map_err(failed)?;
    if metadata.is_dir() { Ok(()) } else { Err(failed(io::ErrorKind::NotADirectory.into())) }
}

fn raise_covers(territory: &Territory) -> Result<(Placeholders, Vec<Existing>), SpawnError> {
    let (mut placeholders, raised) = Placeholders::raise(&territory.absent)?;
    let (borrowed, _) = Placeholders::raise(&territory.borrowed)?;
    placeholders.join(borrowed);
    let mut covers = territory.existing.clone();
    covers.extend(raised);
    covers.sort();
    Ok((placeholders, covers))
}

fn namespaces(territory: &Territory, covers: &[Existing]) -> Result<Namespaces, SpawnError> {
    // SAFETY: neither call can fail or takes anything.
    let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
    let place = |path: &PathBuf, id| Ok::<_, SpawnError>(Place { path: path_text(path)?, id });
    if let Some(root) = territory.outermost().chain(territory.reopened(covers)).nth(child::ROOTS_MAX) {
        let source = io::Error::other(format!("more than {} writable roots", child::ROOTS_MAX));
        return Err(SpawnError::WritableRoot { path: root.path.clone(), source });
    }
    let read_only_root = !territory.roots.iter().any(|root| root.path == Path::new("/"));
    Ok(Namespaces {
        uid_map: format!("{uid} {uid} 1\n").into_bytes(),
        gid_map: format!("{gid} {gid} 1\n").into_bytes(),
        writable: territory.outermost().map(|root| place(&root.path, root.id)).collect::<Result<_, _>>()?,
        reopened: territory
            .reopened(covers)
            .map(|root| place(&root.path, root.id))
            .collect::<Result<_, _>>()?,
        layers: layers(territory, covers)?,
        read_only_root,
        private_shm: !territory.roots.iter().any(|root| root.path.starts_with("/dev/shm")),
        doors: None,
    })
}

fn start(orders: &mut Orders, spec: &CommandSpec) -> Result<ChildHandle, SpawnError> {
    match attempt(orders)? {
        Attempt::Started(child) => Ok(child),
        Attempt::Failed(failure) => Err(explain(failure, spec, orders)),
        Attempt::NoNamespaces(source) => Err(SpawnError::System { step: "creating a process", source }),
    }
}

/// Starts the child and waits until it has become the program or has said why not.
fn attempt(orders: &mut Orders) -> Result<Attempt, SpawnError> {
    let (report, report_end) =
        stdio::pipe().map_err(|source| SpawnError::System { step: "opening the report pipe", source })?;
    orders.report = report_end.as_raw_fd();
    orders.reader = report.as_raw_fd();
    let with_namespaces = orders.namespaces().is_some();
    // SAFETY: the spawner thread has all signals blocked.
    let started = unsafe { child::start(orders) };
    drop(report_end);
    let (pid, pidfd) = match started {
        Ok(started) => started,
        Err(Errno(errno @ (libc::EPERM | libc::EINVAL | libc::ENOSYS | libc::ENOSPC | libc::EUSERS)))
            if with_namespaces =>
        {
            return Ok(Attempt::NoNamespaces(io::Error::from_raw_os_error(errno)));
        }
        Err(errno) => {
            return Err(SpawnError::System { step: "creating a process", source: errno.into() });
        }
    };
    // SAFETY: the kernel just made this descriptor for us.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    let reach = if with_namespaces { Reach::Namespace } else { Reach::Group };
    let child = ChildHandle::new(pid, pidfd, reach);
    match read_report(report) {
        Ok(None) => Ok(Attempt::Started(child)),
        Ok(Some(failure)) => {
            let _ = child.reap();
            let not_allowed = matches!(failure.step, Step::UserMap | Step::FreezeRoot);
            Ok(if with_namespaces && not_allowed {
                Attempt::NoNamespaces(io::Error::from_raw_os_error(failure.errno))
            } else {
                Attempt::Failed(failure)
            })
        }
        Err(source) => Err(SpawnError::System { step: "reading the child's report", source }),
    }
}

fn read_report(report: OwnedFd) -> io::Result<Option<Failure>> {
    let mut bytes = Vec::with_capacity(Failure::BYTES);
    fs::File::from(report).take(Failure::BYTES as u64).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let failure = bytes.try_into().ok().and_then(Failure::from_bytes);
    failure.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
