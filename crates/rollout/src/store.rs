//! The saved threads of one home folder: the door of this crate.
//! Invariant: files are the only truth and are only appended to. Blocking and short; knows no network and no turns.

use std::path::PathBuf;

use codex_protocol::{HistoryBase, HistoryMode, ItemId, SessionMeta, ThreadId, UserInput};
use codex_secrets::KnownSecrets;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::calls::calls;
use crate::compactions::compactions;
use crate::faults::Faults;
use crate::find::{find, find_archived, find_live};
use crate::layout::{Layout, created_at};
use crate::list::{ListFilter, ThreadPages, ThreadSummary, list};
use crate::load::{Loaded, load, read_meta};
use crate::lock::WriterLock;
use crate::names;
use crate::preview::first_prompt;
use crate::rewind::cut_before;
use crate::shelf;
use crate::transcript::Transcript;
use crate::unpack::{open_plain, unpack};
use crate::writer::{Continued, ThreadWriter};
use crate::{CompactionTrace, LoadedThread, Packing, PastCall, RolloutError, ThreadFile, ThreadRef};

/// The saved threads below one `$CODEX_HOME`. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct ThreadStore {
    layout: Layout,
    zone: TimeZone,
    faults: Faults,
    secrets: KnownSecrets,
}

impl ThreadStore {
    /// The threads below this folder, which need not exist. Folders and file names follow local time.
    pub fn new(codex_home: impl Into<PathBuf>) -> Self {
        Self {
            layout: Layout::new(codex_home.into()),
            zone: codex_stdx::local_zone(),
            faults: Faults::default(),
            secrets: KnownSecrets::none(),
        }
    }

    /// The same, in whose files none of these secrets is written: `[secret:NAME]` stands in their place. What was
    /// written before stays as it is.
    #[must_use]
    pub fn masking(self, secrets: KnownSecrets) -> Self {
        Self { secrets, ..self }
    }

    /// The same on a disk with faults; for tests.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// Plans a new paginated thread. Nothing is on disk before the first append (`rollouts.md §2`).
    pub fn create(&self, meta: SessionMeta) -> ThreadWriter {
        let meta = SessionMeta { history_mode: Some(HistoryMode::Paginated), ..meta };
        self.plan(meta, 0)
    }

    /// Finds the file of a thread.
    ///
    /// # Errors
    /// [`RolloutError::Archived`] when it is put away; when the name index cannot be read.
    pub fn find(&self, thread: &ThreadRef) -> Result<Option<ThreadFile>, RolloutError> {
        find(&self.layout, thread)
    }

    /// Reads a thread's first line only.
    ///
    /// # Errors
    /// When the file cannot be read or is not a thread.
    pub fn meta(&self, file: &ThreadFile) -> Result<SessionMeta, RolloutError> {
        read_meta(file)
    }

    /// Reads a thread without becoming its writer.
    ///
    /// # Errors
    /// When the file cannot be read or is not a thread, or a fork's source is gone.
    pub fn load(&self, file: &ThreadFile) -> Result<LoadedThread, RolloutError> {
        Ok(load(&self.layout, file)?.thread)
    }

    /// What each compaction of the thread kept and dropped.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn compactions(&self, file: &ThreadFile) -> Result<Vec<CompactionTrace>, RolloutError> {
        compactions(file)
    }

    /// The tool calls of a thread's own file, oldest first, and its first line. What a fork continues is not read.
    ///
    /// # Errors
    /// When the file cannot be read or is not a thread.
    pub fn calls(&self, file: &ThreadFile) -> Result<(SessionMeta, Vec<PastCall>), RolloutError> {
        calls(file)
    }

    /// Opens what a person saw of a thread, to be read from the newest item backwards.
    ///
    /// # Errors
    /// When the file cannot be read or is not a thread.
    pub fn transcript(&self, file: &ThreadFile) -> Result<Transcript, RolloutError> {
        Transcript::open(&self.layout, file)
    }

    /// Reads a thread and becomes its writer. A packed thread is unpacked.
    ///
    /// # Errors
    /// As [`Self::find`] and [`Self::load`]; when there is no such thread, or it has another writer.
    pub fn resume(&self, thread: &ThreadRef) -> Result<(LoadedThread, ThreadWriter), RolloutError> {
        let id = self.required(thread)?.id;
        let lock = WriterLock::acquire(&self.layout, id)?;
        // Only now is it certain that nobody moves, unpacks or appends to the file.
        let file = unpack(self.required(&ThreadRef::Id(id))?)?;
        let Loaded { thread, end, .. } = load(&self.layout, &file)?;
        let continued = Continued {
            id,
            path: file.path,
            mode: thread.mode,
            next_ordinal: thread.next_ordinal,
            len: thread.size,
            end,
        };
        let writer = ThreadWriter::continued(self.layout.clone(), self.faults.clone(), continued, lock)?;
        Ok((thread, writer.masking(self.secrets.clone())))
    }

    /// Begins a new file of a thread, in which everything before a message of the person is its history (`tui.md §8`);
    /// gives the thread as it is then, and what the message said. On an error the writer is as before.
    ///
    /// # Errors
    /// When the thread has no such message, has the old form, is not on disk yet, or the file cannot be written.
    pub fn rewind(
        &self,
        writer: &mut ThreadWriter,
        before: &ItemId,
    ) -> Result<(LoadedThread, Vec<UserInput>), RolloutError> {
        let id = writer.thread_id();
        if writer.mode() == HistoryMode::Legacy {
            return Err(RolloutError::LegacyRewind { id });
        }
        let file = self.required(&ThreadRef::Id(id))?;
        let cut = cut_before(&self.layout, &file, before)?;
        let now = Timestamp::now();
        let mut part = ThreadId::new_v7();
        while part <= file.part {
            // Two within one tick: the newer one must sort last.
            part = ThreadId::new_v7();
        }
        let meta = SessionMeta {
            timestamp: now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            history_base: Some(cut.base),
            ..read_meta(&file)?
        };
        let path = self.layout.later_part(id, part, now, &self.zone);
        let begun = writer.rewound(path, meta, cut.base.end_ordinal_exclusive)?;
        let file = ThreadFile { id, part, path: begun.path().to_owned(), packing: Packing::Plain };
        let loaded = load(&self.layout, &file)?;
        *writer = begun;
        Ok((loaded.thread, cut.input))
    }

    /// Makes a new thread that continues another one, whole lines of which are its history from then on. The
    /// source may have a live writer. The new file is written at once (`rollouts.md §8`).
    ///
    /// `meta` says what is new; the references to the source are filled in, and base instructions and the model
    /// provider are the source's where `meta` has none.
    ///
    /// # Errors
    /// As [`Self::find`] and [`Self::load`]; when there is no such thread, or the new file cannot be written.
    pub fn fork(
        &self,
        thread: &ThreadRef,
        meta: SessionMeta,
    ) -> Result<(LoadedThread, ThreadWriter), RolloutError> {
        let file = self.required(thread)?;
        let Loaded { thread: source, good_end, good_end_is, .. } = load(&self.layout, &file)?;
        let mut meta = SessionMeta {
            forked_from_id: Some(file.id),
            history_mode: Some(source.mode),
            base_instructions: meta.base_instructions.or(source.meta.base_instructions),
            model_provider: meta.model_provider.or(source.meta.model_provider),
            ..meta
        };
        let mut writer = match source.mode {
            HistoryMode::Paginated => {
                meta.forked_from_ordinal_exclusive = Some(source.next_ordinal);
                meta.history_base = Some(HistoryBase {
                    thread_id: file.part,
                    end_ordinal_exclusive: source.next_ordinal,
                    end_byte_offset: good_end,
                });
                self.plan(meta.clone(), source.next_ordinal)
            }
            HistoryMode::Legacy => self.plan(meta.clone(), 0),
        };
        match source.mode {
            HistoryMode::Paginated => writer.begin()?,
            HistoryMode::Legacy => writer.begin_with(open_plain(&file)?, good_end, good_end_is)?,
        }
        let loaded = LoadedThread {
            meta,
            path: writer.path().to_owned(),
            next_ordinal: writer.next_ordinal(),
            size: writer.len(),
            ..source
        };
        Ok((loaded, writer))
    }

    /// Names a thread. The newest name counts.
    ///
    /// # Errors
    /// When the name is empty or has a line break, or the index cannot be written.
    pub fn set_name(&self, id: ThreadId, name: &str) -> Result<(), RolloutError> {
        names::set_name(&self.layout, id, &self.secrets.mask(name))
    }

    /// The name of a thread, if it was given one.
    ///
    /// # Errors
    /// When the name index cannot be read.
    pub fn name(&self, id: ThreadId) -> Result<Option<String>, RolloutError> {
        names::name_of(&self.layout, id)
    }

    /// What the person said first in a thread; `None` when nothing was said or it stands too far from the beginning.
    pub fn first_prompt(&self, file: &ThreadFile) -> Option<String> {
        first_prompt(&self.layout, file)
    }

    /// Lists threads, newest first.
    ///
    /// # Errors
    /// When the name index cannot be read.
    pub fn list(&self, filter: &ListFilter) -> Result<Vec<ThreadSummary>, RolloutError> {
        list(&self.layout, filter)
    }

    /// The same threads, read page by page; the limit of the filter is the caller's.
    ///
    /// # Errors
    /// When the name index cannot be read.
    pub fn pages(&self, filter: &ListFilter) -> Result<ThreadPages, RolloutError> {
        ThreadPages::open(&self.layout, filter)
    }

    /// Puts a thread away, so that it cannot be resumed; gives its new place.
    ///
    /// # Errors
    /// When there is no such thread, it is put away already, or it has a writer.
    pub fn archive(&self, id: ThreadId) -> Result<PathBuf, RolloutError> {
        shelf::archive(&self.layout, &self.required(&ThreadRef::Id(id))?)
    }

    /// Takes a thread back from the archive; gives its new place.
    ///
    /// # Errors
    /// When there is no such thread or it is not put away.
    pub fn unarchive(&self, id: ThreadId) -> Result<PathBuf, RolloutError> {
        if find_live(&self.layout, id).is_some() {
            return Err(RolloutError::NotArchived { id });
        }
        if find_archived(&self.layout, id).is_none() {
            return Err(RolloutError::NotFound { thread: ThreadRef::Id(id) });
        }
        shelf::unarchive(&self.layout, id)
    }

    /// Deletes a thread, archived or not.
    ///
    /// # Errors
    /// When there is no such thread, it has a writer, or other threads continue it.
    pub fn delete(&self, id: ThreadId) -> Result<(), RolloutError> {
        let file = find_live(&self.layout, id).or_else(|| find_archived(&self.layout, id));
        shelf::delete(&self.layout, &file.ok_or(RolloutError::NotFound { thread: ThreadRef::Id(id) })?)
    }

    fn required(&self, thread: &ThreadRef) -> Result<ThreadFile, RolloutError> {
        self.find(thread)?.ok_or_else(|| RolloutError::NotFound { thread: thread.clone() })
    }

    fn plan(&self, meta: SessionMeta, first_ordinal: u64) -> ThreadWriter {
        let created =
            meta.timestamp.parse().ok().or_else(|| created_at(meta.id)).unwrap_or_else(Timestamp::now);
        let path = self.layout.rollout(meta.id, created, &self.zone);
        let writer =
            ThreadWriter::planned(self.layout.clone(), self.faults.clone(), path, meta, first_ordinal);
        writer.masking(self.secrets.clone())
    }
}
