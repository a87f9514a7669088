//! Which files a thread made before it was opened again, as its lines tell: for the question whether a command would take
//! away what is not its own. Read when that question first comes up.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use codex_protocol::{CommandSource, FileChange, ItemStatus, ThreadId, TurnItem};
use codex_rollout::{LoadedThread, StoredItem, ThreadRef, ThreadStore};
use codex_tools::{PastReader, PastWork};

/// Items read at once.
const PAGE: usize = 500;
/// More are not read: what they made counts as somebody else's.
const ITEMS_MAX: usize = 20_000;
/// The clock of the file system lags behind by a tick.
const CLOCK_LAG: Duration = Duration::from_millis(20);

/// Reads the lines of a thread that was loaded, and of those it continues.
pub(crate) fn reader(home: &Path, thread_id: ThreadId, loaded: &LoadedThread) -> PastReader {
    let home = home.to_path_buf();
    let mut threads = vec![thread_id, loaded.meta.id];
    threads.extend(loaded.meta.forked_from_id);
    threads.dedup();
    PastReader(Arc::new(move || read(&home, &threads)))
}

fn read(home: &Path, threads: &[ThreadId]) -> PastWork {
    let mut work =
        PastWork { threads: threads.iter().map(ThreadId::to_string).collect(), ..PastWork::default() };
    let store = ThreadStore::new(home);
    // The first that has a file: it leads to those it was forked from.
    let found = threads.iter().find_map(|id| store.find(&ThreadRef::Id(*id)).ok().flatten());
    let Some(mut transcript) = found.and_then(|file| store.transcript(&file).ok()) else { return work };
    let mut items = 0;
    while items < ITEMS_MAX {
        let Ok(page) = transcript.earlier(PAGE) else { break };
        if page.is_empty() {
            break;
        }
        items += page.len();
        page.into_iter().for_each(|item| note(&mut work, item));
    }
    work
}

fn note(work: &mut PastWork, stored: StoredItem) {
    match stored.item {
        TurnItem::FileChange(item) if item.status == ItemStatus::Completed => {
            for (path, change) in item.changes {
                match change {
                    FileChange::Add { .. } => work.added.extend([settled(path)]),
                    FileChange::Update { move_path: Some(into), .. } => work.added.extend([settled(into)]),
                    FileChange::Update { move_path: None, .. } | FileChange::Delete { .. } => {}
                }
            }
        }
        TurnItem::CommandExecution(item) if item.source != CommandSource::UserShell => {
            let at = stored.completed_at_ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
            let ended = at.and_then(|since| UNIX_EPOCH.checked_add(since));
            if let (Some(ended), Some(ran)) = (ended, item.duration) {
                let began =
                    ended.checked_sub(ran.saturating_add(CLOCK_LAG)).unwrap_or(SystemTime::UNIX_EPOCH);
                work.runs.push((began, ended));
            }
        }
        _ => {}
    }
}

/// Its place without links on the way, as it is looked up.
fn settled(path: PathBuf) -> PathBuf {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return path };
    std::fs::canonicalize(folder).map(|folder| folder.join(name)).unwrap_or(path)
}
