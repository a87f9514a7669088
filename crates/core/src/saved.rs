//! Saved threads for pickers and for the history a front end shows: listed newest first, read from the end.
//! Knows no screen; reads only.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use codex_protocol::{SessionMeta, ThreadId, TurnItem};
use codex_rollout::{
    AgentThreads, ListFilter, ListOrder, RolloutError, Shelf, ThreadPages, ThreadRef, ThreadStore,
    ThreadSummary, Transcript,
};

use codex_secrets::KnownSecrets;

use crate::error::StartError;

/// The saved threads of one home folder.
#[derive(Debug, Clone)]
pub struct SavedThreads {
    store: ThreadStore,
}

/// One saved thread in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedThread {
    /// The thread.
    pub id: ThreadId,
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// Where it was begun.
    pub cwd: PathBuf,
    /// The branch checked out there.
    pub branch: Option<String>,
    /// When it was written last.
    pub modified: SystemTime,
    /// When it was begun.
    pub created: SystemTime,
    /// What was said first in it, on as many lines as it had.
    pub first_prompt: Option<String>,
}

/// Which saved threads are listed, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilter {
    /// Only threads begun in this folder.
    pub cwd: Option<PathBuf>,
    /// Active or put away.
    pub shelf: SavedShelf,
    /// The order.
    pub sort: SavedSort,
    /// At most so many.
    pub limit: usize,
}

impl Default for SavedFilter {
    fn default() -> Self {
        Self { cwd: None, shelf: SavedShelf::Active, sort: SavedSort::Updated, limit: usize::MAX }
    }
}

/// Where threads lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedShelf {
    /// They can be resumed.
    Active,
    /// They are put away.
    Archived,
}

/// The order of a list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedSort {
    /// By the last line.
    Updated,
    /// By the first line.
    Created,
}

/// Saved threads in their order, as far as their files were looked into.
#[derive(Debug)]
pub struct SavedPages {
    store: ThreadStore,
    pages: ThreadPages,
}

/// What a person saw of a thread, newest first.
pub struct SavedTranscript {
    transcript: Transcript,
}

impl SavedThreads {
    /// The threads below this home folder.
    pub fn new(codex_home: &Path) -> Self {
        Self { store: ThreadStore::new(codex_home).masking(KnownSecrets::of_process()) }
    }

    /// The newest threads, of one working folder or of all. Blocking.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self, cwd: Option<&Path>, limit: usize) -> Result<Vec<SavedThread>, StartError> {
        let filter = SavedFilter { cwd: cwd.map(Path::to_path_buf), limit, ..SavedFilter::default() };
        self.find(&filter)
    }

    /// The threads of one shelf, in the order asked for. Blocking.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn find(&self, filter: &SavedFilter) -> Result<Vec<SavedThread>, StartError> {
        let threads = self.store.list(&ListFilter { limit: Some(filter.limit), ..wanted(filter) })?;
        Ok(threads.into_iter().map(|summary| described(&self.store, summary)).collect())
    }

    /// The same threads, looked into page by page. Blocking: all files are sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn pages(&self, filter: &SavedFilter) -> Result<SavedPages, StartError> {
        Ok(SavedPages { store: self.store.clone(), pages: self.store.pages(&wanted(filter))? })
    }

    /// Finds the thread meant by an id or a name, archived or not. Blocking.
    ///
    /// # Errors
    /// When there is none.
    pub fn identify(&self, thread: &ThreadRef) -> Result<ThreadId, StartError> {
        match self.store.find(thread) {
            Ok(Some(file)) => Ok(file.id),
            Ok(None) => Err(StartError::NotFound(thread.clone())),
            Err(RolloutError::Archived { id, .. }) => Ok(id),
            Err(error) => Err(error.into()),
        }
    }

    /// Names a thread that is not open. Blocking.
    ///
    /// # Errors
    /// When the name cannot be used or written.
    pub fn rename(&self, id: ThreadId, name: &str) -> Result<(), StartError> {
        Ok(self.store.set_name(id, name)?)
    }

    /// Puts a thread away. Blocking.
    ///
    /// # Errors
    /// When there is no such thread, it is put away already, or it is open.
    pub fn archive(&self, id: ThreadId) -> Result<(), StartError> {
        self.store.archive(id)?;
        Ok(())
    }

    /// Takes a thread back from the archive. Blocking.
    ///
    /// # Errors
    /// When there is no such thread or it is not put away.
    pub fn unarchive(&self, id: ThreadId) -> Result<(), StartError> {
        self.store.unarchive(id)?;
        Ok(())
    }

    /// Deletes a thread for good. Blocking.
    ///
    /// # Errors
    /// When there is no such thread, it is open, or others continue it.
    pub fn delete(&self, id: ThreadId) -> Result<(), StartError> {
        Ok(self.store.delete(id)?)
    }

    /// Opens what was seen of a thread. Blocking.
    ///
    /// # Errors
    /// When there is no such thread or its file cannot be read.
    pub fn transcript(&self, id: ThreadId) -> Result<SavedTranscript, StartError> {
        let thread = ThreadRef::Id(id);
        let file = self.store.find(&thread)?.ok_or(StartError::NotFound(thread))?;
        Ok(SavedTranscript { transcript: self.store.transcript(&file)? })
    }
}

fn wanted(filter: &SavedFilter) -> ListFilter {
    ListFilter {
        cwd: filter.cwd.clone(),
        shelf: match filter.shelf {
            SavedShelf::Active => Shelf::Live,
            SavedShelf::Archived => Shelf::Archived,
        },
        agents: AgentThreads::Hidden,
        order: match filter.sort {
            SavedSort::Updated => ListOrder::Updated,
            SavedSort::Created => ListOrder::Created,
        },
        limit: None,
    }
}

fn described(store: &ThreadStore, summary: ThreadSummary) -> SavedThread {
    SavedThread {
        id: summary.file.id,
        name: summary.name,
        first_prompt: store.first_prompt(&summary.file),
        created: created(&summary.meta, summary.modified),
        cwd: summary.meta.cwd,
        branch: summary.meta.git.and_then(|git| git.branch),
        modified: summary.modified,
    }
}

impl SavedPages {
    /// Looks into so many more files; gives the threads among them that are listed. Blocking.
    pub fn page(&mut self, files: usize) -> Vec<SavedThread> {
        self.pages.page(files).into_iter().map(|summary| described(&self.store, summary)).collect()
    }

    /// How many files were not looked into yet.
    pub fn left(&self) -> usize {
        self.pages.left()
    }
}

/// When a thread was begun; when it was written last, if it does not say.
fn created(meta: &SessionMeta, modified: SystemTime) -> SystemTime {
    meta.id.uuid().get_timestamp().map_or(modified, |stamp| {
        let (seconds, nanos) = stamp.to_unix();
        SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos)
    })
}

impl SavedTranscript {
    /// Up to `items_max` earlier items, newest first; fewer only at the thread's beginning. Blocking.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn earlier(&mut self, items_max: usize) -> Result<Vec<TurnItem>, StartError> {
        Ok(self.transcript.earlier(items_max)?.into_iter().map(|stored| stored.item).collect())
    }
}
