//! The bubblewrap to use: found, and tried.
//! Invariant: never one that a command could have put there, and never one that has not built a sandbox in this process.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::arguments::User;
use super::find::{Bubblewrap, find};
use super::outer::{Helper, helper};
use super::trial::trial;
use crate::{BubblewrapProgram, SpawnError};

/// Folders that commands of every thread usually may write.
const SHARED: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// A bubblewrap that was tried and works.
#[derive(Debug)]
pub(crate) struct Usable {
    pub(crate) bubblewrap: Bubblewrap,
    pub(super) user: User,
    pub(super) helper: &'static Helper,
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
    Ok(tried.map(|user| Usable { bubblewrap, user, helper }))
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
    let out = Command::new(path).arg("--version").env_clear().stdin(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&out.stdout).trim().chars().filter(|c| !c.is_control()).take(80).collect())
}
