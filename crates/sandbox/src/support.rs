//! What this system can enforce, found by trying it.
//! Owns the answer only; what to do about it is the caller's decision.

use std::path::PathBuf;

/// The rungs of the ladder, the strongest first: the policy is the same on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// Private namespaces of our own with read-only mounts, seccomp, and Landlock where present: the whole policy.
    Namespaces,
    /// The same, with the namespaces and mounts made by the system's bubblewrap.
    Bubblewrap,
    /// Landlock and seccomp: nothing is written outside the roots, but see [`Rung::limits`].
    Landlock,
    /// Nothing: restricted commands are refused.
    None,
}

impl Rung {
    /// In a person's words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "private namespaces",
            Self::Bubblewrap => "bubblewrap",
            Self::Landlock => "Landlock alone",
            Self::None => "none",
        }
    }

    /// Whether the whole policy is enforced.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Namespaces | Self::Bubblewrap)
    }

    /// What a person should know about this rung, one sentence each.
    pub fn limits(self) -> &'static [&'static str] {
        match self {
            Self::Namespaces | Self::Bubblewrap => &[],
            Self::Landlock => LANDLOCK_LIMITS,
            Self::None => &["Commands run only with full access."],
        }
    }
}

const LANDLOCK_LIMITS: &[&str] = &[
    "Entries directly in a writable root, /tmp included, cannot be created, removed or renamed; what exists below them can be changed.",
    "Modes, owners and extended attributes cannot be changed anywhere, and times only through an open file.",
    "The times of any readable file of the same user can be changed.",
    "Processes outside the sandbox are visible, though they cannot be signalled (Linux 6.12) or traced.",
    "Terminals of the same user can be read by path.",
    "Processes that detach twice from a command may outlive it.",
    "System V shared memory, semaphores and message queues are shared with other processes of the same user.",
    "/dev/shm cannot be written.",
    "Behind the network proxy commands that have the network are refused: Landlock knows ports, but no hosts.",
    "Where a profile denies reading, the folders that lead to the denied paths cannot be listed, and files made in them later cannot be read.",
];

/// The system's bubblewrap, as it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BubblewrapProgram {
    /// Where it lies, links resolved.
    pub path: PathBuf,
    /// What it says its version is, such as `bubblewrap 0.8.0`.
    pub version: String,
}

/// The outcome of [`check_support`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The rung commands get.
    pub rung: Rung,
    /// Version of Landlock, `None` without it.
    pub landlock_abi: Option<i32>,
    /// Why private namespaces cannot be used, `None` when they can.
    pub namespaces_missing: Option<String>,
    /// The bubblewrap that works here, or why there is none.
    pub bubblewrap: Result<BubblewrapProgram, String>,
    /// Why system calls cannot be filtered, `None` when they can.
    pub filter_missing: Option<String>,
}

impl Support {
    /// What holds restricted commands here, in a line.
    pub fn summary(&self) -> String {
        let landlock = self.landlock_abi.map(|abi| format!("Landlock ABI {abi}"));
        let mounts = ["read-only mounts".to_owned()];
        let parts: Vec<String> = match self.rung {
            Rung::None => return "nothing: they are refused, unless they run with full access".to_owned(),
            Rung::Namespaces | Rung::Bubblewrap => mounts.into_iter().chain(landlock).collect(),
            Rung::Landlock => landlock.into_iter().collect(),
        };
        let name = match (self.rung, &self.bubblewrap) {
            (Rung::Bubblewrap, Ok(program)) => format!("{} ({})", program.version, program.path.display()),
            (rung, _) => rung.name().to_owned(),
        };
        format!("{name}: {}, seccomp", parts.join(", "))
    }

    /// Every rung that can be had here, the strongest first.
    pub fn rungs(&self) -> Vec<Rung> {
        if self.filter_missing.is_some() {
            return Vec::new();
        }
        let landlock = self.landlock_abi.is_some_and(|abi| abi >= LANDLOCK_ABI_NEEDED);
        let rungs = [
            (self.namespaces_missing.is_none(), Rung::Namespaces),
            (self.bubblewrap.is_ok(), Rung::Bubblewrap),
            (landlock, Rung::Landlock),
        ];
        rungs.into_iter().filter_map(|(there, rung)| there.then_some(rung)).collect()
    }
}

/// The first version of Landlock that can keep a file from being emptied (Linux 6.2).
pub(crate) const LANDLOCK_ABI_NEEDED: i32 = 3;

/// Finds out what the system enforces, by building a sandbox in each way and ending at once.
#[cfg(target_os = "linux")]
pub async fn check_support() -> Support {
    use crate::linux::{filter_missing, landlock_abi, on_spawner, probe, probe_bubblewrap};
    let namespaces_missing = on_spawner(probe).await.map_err(|error| error.to_string()).flatten().err();
    let bubblewrap = on_spawner(probe_bubblewrap).await.map_err(|error| error.to_string()).flatten();
    let (landlock_abi, filter_missing) = (landlock_abi(), filter_missing());
    let mut support =
        Support { rung: Rung::None, landlock_abi, namespaces_missing, bubblewrap, filter_missing };
    support.rung = support.rungs().first().copied().unwrap_or(Rung::None);
    support
}

/// Nothing is enforced on this platform yet.
#[cfg(not(target_os = "linux"))]
pub async fn check_support() -> Support {
    let missing = || format!("not available on {}", std::env::consts::OS);
    Support {
        rung: Rung::None,
        landlock_abi: None,
        namespaces_missing: Some(missing()),
        bubblewrap: Err(missing()),
        filter_missing: Some(missing()),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn support(rung: Rung, landlock_abi: Option<i32>) -> Support {
        let bubblewrap =
            BubblewrapProgram { path: "/usr/bin/bwrap".into(), version: "bubblewrap 0.8.0".into() };
        Support {
            rung,
            landlock_abi,
            namespaces_missing: (rung != Rung::Namespaces).then(|| "not permitted".to_owned()),
            bubblewrap: if rung <= Rung::Bubblewrap { Ok(bubblewrap) } else { Err("not on PATH".to_owned()) },
            filter_missing: None,
        }
    }

    #[test]
    fn a_line_says_what_holds_commands() {
        let lines = [
            (Rung::Namespaces, Some(7), "private namespaces: read-only mounts, Landlock ABI 7, seccomp"),
            (Rung::Namespaces, None, "private namespaces: read-only mounts, seccomp"),
            (Rung::Bubblewrap, None, "bubblewrap 0.8.0 (/usr/bin/bwrap): read-only mounts, seccomp"),
            (Rung::Landlock, Some(4), "Landlock alone: Landlock ABI 4, seccomp"),
            (Rung::None, None, "nothing: they are refused, unless they run with full access"),
        ];
        for (rung, abi, line) in lines {
            assert_eq!(support(rung, abi).summary(), line);
        }
    }

    #[test]
    fn the_rungs_are_those_that_work_and_without_a_filter_there_is_none() {
        use Rung::{Bubblewrap, Landlock, Namespaces};
        assert_eq!(support(Namespaces, Some(7)).rungs(), [Namespaces, Bubblewrap, Landlock]);
        assert_eq!(support(Bubblewrap, Some(2)).rungs(), [Bubblewrap]);
        assert_eq!(support(Landlock, Some(3)).rungs(), [Landlock]);
        let unfiltered = Support { filter_missing: Some("old".to_owned()), ..support(Namespaces, Some(7)) };
        assert_eq!(unfiltered.rungs(), []);
    }
}
