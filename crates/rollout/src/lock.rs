//! One writer per thread (`rollouts.md §9`): an advisory lock on `thread-writer-locks/<id>.lock`.
//!
//! Invariant: who holds a [`WriterLock`] is the only writer, also beside the official program. Lock files are made
//! and removed under `.coordination.lock`, so nobody locks a file that has just lost its name. A file left behind
//! by a killed process is no lock: locks die with their process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use codex_protocol::ThreadId;
use codex_stdx::make_private_folder;

use crate::RolloutError;
use crate::layout::Layout;

/// How long a lock that is held for moments only is waited for.
const WAIT_MAX: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(2);
/// How often a lock file may lose its name to an uncoordinated process before we give up.
const ATTEMPTS_MAX: usize = 16;

/// The right to write one thread; given back when dropped.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: Option<File>,
    path: PathBuf,
    folder: PathBuf,
}

impl WriterLock {
    /// Takes the lock, or says at once that somebody else has it.
    pub(crate) fn acquire(layout: &Layout, id: ThreadId) -> Result<Self, RolloutError> {
        let folder = layout.locks();
        let path = folder.join(format!("{id}.lock"));
        make_private_folder(&folder).map_err(RolloutError::write(&folder))?;
        // Without it the name check below still keeps two writers apart.
        let coordination =
            wait_for_lock(&coordination_path(&folder)).map_err(RolloutError::write(&folder))?;
        for _ in 0..ATTEMPTS_MAX {
            let file = open_lock_file(&path).map_err(RolloutError::write(&path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(RolloutError::ActiveWriter { id, lock: path }),
                Err(TryLockError::Error(source)) => return Err(RolloutError::Write { path, source }),
            }
            if still_named(&file, &path) {
                drop(coordination);
                return Ok(Self { file: Some(file), path, folder });
            }
        }
        Err(RolloutError::ActiveWriter { id, lock: path })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Removing the file is tidiness only: without the coordination lock it stays.
        if let Ok(Some(_coordination)) = lock_now(&coordination_path(&self.folder)) {
            if self.file.as_ref().is_some_and(|file| still_named(file, &self.path)) {
                let _ = fs::remove_file(&self.path);
            }
            self.file = None;
        }
    }
}

/// The lock held for the moment in which a lock file is made or removed.
fn coordination_path(folder: &Path) -> PathBuf {
    folder.join(".coordination.lock")
}

/// Locks a file that others hold only for moments; gives up after a bounded time, because a process that was
/// stopped while holding it must not stop everybody else.
pub(crate) fn wait_for_lock(path: &Path) -> io::Result<Option<File>> {
    let give_up = Instant::now() + WAIT_MAX;
    loop {
        match lock_now(path)? {
            Some(held) => return Ok(Some(held)),
            None if Instant::now() >= give_up => return Ok(None),
            None => std::thread::sleep(POLL),
        }
    }
}

fn lock_now(path: &Path) -> io::Result<Option<File>> {
    let file = open_lock_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens a file to lock it, making it if needed.
fn open_lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether `path` still names the file that was locked.
#[cfg(unix)]
pub(crate) fn still_named(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => held.dev() == named.dev() && held.ino() == named.ino(),
        _ => false,
    }
}

/// Locks an open file, waiting a moment for whoever holds it; says whether that worked.
pub(crate) fn wait_for(file: &File) -> io::Result<bool> {
    let give_up = Instant::now() + WAIT_MAX;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if Instant::now() >= give_up => return Ok(false),
            Err(TryLockError::WouldBlock) => std::thread::sleep(POLL),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Open files keep their names here.
#[cfg(not(unix))]
pub(crate) fn still_named(_file: &File, path: &Path) -> bool {
    path.exists()
}
