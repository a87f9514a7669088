//! Puts threads away, takes them back and deletes them (`rollouts.md §9`).
//! Invariant: a thread with a live writer is left alone, and no fork loses its source.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use codex_protocol::{SessionMeta, ThreadId};
use codex_stdx::make_private_folder;

use crate::find::{files_below, find_archived, parts_of};
use crate::layout::Layout;
use crate::load::read_meta;
use crate::lock::WriterLock;
use crate::{RolloutError, ThreadFile, ThreadRef};

/// Moves a thread's files to the archive; gives the new place of the one it goes on in.
pub(crate) fn archive(layout: &Layout, file: &ThreadFile) -> Result<PathBuf, RolloutError> {
    let _lock = WriterLock::acquire(layout, file.id)?;
    let mut place = None;
    for part in parts_of(&layout.sessions(), file.id) {
        let moved = move_to(&part.path, layout.archived().join(part.path.file_name().unwrap_or_default()))?;
        if part == *file {
            place = Some(moved);
        }
    }
    place.ok_or(RolloutError::NotFound { thread: ThreadRef::Id(file.id) })
}

/// Moves a thread's files back to their date folders; gives the new place of the one it goes on in.
pub(crate) fn unarchive(layout: &Layout, id: ThreadId) -> Result<PathBuf, RolloutError> {
    let _lock = WriterLock::acquire(layout, id)?;
    let file = find_archived(layout, id).ok_or(RolloutError::NotArchived { id })?;
    let mut place = None;
    for part in parts_of(&layout.archived(), id) {
        let name = part.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let moved = move_to(&part.path, layout.home_of(name))?;
        if part == file {
            place = Some(moved);
        }
    }
    place.ok_or(RolloutError::NotArchived { id })
}

/// Deletes a thread's files for good, the one it goes on in last.
pub(crate) fn delete(layout: &Layout, file: &ThreadFile) -> Result<(), RolloutError> {
    let _lock = WriterLock::acquire(layout, file.id)?;
    let parts = [parts_of(&layout.sessions(), file.id), parts_of(&layout.archived(), file.id)].concat();
    let forks = forks_of(layout, file.id, &parts);
    if !forks.is_empty() {
        return Err(RolloutError::HasForks { id: file.id, forks });
    }
    for part in parts.iter().filter(|part| *part != file).chain([file]) {
        fs::remove_file(&part.path).map_err(RolloutError::write(&part.path))?;
    }
    Ok(())
}

/// Other threads whose earlier history lies in one of these files.
fn forks_of(layout: &Layout, id: ThreadId, parts: &[ThreadFile]) -> Vec<ThreadId> {
    let everywhere = files_below(&layout.sessions()).into_iter().chain(files_below(&layout.archived()));
    let refers = |meta: SessionMeta| {
        meta.history_base.is_some_and(|base| parts.iter().any(|part| part.part == base.thread_id))
    };
    everywhere
        .filter(|file| file.id != id)
        .filter(|file| read_meta(file).is_ok_and(refers))
        .map(|file| file.id)
        .collect()
}

fn move_to(from: &Path, to: PathBuf) -> Result<PathBuf, RolloutError> {
    if to.exists() {
        return Err(RolloutError::Exists { path: to });
    }
    let moved = || -> io::Result<()> {
        if let Some(folder) = to.parent() {
            make_private_folder(folder)?;
        }
        fs::rename(from, &to)
    };
    moved().map_err(RolloutError::write(&to))?;
    Ok(to)
}
