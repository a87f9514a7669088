//! The live commands of a thread under the numbers the model knows them by.
//! Invariant: at most `LIVE_SESSIONS_MAX` entries; whatever leaves the table by pruning is killed. Knows no tool.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::Rng;

use crate::Process;

/// Live sessions kept at once (`tools.md §3`).
pub const LIVE_SESSIONS_MAX: usize = 64;
/// The most recently used sessions that pruning never touches.
const PROTECTED_RECENT: usize = 8;
/// Session ids have up to five digits.
const SESSION_ID_MAX: i32 = 99_999;

/// The number a model uses to poll or write to a running command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(i32);

impl SessionId {
    /// The id a caller was given; unknown numbers are simply not found.
    pub fn new(number: i32) -> Self {
        Self(number)
    }

    /// The number shown to the model.
    pub fn number(self) -> i32 {
        self.0
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A session that had to go to make room. It has already been killed.
#[derive(Debug)]
pub struct Pruned {
    /// The number it had.
    pub id: SessionId,
    /// Its process, so that the caller can end the item it belongs to.
    pub process: Arc<Process>,
}

#[derive(Debug)]
struct Entry {
    process: Arc<Process>,
    last_used: u64,
}

#[derive(Debug, Default)]
struct Table {
    entries: HashMap<SessionId, Entry>,
    clock: u64,
}

/// The registry of one thread.
#[derive(Debug, Default)]
pub struct ExecSessions {
    table: Mutex<Table>,
}

impl ExecSessions {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a process that outlived its first call. When the table is full another session is killed and returned.
    pub fn insert(&self, process: Arc<Process>) -> (SessionId, Option<Pruned>) {
        let mut table = self.table();
        let pruned = if table.entries.len() >= LIVE_SESSIONS_MAX { table.prune() } else { None };
        let mut rng = rand::rng();
        let id = loop {
            let id = SessionId(rng.random_range(1..=SESSION_ID_MAX));
            if !table.entries.contains_key(&id) {
                break id;
            }
        };
        let last_used = table.tick();
        table.entries.insert(id, Entry { process, last_used });
        drop(table);
        if let Some(pruned) = &pruned {
            pruned.process.kill_group();
        }
        (id, pruned)
    }

    /// The process behind an id; counts as a use.
    pub fn get(&self, id: SessionId) -> Option<Arc<Process>> {
        let mut table = self.table();
        let last_used = table.tick();
        let entry = table.entries.get_mut(&id)?;
        entry.last_used = last_used;
        Some(Arc::clone(&entry.process))
    }

    /// Forgets a session, for instance once its end has been reported. The process is not killed.
    pub fn remove(&self, id: SessionId) -> Option<Arc<Process>> {
        self.table().entries.remove(&id).map(|entry| entry.process)
    }

    /// Number of sessions in the table.
    pub fn len(&self) -> usize {
        self.table().entries.len()
    }

    /// Whether no session is live.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Kills every session and returns when all of them are gone.
    pub async fn kill_all(&self) {
        let entries = std::mem::take(&mut self.table().entries);
        for entry in entries.values() {
            entry.process.kill_group();
        }
        for entry in entries.into_values() {
            entry.process.wait().await;
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // The table is consistent between statements, so a panic elsewhere while it was held does no harm.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn prune(&mut self) -> Option<Pruned> {
        let mut by_age: Vec<(u64, SessionId, bool)> = self
            .entries
            .iter()
            .map(|(id, entry)| (entry.last_used, *id, entry.process.exit_code().is_some()))
            .collect();
        by_age.sort_unstable();
        let id = victim(&by_age)?;
        self.entries.remove(&id).map(|entry| Pruned { id, process: entry.process })
    }
}

/// Whom to prune among sessions ordered from least to most recently used: ended ones first.
fn victim(by_age: &[(u64, SessionId, bool)]) -> Option<SessionId> {
    let candidates = &by_age[..by_age.len().saturating_sub(PROTECTED_RECENT)];
    candidates.iter().find(|(_, _, ended)| *ended).or(candidates.first()).map(|(_, id, _)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ended: &[usize]) -> Vec<(u64, SessionId, bool)> {
        (0..20).map(|n| (n as u64, SessionId(n as i32), ended.contains(&n))).collect()
    }

    #[test]
    fn the_victim_is_ended_first_then_oldest_and_never_recent() {
        assert_eq!(victim(&rows(&[])), Some(SessionId(0)));
        assert_eq!(victim(&rows(&[5, 9])), Some(SessionId(5)));
        assert_eq!(victim(&rows(&[15])), Some(SessionId(0)));
        assert_eq!(victim(&rows(&[])[..8]), None);
    }
}
