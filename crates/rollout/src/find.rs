//! Finds thread files by id, by name, or the last one (`rollouts.md §1`, §9).
//! Invariant: the files are the truth; folders and files that cannot be read are passed over, never an error.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use codex_protocol::{SessionMeta, ThreadId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::layout::{Layout, created_at, parse_file_name};
use crate::load::read_meta;
use crate::names::ids_named;
use crate::{RolloutError, ThreadFile, ThreadRef};

/// Folders below `sessions` are looked into this deep.
const DEPTH_MAX: usize = 16;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The file of a thread that is not archived.
pub(crate) fn find(
    layout: &Layout,
    zone: &TimeZone,
    thread: &ThreadRef,
) -> Result<Option<ThreadFile>, RolloutError> {
    match thread {
        ThreadRef::Id(id) => find_id(layout, zone, *id),
        ThreadRef::Name(name) => {
            for id in ids_named(layout, name)? {
                if let Some(file) = find_id(layout, zone, id)? {
                    return Ok(Some(file));
                }
            }
            Ok(None)
        }
        ThreadRef::Last { cwd } => Ok(last(layout, cwd.as_deref())),
    }
}

fn find_id(layout: &Layout, zone: &TimeZone, id: ThreadId) -> Result<Option<ThreadFile>, RolloutError> {
    if let Some(file) = find_live(layout, zone, id) {
        return Ok(Some(file));
    }
    match best(files_below(&layout.archived()), id) {
        Some(file) => Err(RolloutError::Archived { id, path: file.path }),
        None => Ok(None),
    }
}

/// The file below `sessions`: first in the folder its id points to, then anywhere.
pub(crate) fn find_live(layout: &Layout, zone: &TimeZone, id: ThreadId) -> Option<ThreadFile> {
    let days = created_at(id).into_iter().flat_map(|at| {
        [0, -1, 1].into_iter().filter_map(move |day| {
            Timestamp::from_second(at.as_second().checked_add(day * DAY_SECONDS)?).ok()
        })
    });
    days.map(|day| layout.day(day, zone))
        .find_map(|folder| best(files_in(&folder).0, id))
        .or_else(|| best(files_below(&layout.sessions()), id))
}

/// The file of a thread, archived or not: forks may refer to both.
pub(crate) fn find_anywhere(layout: &Layout, id: ThreadId) -> Result<Option<ThreadFile>, RolloutError> {
    Ok(find_live(layout, &codex_stdx::local_zone(), id).or_else(|| find_archived(layout, id)))
}

/// The file of an archived thread.
pub(crate) fn find_archived(layout: &Layout, id: ThreadId) -> Option<ThreadFile> {
    best(files_below(&layout.archived()), id)
}

fn best(files: Vec<ThreadFile>, id: ThreadId) -> Option<ThreadFile> {
    files.into_iter().filter(|file| file.id == id).min_by_key(|file| file.packing)
}

fn last(layout: &Layout, cwd: Option<&Path>) -> Option<ThreadFile> {
    newest_first(layout.sessions()).into_iter().map(|(_, file)| file).find(|file| match read_meta(file) {
        Ok(meta) => !is_agents_own(&meta) && cwd.is_none_or(|cwd| meta.cwd == cwd),
        Err(error) => {
            tracing::debug!(path = %file.path.display(), %error, "passed over an unreadable thread");
            false
        }
    })
}

/// Whether an agent or a review made the thread, not a person.
pub(crate) fn is_agents_own(meta: &SessionMeta) -> bool {
    meta.source.get("subagent").is_some() || meta.thread_source.as_deref() == Some("subagent")
}

/// All thread files below a folder by the time they were written, one for each thread.
pub(crate) fn newest_first(folder: PathBuf) -> Vec<(SystemTime, ThreadFile)> {
    let mut files = files_below(&folder);
    files.sort_by_key(|file| (file.id, file.packing));
    files.dedup_by_key(|file| file.id);
    let mut dated: Vec<(SystemTime, ThreadFile)> = files
        .into_iter()
        .filter_map(|file| Some((fs::metadata(&file.path).ok()?.modified().ok()?, file)))
        .collect();
    dated.sort_by_key(|(modified, file)| Reverse((*modified, file.id)));
    dated
}

/// All thread files below a folder. Links to folders are not followed.
pub(crate) fn files_below(folder: &Path) -> Vec<ThreadFile> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let (found, inner) = files_in(&folder);
        files.extend(found);
        if depth < DEPTH_MAX {
            folders.extend(inner.into_iter().map(|folder| (folder, depth + 1)));
        }
    }
    files
}

/// The thread files and the folders in a folder.
fn files_in(folder: &Path) -> (Vec<ThreadFile>, Vec<PathBuf>) {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(path);
        } else if let Some((id, packing)) = entry.file_name().to_str().and_then(parse_file_name) {
            files.push(ThreadFile { id, path, packing });
        }
    }
    (files, folders)
}
