//! What this system can enforce, found by trying it.
//! Owns the answer only; what to do about it is the caller's decision.

/// How well restricted policies are enforced here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Private namespaces with read-only mounts, seccomp, and Landlock where present: the whole policy.
    Full,
    /// Landlock and seccomp: nothing is written outside the roots, but see [`Support::limits`].
    LandlockOnly,
    /// Nothing: restricted commands are refused.
    None,
}

/// The outcome of [`check_support`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The level commands get.
    pub level: Level,
    /// Version of Landlock, `None` without it.
    pub landlock_abi: Option<i32>,
    /// Why private namespaces cannot be used, `None` when they can.
    pub namespaces_missing: Option<String>,
    /// Why system calls cannot be filtered, `None` when they can.
    pub filter_missing: Option<String>,
}

impl Support {
    /// What a person should know about this level, one sentence each.
    pub fn limits(&self) -> &'static [&'static str] {
        match self.level {
            Level::Full => &[],
            Level::LandlockOnly => &[
                "Entries directly in a writable root, /tmp included, cannot be created, removed or renamed; what exists below them can be changed.",
                "Modes, owners and extended attributes cannot be changed anywhere, and times only through an open file.",
                "The times of any readable file of the same user can be changed.",
                "Processes outside the sandbox are visible, though they cannot be signalled (Linux 6.12) or traced.",
                "Terminals of the same user can be read by path.",
                "Processes that detach twice from a command may outlive it.",
                "System V shared memory, semaphores and message queues are shared with other processes of the same user.",
                "/dev/shm cannot be written.",
                "Where a profile denies reading, the folders that lead to the denied paths cannot be listed, and files made in them later cannot be read.",
            ],
            Level::None => &["Commands run only with full access."],
        }
    }
}

/// Finds out what the kernel enforces, by starting a process that confines itself and ends at once.
#[cfg(target_os = "linux")]
pub async fn check_support() -> Support {
    use crate::linux::{ABI_WITH_TRUNCATE, filter_missing, landlock_abi, on_spawner, probe};
    let landlock_abi = landlock_abi();
    let filter_missing = filter_missing();
    let namespaces_missing = on_spawner(probe).await.map_err(|error| error.to_string()).flatten().err();
    let level = match (&filter_missing, &namespaces_missing, landlock_abi) {
        (Some(_), _, _) => Level::None,
        (None, None, _) => Level::Full,
        (None, Some(_), Some(abi)) if abi >= ABI_WITH_TRUNCATE => Level::LandlockOnly,
        (None, Some(_), _) => Level::None,
    };
    Support { level, landlock_abi, namespaces_missing, filter_missing }
}

/// Nothing is enforced on this platform yet.
#[cfg(not(target_os = "linux"))]
pub async fn check_support() -> Support {
    let missing = || Some(format!("not available on {}", std::env::consts::OS));
    Support {
        level: Level::None,
        landlock_abi: None,
        namespaces_missing: missing(),
        filter_missing: missing(),
    }
}
