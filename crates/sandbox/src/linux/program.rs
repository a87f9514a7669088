//! From a program name and texts to what `execve` takes.
//! Invariant: the lookup uses the command's own `PATH` and folder, never ours.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::orders::{Program, StringList};
use crate::{CommandSpec, SpawnError};

/// Prepares the program of a command.
pub(crate) fn prepare(spec: &CommandSpec) -> Result<Program, SpawnError> {
    let found = resolve(spec)?;
    let mut argv = vec![text("the program", spec.program.clone())?];
    for argument in &spec.args {
        argv.push(text("an argument", argument.clone())?);
    }
    let mut env = Vec::with_capacity(spec.env.len());
    for (name, value) in &spec.env {
        if name.is_empty() || name.as_bytes().contains(&b'=') {
            let what = format!("variable `{}`", name.to_string_lossy());
            return Err(SpawnError::BadText { what, reason: "its name is empty or holds `=`" });
        }
        let mut pair = name.clone();
        pair.push("=");
        pair.push(value);
        env.push(text("a variable", pair)?);
    }
    Ok(Program {
        path: path_text(&found)?,
        argv: StringList::new(argv),
        env: StringList::new(env),
        cwd: path_text(&spec.cwd)?,
    })
}

/// A path as a C string.
pub(crate) fn path_text(path: &Path) -> Result<CString, SpawnError> {
    text("a path", path.as_os_str().to_owned())
}

fn text(what: &str, text: OsString) -> Result<CString, SpawnError> {
    let shown = text.to_string_lossy().chars().take(80).collect::<String>();
    CString::new(text.into_vec()).map_err(|_| SpawnError::BadText {
        what: format!("{what} `{}`", shown.escape_debug()),
        reason: "it holds a NUL byte",
    })
}

fn resolve(spec: &CommandSpec) -> Result<PathBuf, SpawnError> {
    let failed =
        |source| SpawnError::Execute { program: spec.program.to_string_lossy().into_owned(), source };
    if spec.program.is_empty() {
        return Err(failed(io::Error::from(io::ErrorKind::NotFound)));
    }
    if spec.program.as_bytes().contains(&b'/') {
        // A relative one is taken from the working folder: the child has entered it by then.
        return Ok(PathBuf::from(&spec.program));
    }
    let path = spec.env.iter().rev().find(|(name, _)| name == "PATH");
    let path = path.map_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"), |(_, value)| value);
    let mut denied = false;
    for folder in std::env::split_paths(path) {
        let candidate = spec.cwd.join(folder).join(&spec.program);
        if !candidate.is_file() {
            continue;
        }
        if is_executable(&candidate) {
            return Ok(candidate);
        }
        denied = true;
    }
    let kind = if denied { io::ErrorKind::PermissionDenied } else { io::ErrorKind::NotFound };
    Err(failed(io::Error::from(kind)))
}

fn is_executable(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: the path is NUL-terminated.
    unsafe { libc::access(path.as_ptr(), libc::X_OK) == 0 }
}
