//! Saved threads for pickers and for the history a front end shows: listed newest first, read from the end.
//! Knows no screen; reads only.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use codex_protocol::{ThreadId, TurnItem};
use codex_rollout::{AgentThreads, ListFilter, Shelf, ThreadRef, ThreadStore, Transcript};

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
}

/// What a person saw of a thread, newest first.
pub struct SavedTranscript {
    transcript: Transcript,
}

impl SavedThreads {
    /// The threads below this home folder.
    pub fn new(codex_home: &Path) -> Self {
        Self { store: ThreadStore::new(codex_home) }
    }

    /// The newest threads, of one working folder or of all. Blocking.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self, cwd: Option<&Path>, limit: usize) -> Result<Vec<SavedThread>, StartError> {
        let filter = ListFilter {
            cwd: cwd.map(Path::to_path_buf),
            shelf: Shelf::Live,
            agents: AgentThreads::Hidden,
            limit: Some(limit),
        };
        let threads = self.store.list(&filter)?.into_iter().map(|summary| SavedThread {
            id: summary.file.id,
            name: summary.name,
            cwd: summary.meta.cwd,
            branch: summary.meta.git.and_then(|git| git.branch),
            modified: summary.modified,
        });
        Ok(threads.collect())
    }

    /// Takes a thread out of the list; `codex unarchive` puts it back. Blocking.
    ///
    /// # Errors
    /// When there is no such thread, or someone has it open.
    pub fn archive(&self, id: ThreadId) -> Result<(), StartError> {
        self.store.archive(id)?;
        Ok(())
    }

    /// Removes a thread for good. Blocking.
    ///
    /// # Errors
    /// When there is no such thread, or someone has it open.
    pub fn delete(&self, id: ThreadId) -> Result<(), StartError> {
        self.store.delete(id)?;
        Ok(())
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

impl SavedTranscript {
    /// Up to `items_max` earlier items, newest first; fewer only at the thread's beginning. Blocking.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn earlier(&mut self, items_max: usize) -> Result<Vec<TurnItem>, StartError> {
        Ok(self.transcript.earlier(items_max)?.into_iter().map(|stored| stored.item).collect())
    }
}
