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
use crate::{Packing, RolloutError, ThreadFile, ThreadRef};

/// Folders below `sessions` are looked into this deep.
const DEPTH_MAX: usize = 16;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The file of a thread that is not archived.
pub(crate) fn find(layout: &Layout, thread: &ThreadRef) -> Result<Option<ThreadFile>, RolloutError> {
    match thread {
        ThreadRef::Id(id) => find_id(layout, *id),
        ThreadRef::Name(name) => {
            for id in ids_named(layout, name)? {
                if let Some(file) = find_id(layout, id)? {
                    return Ok(Some(file));
                }
            }
            Ok(None)
        }
        ThreadRef::Last { cwd } => Ok(last(layout, cwd.as_deref())),
    }
}

fn find_id(layout: &Layout, id: ThreadId) -> Result<Option<ThreadFile>, RolloutError> {
    if let Some(file) = find_live(layout, id) {
        return Ok(Some(file));
    }
    match best(files_below(&layout.archived()), id) {
        Some(file) => Err(RolloutError::Archived { id, path: file.path }),
        None => Ok(None),
    }
}

/// The file below `sessions` a thread goes on in. Going back may have begun one on any later day, so all are looked at.
pub(crate) fn find_live(layout: &Layout, id: ThreadId) -> Option<ThreadFile> {
    best(files_below(&layout.sessions()), id)
}

/// The date folders an id points to.
fn days_of(layout: &Layout, zone: &TimeZone, id: ThreadId) -> Vec<PathBuf> {
    let days = created_at(id).into_iter().flat_map(|at| {
        [0, -1, 1].into_iter().filter_map(move |day| {
            Timestamp::from_second(at.as_second().checked_add(day * DAY_SECONDS)?).ok()
        })
    });
    days.map(|day| layout.day(day, zone)).collect()
}

/// The file with this own id, archived or not: later files and forks may refer to both.
pub(crate) fn find_part(layout: &Layout, part: ThreadId) -> Option<ThreadFile> {
    let of = |folder: &Path| {
        files_below(folder).into_iter().filter(|file| file.part == part).min_by_key(|file| file.packing)
    };
    let near = days_of(layout, &codex_stdx::local_zone(), part);
    let near = near.into_iter().flat_map(|folder| files_in(&folder).0);
    near.filter(|file| file.part == part)
        .min_by_key(|file| file.packing)
        .or_else(|| of(&layout.sessions()))
        .or_else(|| of(&layout.archived()))
}

/// The file of an archived thread.
pub(crate) fn find_archived(layout: &Layout, id: ThreadId) -> Option<ThreadFile> {
    best(files_below(&layout.archived()), id)
}

fn best(files: Vec<ThreadFile>, id: ThreadId) -> Option<ThreadFile> {
    files.into_iter().filter(|file| file.id == id).max_by_key(newest_part)
}

/// Orders the files of one thread: the one it goes on in is the greatest.
fn newest_part(file: &ThreadFile) -> (bool, ThreadId, Reverse<Packing>) {
    (file.part != file.id, file.part, Reverse(file.packing))
}

/// All files of a thread in a folder and below.
pub(crate) fn parts_of(folder: &Path, id: ThreadId) -> Vec<ThreadFile> {
    files_below(folder).into_iter().filter(|file| file.id == id).collect()
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
    files.sort_by_key(|file| (file.id, Reverse(newest_part(file))));
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
        } else if let Some((id, part, packing)) = entry.file_name().to_str().and_then(parse_file_name) {
            files.push(ThreadFile { id, part, path, packing });
        }
    }
    (files, folders)
}
