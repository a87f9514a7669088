//! Lists saved threads, newest first.
//! Invariant: a thread that cannot be read is left out, not an error.

use std::path::PathBuf;
use std::time::SystemTime;

use codex_protocol::SessionMeta;

use crate::find::{is_agents_own, newest_first};
use crate::layout::Layout;
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

pub(crate) fn list(layout: &Layout, filter: &ListFilter) -> Result<Vec<ThreadSummary>, RolloutError> {
    let folder = match filter.shelf {
        Shelf::Live => layout.sessions(),
        Shelf::Archived => layout.archived(),
    };
    let mut names = all_names(layout)?;
    let threads = newest_first(folder).into_iter().filter_map(|(modified, file)| {
        let meta = read_meta(&file).ok()?;
        let wanted = filter.cwd.as_ref().is_none_or(|cwd| *cwd == meta.cwd)
            && (filter.agents == AgentThreads::Shown || !is_agents_own(&meta));
        wanted.then(|| ThreadSummary { modified, name: names.remove(&file.id), meta, file })
    });
    Ok(threads.take(filter.limit.unwrap_or(usize::MAX)).collect())
}
