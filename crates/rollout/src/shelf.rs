//! Puts threads away, takes them back and deletes them (`rollouts.md §9`).
//! Invariant: a thread with a live writer is left alone, and no fork loses its source.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;

use crate::find::{files_below, find_archived};
use crate::layout::Layout;
use crate::load::read_meta;
use crate::lock::WriterLock;
use crate::{RolloutError, ThreadFile};

/// Moves a file to the archive; gives its new place.
pub(crate) fn archive(layout: &Layout, file: &ThreadFile) -> Result<PathBuf, RolloutError> {
    let _lock = WriterLock::acquire(layout, file.id)?;
    let name = file.path.file_name().unwrap_or_default();
    move_to(&file.path, layout.archived().join(name))
}

/// Moves a file back to its date folder; gives its new place.
pub(crate) fn unarchive(layout: &Layout, id: ThreadId) -> Result<PathBuf, RolloutError> {
    let _lock = WriterLock::acquire(layout, id)?;
    let file = find_archived(layout, id).ok_or(RolloutError::NotArchived { id })?;
    let name = file.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    move_to(&file.path, layout.home_of(name))
}

/// Deletes a file for good.
pub(crate) fn delete(layout: &Layout, file: &ThreadFile) -> Result<(), RolloutError> {
    let _lock = WriterLock::acquire(layout, file.id)?;
    let forks = forks_of(layout, file.id);
    if !forks.is_empty() {
        return Err(RolloutError::HasForks { id: file.id, forks });
    }
    fs::remove_file(&file.path).map_err(RolloutError::write(&file.path))
}

/// Threads whose earlier history lies in the file of `id`.
fn forks_of(layout: &Layout, id: ThreadId) -> Vec<ThreadId> {
    let everywhere = files_below(&layout.sessions()).into_iter().chain(files_below(&layout.archived()));
    everywhere
        .filter(|file| file.id != id)
        .filter(|file| {
            read_meta(file).is_ok_and(|meta| meta.history_base.is_some_and(|base| base.thread_id == id))
        })
        .map(|file| file.id)
        .collect()
}

fn move_to(from: &Path, to: PathBuf) -> Result<PathBuf, RolloutError> {
    if to.exists() {
        return Err(RolloutError::Exists { path: to });
    }
    let moved = || -> io::Result<()> {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(from, &to)
    };
    moved().map_err(RolloutError::write(&to))?;
    Ok(to)
}
