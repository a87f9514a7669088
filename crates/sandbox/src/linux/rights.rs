//! What Landlock lets a command touch, from what the policy means on this file system.
//! Invariant: protected and denied paths are left out here or hidden by mounts.

use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use super::orders::Rules;
use super::ruleset::{self, PathRules};
use super::territory::Territory;
use crate::SpawnError;

/// Rules for use together with mounts, which carve the protected and denied paths out.
pub(crate) fn full_rules(abi: i32, territory: &Territory) -> Result<PathRules, SpawnError> {
    let mut granted = Vec::new();
    for root in &territory.roots {
        let dir = root.dir.try_clone();
        granted.push(dir.map_err(|source| SpawnError::WritableRoot { path: root.path.clone(), source })?);
    }
    let readable = territory.readable.as_deref().map(ruleset::open_all);
    ruleset::path_rules(abi, granted, readable).map_err(landlock_failed)
}

/// Rules that leave the protected and denied paths out by themselves.
pub(crate) fn carved_rules(abi: i32, territory: &Territory) -> Result<PathRules, SpawnError> {
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

pub(crate) fn rules_of(rules: &PathRules, territory: &Territory) -> Rules {
    let proc_access = if territory.proc_readable { rules.read_access } else { 0 };
    Rules { fd: rules.fd.as_raw_fd(), access: rules.access, file_access: rules.file_access, proc_access }
}
