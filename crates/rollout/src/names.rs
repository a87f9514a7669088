//! Names of threads: `session_index.jsonl` (`rollouts.md §9`).
//! Invariant: append-only; the last line of an id is its name; names are compared exactly.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use codex_protocol::ThreadId;
use codex_stdx::{LineText, ReverseLines};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::RolloutError;
use crate::layout::Layout;
use crate::lock::wait_for_lock;

#[derive(Debug, Serialize, Deserialize)]
struct IndexLine {
    id: ThreadId,
    thread_name: String,
    #[serde(default)]
    updated_at: String,
}

/// The threads that have this name, the one named last first.
pub(crate) fn ids_named(layout: &Layout, name: &str) -> Result<Vec<ThreadId>, RolloutError> {
    let mut ids = Vec::new();
    each_current(layout, |line| {
        if line.thread_name == name {
            ids.push(line.id);
        }
    })?;
    Ok(ids)
}

/// The names of all threads that have one.
pub(crate) fn all_names(layout: &Layout) -> Result<HashMap<ThreadId, String>, RolloutError> {
    let mut names = HashMap::new();
    each_current(layout, |line| {
        names.insert(line.id, line.thread_name);
    })?;
    Ok(names)
}

/// The name of one thread.
pub(crate) fn name_of(layout: &Layout, id: ThreadId) -> Result<Option<String>, RolloutError> {
    let mut name = None;
    each_current(layout, |line| {
        if line.id == id {
            name = Some(line.thread_name);
        }
    })?;
    Ok(name)
}

/// Calls `see` with the last line of each id, from the end of the file.
fn each_current(layout: &Layout, mut see: impl FnMut(IndexLine)) -> Result<(), RolloutError> {
    let path = layout.index();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(RolloutError::Read { path, source }),
    };
    let end = file.metadata().map_err(RolloutError::read(&path))?.len();
    let mut lines = ReverseLines::new(file, end);
    let mut seen = HashSet::new();
    while let Some(line) = lines.next_line().map_err(RolloutError::read(&path))? {
        // A line longer than the reader holds names no thread.
        let LineText::Whole(text) = line.text else { continue };
        if let Ok(line) = serde_json::from_slice::<IndexLine>(text)
            && seen.insert(line.id)
        {
            see(line);
        }
    }
    Ok(())
}

/// Names a thread.
pub(crate) fn set_name(layout: &Layout, id: ThreadId, name: &str) -> Result<(), RolloutError> {
    if name.trim().is_empty() || name.contains(['\n', '\r']) {
        return Err(RolloutError::InvalidName { name: name.to_owned() });
    }
    let path = layout.index();
    let line = IndexLine {
        id,
        thread_name: name.to_owned(),
        updated_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    };
    let text =
        serde_json::to_string(&line).map_err(|source| RolloutError::Encode { path: path.clone(), source })?;
    let lock_path = layout.index_lock();
    let _lock = wait_for_lock(&lock_path)
        .and_then(|lock| lock.ok_or_else(|| io::ErrorKind::TimedOut.into()))
        .map_err(RolloutError::write(&lock_path))?;
    append_line(&path, &text).map_err(RolloutError::write(&path))
}

fn append_line(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    // A name may tell what a thread is about.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let torn = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{torn}{text}\n").as_bytes())
}
