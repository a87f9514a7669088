//! One thread's way to its file. An ephemeral thread has none; the rest of core does not know the difference.

use std::path::Path;

use codex_protocol::{ItemId, RolloutItem, UserInput};
use codex_rollout::{LoadedThread, RolloutError, ThreadStore, ThreadWriter};

/// Puts facts on disk in the order they are given.
#[derive(Debug)]
pub(crate) struct Recorder {
    writer: Option<ThreadWriter>,
}

impl Recorder {
    /// Records to a file.
    pub(crate) fn saved(writer: ThreadWriter) -> Self {
        Self { writer: Some(writer) }
    }

    /// Records nothing.
    pub(crate) fn ephemeral() -> Self {
        Self { writer: None }
    }

    /// Goes back to before a message (`tui.md §8`); `None` when nothing is saved.
    pub(crate) fn rewind(
        &mut self,
        store: &ThreadStore,
        before: &ItemId,
    ) -> Option<Result<(LoadedThread, Vec<UserInput>), RolloutError>> {
        self.writer.as_mut().map(|writer| store.rewind(writer, before))
    }

    /// Where the thread is saved.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.writer.as_ref().map(ThreadWriter::path)
    }

    /// Writes one line.
    pub(crate) fn record(&mut self, item: &RolloutItem) -> Result<(), RolloutError> {
        match &mut self.writer {
            Some(writer) => writer.append(item),
            None => Ok(()),
        }
    }

    /// Writes several lines with one system call.
    pub(crate) fn record_all(&mut self, items: &[RolloutItem]) -> Result<(), RolloutError> {
        match &mut self.writer {
            Some(writer) if !items.is_empty() => writer.append_all(items),
            _ => Ok(()),
        }
    }

    /// Makes what was written survive a power cut. Called at the end of a turn.
    pub(crate) fn sync(&mut self) -> Result<(), RolloutError> {
        match &mut self.writer {
            Some(writer) => writer.sync(),
            None => Ok(()),
        }
    }
}
