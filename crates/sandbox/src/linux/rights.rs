//! What Landlock lets a command touch, from what the policy means on this file system.
//! Invariant: protected and denied paths are left out here or hidden by mounts.

use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use super::carving::Carving;
use super::orders::Rules;
use super::ruleset::{Kind, PathRules, Reading, Right};
use super::territory::{Root, Territory};
use crate::SpawnError;

/// Never granted piece by piece: they hold the kernel's switches and the machine's devices.
const KERNEL_FOLDERS: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Rules for use together with mounts, which carve the protected and denied paths out.
pub(crate) fn full_rules(abi: i32, territory: &Territory) -> Result<PathRules, SpawnError> {
    let reading = if territory.readable.is_some() { Reading::Limited } else { Reading::Open };
    let mut rules = PathRules::new(abi, reading).map_err(landlock_failed)?;
    for root in &territory.roots {
        let kind = if root.is_folder { Kind::Folder } else { Kind::File };
        rules.allow(root.dir.as_raw_fd(), kind, Right::Write).map_err(root_failed(root))?;
    }
    for path in territory.readable.iter().flatten() {
        rules.allow_path(path, Right::Read).map_err(landlock_failed)?;
    }
    Ok(rules)
}

/// Rules that leave the protected and denied paths out by themselves.
pub(crate) fn carved_rules(abi: i32, territory: &Territory) -> Result<PathRules, SpawnError> {
    let everything = [PathBuf::from("/")];
    let readable = match &territory.readable {
        None if territory.denied.is_empty() => None,
        None => Some(everything.as_slice()),
        Some(readable) => Some(readable.as_slice()),
    };
    let reading = if readable.is_some() { Reading::Limited } else { Reading::Open };
    let mut rules = PathRules::new(abi, reading).map_err(landlock_failed)?;
    let left_out = territory.left_out();
    for root in territory.outermost().chain(territory.reopened(&territory.existing)) {
        let below = left_out.iter().filter(|path| path.starts_with(&root.path)).cloned();
        let carving = Carving::new(below.chain(KERNEL_FOLDERS.map(PathBuf::from)));
        rules.carve(&root.path, &carving, Right::Write).map_err(root_failed(root))?;
    }
    let denied = Carving::new(territory.denied_paths());
    for path in readable.into_iter().flatten() {
        rules.carve(path, &denied, Right::Read).map_err(landlock_failed)?;
    }
    Ok(rules)
}

fn root_failed(root: &Root) -> impl Fn(io::Error) -> SpawnError {
    let path: &Path = &root.path;
    move |source| SpawnError::WritableRoot { path: path.to_path_buf(), source }
}

fn landlock_failed(source: io::Error) -> SpawnError {
    SpawnError::SandboxUnavailable { reason: format!("the Landlock rules were refused: {source}") }
}

pub(crate) fn rules_of(rules: &PathRules, territory: &Territory) -> Rules {
    let proc_access = if territory.proc_readable { rules.read_access } else { 0 };
    Rules { fd: rules.fd.as_raw_fd(), access: rules.access, file_access: rules.file_access, proc_access }
}
