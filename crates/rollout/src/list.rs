//! Lists saved threads, newest first.
//! Invariant: a thread that cannot be read is left out, not an error.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use codex_protocol::{SessionMeta, ThreadId};

use crate::find::{is_agents_own, newest_first};
use crate::layout::{Layout, created_at};
use crate::load::read_meta;
use crate::names::all_names;
use crate::{RolloutError, ThreadFile};

/// Which threads are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only threads started in this folder.
    pub cwd: Option<PathBuf>,
    /// Which shelf is looked at.
    pub shelf: Shelf,
    /// Whether threads that agents made are listed too.
    pub agents: AgentThreads,
    /// The order.
    pub order: ListOrder,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Where threads lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shelf {
    /// `sessions`
    #[default]
    Live,
    /// `archived_sessions`
    Archived,
}

/// What happens to threads that agents and reviews made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AgentThreads {
    /// They are left out.
    #[default]
    Hidden,
    /// They are listed like any other.
    Shown,
}

/// One saved thread in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadSummary {
    /// Its file.
    pub file: ThreadFile,
    /// When it was written last.
    pub modified: SystemTime,
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// Its first line.
    pub meta: SessionMeta,
}

/// The order of a list, newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListOrder {
    /// By the last write.
    #[default]
    Updated,
    /// By the time in the id.
    Created,
}

/// Saved threads in their order, read as far as they are asked for: what is not reached costs no look into its file.
#[derive(Debug)]
pub struct ThreadPages {
    files: std::vec::IntoIter<(SystemTime, ThreadFile)>,
    names: HashMap<ThreadId, String>,
    cwd: Option<PathBuf>,
    agents: AgentThreads,
}

impl ThreadPages {
    pub(crate) fn open(layout: &Layout, filter: &ListFilter) -> Result<Self, RolloutError> {
        let folder = match filter.shelf {
            Shelf::Live => layout.sessions(),
            Shelf::Archived => layout.archived(),
        };
        let mut files = newest_first(folder);
        if filter.order == ListOrder::Created {
            let begun = |at: SystemTime, id| created_at(id).map_or(at, SystemTime::from);
            files.sort_by_key(|(modified, file)| Reverse((begun(*modified, file.id), file.id)));
        }
        Ok(Self {
            files: files.into_iter(),
            names: all_names(layout)?,
            cwd: filter.cwd.clone(),
            agents: filter.agents,
        })
    }

    /// How many files were not looked into yet.
    pub fn left(&self) -> usize {
        self.files.len()
    }

    /// Looks into so many more files; gives those of them that are listed. Blocking.
    pub fn page(&mut self, files: usize) -> Vec<ThreadSummary> {
        let end = self.files.len().saturating_sub(files);
        let mut listed = Vec::new();
        while self.files.len() > end {
            listed.extend(self.next());
        }
        listed
    }

    /// The next file, if it is listed.
    fn next(&mut self) -> Option<ThreadSummary> {
        let (modified, file) = self.files.next()?;
        let meta = read_meta(&file).ok()?;
        let wanted = self.cwd.as_ref().is_none_or(|cwd| *cwd == meta.cwd)
            && (self.agents == AgentThreads::Shown || !is_agents_own(&meta));
        wanted.then(|| ThreadSummary { modified, name: self.names.remove(&file.id), meta, file })
    }
}

pub(crate) fn list(layout: &Layout, filter: &ListFilter) -> Result<Vec<ThreadSummary>, RolloutError> {
    let mut pages = ThreadPages::open(layout, filter)?;
    let most = filter.limit.unwrap_or(usize::MAX);
    let mut listed = Vec::new();
    while listed.len() < most && pages.left() > 0 {
        listed.extend(pages.next());
    }
    Ok(listed)
}
