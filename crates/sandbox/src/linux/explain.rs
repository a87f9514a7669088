//! From the few numbers a child reports to an error that names the path. Pure.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::bubblewrap;
use super::orders::{Failure, Orders, Step};
use crate::{CommandSpec, SpawnError};

/// What a failure of the child means to a caller.
pub(crate) fn explain(failure: Failure, spec: &CommandSpec, orders: &Orders) -> SpawnError {
    let namespaces = orders.namespaces();
    let source = io::Error::from_raw_os_error(failure.errno);
    let index = usize::try_from(failure.index).unwrap_or_default();
    match failure.step {
        Step::Workdir => SpawnError::BadWorkdir { path: spec.cwd.clone(), source },
        Step::Execute => SpawnError::Execute { program: spec.program.to_string_lossy().into_owned(), source },
        Step::Layer => match namespaces.and_then(|n| n.layers.get(index)) {
            Some(layer) => SpawnError::Protect { path: path_of(&layer.place.path), source },
            None => system(failure),
        },
        Step::Inspect => {
            let checked = namespaces.and_then(|n| bubblewrap::checks(n).into_iter().nth(index));
            let path = checked.map_or_else(|| PathBuf::from("/proc/self/ns"), |check| path_of(&check.path));
            SpawnError::Misbuilt { path, source }
        }
        Step::OpenRoot | Step::MountRoot => {
            match namespaces.and_then(|n| n.writable.iter().chain(&n.reopened).nth(index)) {
                Some(root) => SpawnError::WritableRoot { path: path_of(&root.path), source },
                None => system(failure),
            }
        }
        Step::Landlock | Step::Filter | Step::Capabilities | Step::Descriptors | Step::Doors => {
            SpawnError::SandboxUnavailable { reason: format!("{} failed: {source}", failure.step.name()) }
        }
        _ => system(failure),
    }
}

/// A failure that says nothing about the command.
pub(crate) fn system(failure: Failure) -> SpawnError {
    SpawnError::System { step: failure.step.name(), source: io::Error::from_raw_os_error(failure.errno) }
}

fn path_of(text: &CStr) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(text.to_bytes()))
}
