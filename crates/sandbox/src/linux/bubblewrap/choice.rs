//! The bubblewrap to use: found, and tried.
//! Invariant: never one that a command could have put there, and never one that has not built a sandbox in this process.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::arguments::User;
use super::find::{Bubblewrap, find};
use super::outer::{Helper, helper};
use super::trial::{Works, trial};
use crate::linux::orders::{Layering, Namespaces};
use crate::{BubblewrapProgram, SpawnError};

/// Folders that commands of every thread usually may write.
const SHARED: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// Longest version shown, characters.
const VERSION_CHARS_MAX: usize = 80;

/// A bubblewrap that was tried and works.
#[derive(Debug)]
pub(crate) struct Usable {
    pub(crate) bubblewrap: Bubblewrap,
    pub(super) user: User,
    pub(super) inner: InnerHalf,
    pub(super) helper: &'static Helper,
    /// Whether it can mount a folder that nobody may enter (`--perms`, since 0.5).
    pub(super) hides_folders: bool,
}

/// What runs inside of bubblewrap until the command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InnerHalf {
    /// A list of system calls; on machines for which there is such a program, where it may be executed.
    Calls,
    /// Our own program.
    Program,
}

impl Usable {
    /// Why this bubblewrap is too old for a command, `None` when it is not.
    pub(crate) fn is_short_of(&self, namespaces: &Namespaces) -> Option<String> {
        let hides = namespaces.layers.iter().any(|layer| layer.kind == Layering::MaskFolder);
        (hides && !self.hides_folders).then(|| {
            format!("`{}` is older than 0.5 and cannot hide folders", self.bubblewrap.path.display())
        })
    }
}

/// The bubblewrap of this system, from below none of `never_from`; the inner error says why there is none. Blocking; must
/// run on the spawner thread.
pub(crate) fn choose(never_from: &[PathBuf]) -> Result<Result<Usable, String>, SpawnError> {
    let Some(helper) = helper() else {
        return Ok(Err("this program has no inner half".to_owned()));
    };
    let shared = SHARED.iter().filter_map(|path| fs::canonicalize(path).ok());
    let never_from: Vec<PathBuf> = never_from.iter().cloned().chain(shared).collect();
    let bubblewrap = match find(&helper.search, &never_from) {
        Ok(bubblewrap) => bubblewrap,
        Err(reason) => return Ok(Err(reason)),
    };
    let tried = trial(&bubblewrap, helper)?;
    Ok(tried.map(|Works { user, inner, hides_folders }| Usable {
        bubblewrap,
        user,
        inner,
        helper,
        hides_folders,
    }))
}

/// Tries the system's bubblewrap out; says which one works. Blocking; must run on the spawner thread.
pub(crate) fn probe() -> Result<BubblewrapProgram, String> {
    let usable = choose(&[]).map_err(|error| error.to_string()).flatten()?;
    let path = usable.bubblewrap.path;
    let version =
        version(&path).map_err(|error| format!("`{} --version` failed: {error}", path.display()))?;
    Ok(BubblewrapProgram { path, version })
}

fn version(path: &Path) -> io::Result<String> {
    let said = said(path, "--version")?;
    Ok(said.trim().chars().filter(|c| !c.is_control()).take(VERSION_CHARS_MAX).collect())
}

/// What the program prints about itself.
pub(super) fn said(path: &Path, option: &str) -> io::Result<String> {
    let out = Command::new(path).arg(option).env_clear().stdin(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
}
