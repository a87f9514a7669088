//! Whether a bubblewrap works here, found by building a sandbox with it in which nothing runs.
//! Invariant: the answer is remembered in this process only, for the very file that was tried; a refusal is soon tried again.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::arguments::User;
use super::choice::{InnerHalf, Usable, said};
use super::find::Bubblewrap;
use super::outer::{Helper, Outer, start};
use crate::linux::filter::{self, Metadata, Network};
use crate::linux::orders::{Confinement, Namespaces};
use crate::linux::stdio::Wiring;
use crate::{SpawnError, StdioMode};

/// How long a refusal is believed: it may have been a moment without processes or memory.
const REFUSAL_HOLDS: Duration = Duration::from_secs(30);

const INNER_HALVES: &[InnerHalf] = if cfg!(target_arch = "x86_64") {
    &[InnerHalf::Calls, InnerHalf::Program]
} else {
    &[InnerHalf::Program]
};

/// What works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Works {
    /// In whose user namespace.
    pub(super) user: User,
    pub(super) inner: InnerHalf,
    pub(super) hides_folders: bool,
}

/// What a trial showed: how it works, or why it does not.
type Trial = Result<Works, String>;

struct Known {
    bubblewrap: Bubblewrap,
    tried: Instant,
    trial: Trial,
}

/// Tries `bubblewrap`, or tells how it went before. Blocking; must run on the spawner thread.
pub(super) fn trial(bubblewrap: &Bubblewrap, helper: &'static Helper) -> Result<Trial, SpawnError> {
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = &*known
        && known.bubblewrap == *bubblewrap
        && (known.trial.is_ok() || known.tried.elapsed() < REFUSAL_HOLDS)
    {
        return Ok(known.trial.clone());
    }
    let trial = try_out(bubblewrap, helper)?;
    *known = Some(Known { bubblewrap: bubblewrap.clone(), tried: Instant::now(), trial: trial.clone() });
    Ok(trial)
}

fn try_out(bubblewrap: &Bubblewrap, helper: &'static Helper) -> Result<Trial, SpawnError> {
    let filter = filter::program(Network::Off, Metadata::KeptByMounts)
        .map_err(|reason| SpawnError::SandboxUnavailable { reason })?;
    let wiring = Wiring::open(StdioMode::Pipes)
        .map_err(|source| SpawnError::System { step: "opening standard streams", source })?;
    let confinement = Confinement { namespaces: Some(Namespaces::without_roots()), landlock: None, filter };
    let mut refused = String::new();
    // A namespace of its own first: with setuid, or as root without user namespaces, only ours works.
    let users = [User::Own, User::Ours].into_iter();
    // The quicker one first: it is missing on some machines, and files in memory may not be executed everywhere.
    let ways = users.flat_map(|user| INNER_HALVES.iter().map(move |inner| (user, *inner)));
    for (user, inner) in ways {
        let candidate = Usable { bubblewrap: bubblewrap.clone(), user, inner, helper, hides_folders: false };
        match start(&candidate, None, wiring.streams(), &confinement)? {
            Outer::Started(child) => {
                let _ = child.reap();
                // Asked only of one that has shown what it is.
                let help = said(&bubblewrap.path, "--help").unwrap_or_default();
                return Ok(Ok(Works { user, inner, hides_folders: help.contains("--perms") }));
            }
            Outer::Refused(reason) => refused = reason,
            Outer::Failed(failure) => {
                let error = std::io::Error::from_raw_os_error(failure.errno);
                refused = format!("{} failed: {error}", failure.step.name());
            }
        }
    }
    Ok(Err(refused))
}
