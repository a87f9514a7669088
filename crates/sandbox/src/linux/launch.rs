//! From a command to a running process: chooses the barrier, writes the orders, starts, reads the child's report.
//! Invariant: a restricted command runs under a barrier that keeps it from writing elsewhere, or not at all.

use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use super::child;
use super::covers::Placeholders;
use super::doors::DoorChannel;
use super::filter::{self, Metadata, Network};
use super::handle::{ChildHandle, Reach};
use super::layers::layers;
use super::orders::{Confinement, Failure, Namespaces, Orders, Place, Rules, Step};
use super::program::{self, path_text};
use super::ruleset::{self, ABI_WITH_TRUNCATE, PathRules, landlock_abi};
use super::stdio::{self, Wiring};
use super::sys::Errno;
use super::territory::{Existing, Territory};
use crate::{Barrier, CommandSpec, LocalSockets, OpenDoors, SpawnError};

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

/// Starts a command. Blocking; must run on the spawner thread.
pub(crate) fn launch(spec: &CommandSpec) -> Result<Launched, SpawnError> {
    check_workdir(&spec.cwd)?;
    let program = program::prepare(spec)?;
    let wiring = Wiring::open(spec.stdio)
        .map_err(|source| SpawnError::System { step: "opening standard streams", source })?;
    let mut orders =
        Orders { program: Some(program), streams: wiring.streams(), confinement: None, report: -1 };
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
    let filters = |metadata| {
        filter::programs(network, metadata).map_err(|reason| SpawnError::SandboxUnavailable { reason })
    };
    let abi = landlock_abi();

    let mut refused = io::Error::other("not asked for");
    if spec.barrier == Barrier::Best {
        let (placeholders, covers) = raise_covers(&territory)?;
        let rules = abi.map(|abi| full_rules(abi, &territory)).transpose()?;
        if rules.is_none() && territory.readable.is_some() {
            let reason = "the permission profile limits what may be read, which needs Landlock".to_owned();
            return Err(SpawnError::SandboxUnavailable { reason });
        }
        let channel = proxy.map(DoorChannel::new).transpose()?;
        let doors = channel.as_ref().map(DoorChannel::orders);
        let namespaces = Some(Namespaces { doors, ..namespaces(&territory, &covers)? });
        let filters = filters(Metadata::KeptByMounts)?;
        orders.confinement = Some(Confinement {
            namespaces,
            landlock: rules.as_ref().map(|rules| rules_of(rules, &territory)),
            filters,
        });
        match attempt(&mut orders)? {
            Attempt::Started(child) => {
                let doors = channel.map(DoorChannel::receive).transpose()?;
                return Ok(Launched { child, stream: wiring.into_ours(), placeholders, doors });
            }
            Attempt::Failed(failure) => return Err(explain(failure, spec, &orders)),
            Attempt::NoNamespaces(error) => refused = error,
        }
    }
    if proxy.is_some() {
        // Landlock can name ports, but no addresses: a command could go to the same port of any other host.
        let reason = format!("the network proxy needs a private network, which is not available ({refused})");
        return Err(SpawnError::SandboxUnavailable { reason });
    }
    let Some(abi) = abi.filter(|abi| *abi >= ABI_WITH_TRUNCATE) else {
        let reason = format!(
            "private namespaces are not available ({refused}), and Landlock is missing or older than Linux 6.2"
        );
        return Err(SpawnError::SandboxUnavailable { reason });
    };
    let rules = carved_rules(abi, &territory)?;
    let filters = filters(Metadata::Frozen)?;
    orders.confinement =
        Some(Confinement { namespaces: None, landlock: Some(rules_of(&rules, &territory)), filters });
    let child = start(&mut orders, spec)?;
    Ok(Launched { child, stream: wiring.into_ours(), placeholders: Placeholders::default(), doors: None })
}

/// Tries the namespaces out with a child that confines itself and ends. Blocking; must run on the spawner thread.
pub(crate) fn probe() -> Result<(), String> {
    let try_out = || -> Result<(), SpawnError> {
        let filters = filter::programs(Network::Off, Metadata::KeptByMounts)
            .map_err(|reason| SpawnError::SandboxUnavailable { reason })?;
        let wiring = Wiring::open(crate::StdioMode::Pipes)
            .map_err(|source| SpawnError::System { step: "opening standard streams", source })?;
        let namespaces = Some(namespaces(&Territory::default(), &[])?);
        let confinement = Some(Confinement { namespaces, landlock: None, filters });
        let mut orders = Orders { program: None, streams: wiring.streams(), confinement, report: -1 };
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

fn check_workdir(cwd: &Path) -> Result<(), SpawnError> {
    let failed = |source| SpawnError::BadWorkdir { path: cwd.to_path_buf(), source };
    let metadata = fs::metadata(cwd).map_err(failed)?;
    if metadata.is_dir() { Ok(()) } else { Err(failed(io::ErrorKind::NotADirectory.into())) }
}

fn raise_covers(territory: &Territory) -> Result<(Placeholders, Vec<Existing>), SpawnError> {
    let (placeholders, raised) = Placeholders::raise(&territory.absent)?;
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

/// Rules for use together with mounts, which carve the protected and denied paths out.
fn full_rules(abi: i32, territory: &Territory) -> Result<PathRules, SpawnError> {
    let mut granted = Vec::new();
    for root in &territory.roots {
        let dir = root.dir.try_clone();
        granted.push(dir.map_err(|source| SpawnError::WritableRoot { path: root.path.clone(), source })?);
    }
    let readable = territory.readable.as_deref().map(ruleset::open_all);
    ruleset::path_rules(abi, granted, readable).map_err(landlock_failed)
}

/// Rules that leave the protected and denied paths out by themselves.
fn carved_rules(abi: i32, territory: &Territory) -> Result<PathRules, SpawnError> {
    let protected = territory.protected();
    let mut granted = Vec::new();
    for root in territory.outermost().chain(territory.reopened(&territory.existing)) {
        let carved = ruleset::carve(&root.path, &territory.protected_below(root, &protected));
        granted
            .extend(carved.map_err(|source| SpawnError::WritableRoot { path: root.path.clone(), source })?);
    }
    let everything = [PathBuf::from("/")];
    let readable = match &territory.readable {
        None if territory.denied.is_empty() => None,
        None => Some(everything.as_slice()),
        Some(readable) => Some(readable.as_slice()),
    };
    let denied = territory.denied_paths();
    let carve = |paths: &[PathBuf]| {
        let carved = paths.iter().map(|path| ruleset::carve_to_read(path, &denied));
        carved.collect::<io::Result<Vec<_>>>().map(|found| found.into_iter().flatten().collect())
    };
    let readable = readable.map(carve).transpose().map_err(landlock_failed)?;
    ruleset::path_rules(abi, granted, readable).map_err(landlock_failed)
}

fn landlock_failed(source: io::Error) -> SpawnError {
    SpawnError::SandboxUnavailable { reason: format!("the Landlock rules were refused: {source}") }
}

fn rules_of(rules: &PathRules, territory: &Territory) -> Rules {
    let proc_access = if territory.proc_readable { rules.read_access } else { 0 };
    Rules { fd: rules.fd.as_raw_fd(), access: rules.access, file_access: rules.file_access, proc_access }
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
    let with_namespaces = orders.confinement.as_ref().is_some_and(|c| c.namespaces.is_some());
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

fn explain(failure: Failure, spec: &CommandSpec, orders: &Orders) -> SpawnError {
    let namespaces = orders.confinement.as_ref().and_then(|c| c.namespaces.as_ref());
    let real = |place: &Place| PathBuf::from(place.path.to_string_lossy().into_owned());
    let source = io::Error::from_raw_os_error(failure.errno);
    let index = usize::try_from(failure.index).unwrap_or_default();
    match failure.step {
        Step::Workdir => SpawnError::BadWorkdir { path: spec.cwd.clone(), source },
        Step::Execute => SpawnError::Execute { program: spec.program.to_string_lossy().into_owned(), source },
        Step::Layer => match namespaces.and_then(|n| n.layers.get(index)) {
            Some(layer) => SpawnError::Protect { path: real(&layer.place), source },
            None => system(failure),
        },
        Step::OpenRoot | Step::MountRoot => {
            match namespaces.and_then(|n| n.writable.iter().chain(&n.reopened).nth(index)) {
                Some(root) => SpawnError::WritableRoot { path: real(root), source },
                None => system(failure),
            }
        }
        Step::Landlock | Step::Filter | Step::Capabilities | Step::Descriptors | Step::Doors => {
            SpawnError::SandboxUnavailable { reason: format!("{} failed: {source}", failure.step.name()) }
        }
        _ => system(failure),
    }
}

fn system(failure: Failure) -> SpawnError {
    SpawnError::System { step: failure.step.name(), source: io::Error::from_raw_os_error(failure.errno) }
}
