//! Appends to one thread.
//!
//! Invariants: nothing is on disk before the first append; a batch is one write, and after a failed one the file
//! ends with its last whole line, so the same batch may be tried again; a line once written is never changed.
//! Durability: bytes reach the kernel with every append, which a killed process cannot take back, and the disk
//! with [`ThreadWriter::sync`], which is called once a turn and guards against a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_protocol::{HistoryMode, RolloutItem, SessionMeta, ThreadId};
use codex_secrets::KnownSecrets;
use codex_stdx::make_private_folder;
use jiff::Timestamp;

use crate::RolloutError;
use crate::encode::Encoder;
use crate::faults::{Faults, Sink};
use crate::layout::Layout;
use crate::lock::WriterLock;
use crate::masking::mask_lines;

/// A batch buffer larger than this is given back.
const BUFFER_KEPT_BYTES_MAX: usize = 1024 * 1024;

/// The one writer of a thread.
#[derive(Debug)]
pub struct ThreadWriter {
    id: ThreadId,
    path: PathBuf,
    mode: HistoryMode,
    next_ordinal: u64,
    buf: Vec<u8>,
    state: State,
    layout: Layout,
    faults: Faults,
    /// What no line may hold.
    secrets: KnownSecrets,
    /// The lock of the thread's former file.
    inherited: Option<Arc<WriterLock>>,
}

#[derive(Debug)]
enum State {
    /// Nothing on disk yet.
    Planned(Box<SessionMeta>),
    Open(OpenFile),
}

#[derive(Debug)]
struct OpenFile {
    sink: Sink,
    /// Bytes of the file.
    len: u64,
    end: FileEnd,
    lock: Arc<WriterLock>,
}

/// How the file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileEnd {
    /// With a newline.
    Whole,
    /// In the middle of a line; the next write begins with a newline.
    Torn,
}

/// A thread's file found on disk, to be continued.
pub(crate) struct Continued {
    pub(crate) id: ThreadId,
    pub(crate) path: PathBuf,
    pub(crate) mode: HistoryMode,
    pub(crate) next_ordinal: u64,
    pub(crate) len: u64,
    pub(crate) end: FileEnd,
}

impl ThreadWriter {
    /// A thread that will be made by the first append.
    pub(crate) fn planned(
        layout: Layout,
        faults: Faults,
        path: PathBuf,
        meta: SessionMeta,
        first_ordinal: u64,
    ) -> Self {
        Self {
            id: meta.id,
            path,
            mode: meta.history_mode.unwrap_or(HistoryMode::Legacy),
            next_ordinal: first_ordinal,
            buf: Vec::new(),
            state: State::Planned(Box::new(meta)),
            layout,
            faults,
            secrets: KnownSecrets::none(),
            inherited: None,
        }
    }

    /// The same, whose lines hold none of these secrets.
    pub(crate) fn masking(self, secrets: KnownSecrets) -> Self {
        Self { secrets, ..self }
    }

    /// A thread that is there already, with its lock held.
    pub(crate) fn continued(
        layout: Layout,
        faults: Faults,
        thread: Continued,
        lock: WriterLock,
    ) -> Result<Self, RolloutError> {
        let Continued { id, path, mode, next_ordinal, len, end } = thread;
        let file = OpenOptions::new().append(true).open(&path).map_err(RolloutError::write(&path))?;
        let sink = Sink::new(file, faults.clone());
        let state = State::Open(OpenFile { sink, len, end, lock: Arc::new(lock) });
        let secrets = KnownSecrets::none();
        Ok(Self {
            id,
            path,
            mode,
            next_ordinal,
            buf: Vec::new(),
            state,
            layout,
            faults,
            secrets,
            inherited: None,
        })
    }

    /// The thread.
    pub fn thread_id(&self) -> ThreadId {
        self.id
    }

    /// Where the thread is, or will be with the first append.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the file numbers its lines.
    pub fn mode(&self) -> HistoryMode {
        self.mode
    }

    /// The ordinal the next line gets; always 0 in a legacy file.
    pub fn next_ordinal(&self) -> u64 {
        self.next_ordinal
    }

    /// Appends one item.
    ///
    /// # Errors
    /// As [`Self::append_all`].
    pub fn append(&mut self, item: &RolloutItem) -> Result<(), RolloutError> {
        self.append_all(std::slice::from_ref(item))
    }

    /// Appends items with one write. The first call makes the folders and the file and takes the writer's lock.
    ///
    /// # Errors
    /// When the thread has another writer, or the disk is full or read-only. None of the items is on disk then,
    /// and the same call may be made again.
    pub fn append_all(&mut self, items: &[RolloutItem]) -> Result<(), RolloutError> {
        if items.is_empty() {
            return Ok(());
        }
        let next_ordinal = self.encode(items)?;
        let written = self.write_buf();
        self.buf.clear();
        self.buf.shrink_to(BUFFER_KEPT_BYTES_MAX);
        written?;
        self.next_ordinal = next_ordinal;
        Ok(())
    }

    /// Makes the file at once, with the first line and nothing else.
    pub(crate) fn begin(&mut self) -> Result<(), RolloutError> {
        let next_ordinal = self.encode(&[])?;
        self.write_buf()?;
        self.next_ordinal = next_ordinal;
        Ok(())
    }

    /// A writer of the same thread in another file, which holds its first line; the lock is shared.
    pub(crate) fn rewound(
        &self,
        path: PathBuf,
        meta: SessionMeta,
        first_ordinal: u64,
    ) -> Result<Self, RolloutError> {
        let State::Open(open) = &self.state else { return Err(RolloutError::NotBegun { id: self.id }) };
        let planned = Self::planned(self.layout.clone(), self.faults.clone(), path, meta, first_ordinal);
        let inherited = Some(Arc::clone(&open.lock));
        let mut writer = Self { inherited, secrets: self.secrets.clone(), ..planned };
        writer.begin()?;
        Ok(writer)
    }

    /// Makes the file at once, with the first line and the first `len` bytes of `source`.
    pub(crate) fn begin_with(&mut self, source: File, len: u64, end: FileEnd) -> Result<(), RolloutError> {
        self.begin()?;
        let State::Open(open) = &mut self.state else { return Ok(()) };
        let copied = open.sink.copy_from(io::Read::take(source, len));
        let counted = copied.and_then(|()| open.sink.len());
        match counted {
            Ok(len) => {
                open.len = len;
                open.end = end;
                Ok(())
            }
            Err(source) => {
                // Half a copy is no thread.
                let _ = fs::remove_file(&self.path);
                Err(RolloutError::Write { path: self.path.clone(), source })
            }
        }
    }

    /// Puts everything appended so far on the disk itself. Call it at the end of a turn.
    ///
    /// # Errors
    /// When the disk reports that it lost something.
    pub fn sync(&mut self) -> Result<(), RolloutError> {
        match &self.state {
            State::Planned(_) => Ok(()),
            State::Open(open) => open.sink.sync().map_err(RolloutError::write(&self.path)),
        }
    }

    /// Bytes of the file.
    pub(crate) fn len(&self) -> u64 {
        match &self.state {
            State::Planned(_) => 0,
            State::Open(open) => open.len,
        }
    }

    /// Encodes a newline, the first line if it is not on disk yet, and the items; gives the ordinal that follows.
    fn encode(&mut self, items: &[RolloutItem]) -> Result<u64, RolloutError> {
        let stamp = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        self.buf.clear();
        self.buf.push(b'\n');
        let mut encoder =
            Encoder { out: &mut self.buf, mode: self.mode, stamp: &stamp, next_ordinal: self.next_ordinal };
        let encoded = match &self.state {
            State::Planned(meta) => encoder.item(&RolloutItem::SessionMeta(meta.clone())),
            State::Open(_) => Ok(()),
        }
        .and_then(|()| items.iter().try_for_each(|item| encoder.item(item)));
        let next_ordinal = encoder.next_ordinal;
        encoded.map_err(|source| RolloutError::Encode { path: self.path.clone(), source })?;
        mask_lines(&mut self.buf, &self.secrets.current());
        Ok(next_ordinal)
    }

    fn write_buf(&mut self) -> Result<(), RolloutError> {
        if self.buf.len() <= 1 {
            return Ok(());
        }
        match &mut self.state {
            State::Open(open) => open.write(&self.buf).map_err(RolloutError::write(&self.path)),
            State::Planned(_) => {
                let mut open = self.make_file()?;
                if let Err(source) = open.write(&self.buf) {
                    // An empty file would be refused; without it the next append begins afresh.
                    let _ = fs::remove_file(&self.path);
                    return Err(RolloutError::Write { path: self.path.clone(), source });
                }
                self.state = State::Open(open);
                Ok(())
            }
        }
    }

    fn make_file(&self) -> Result<OpenFile, RolloutError> {
        let lock = match &self.inherited {
            Some(lock) => Arc::clone(lock),
            None => Arc::new(WriterLock::acquire(&self.layout, self.id)?),
        };
        if let Some(folder) = self.path.parent() {
            make_private_folder(folder).map_err(RolloutError::write(folder))?;
        }
        let file = new_private_file(&self.path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => RolloutError::Exists { path: self.path.clone() },
            _ => RolloutError::Write { path: self.path.clone(), source },
        })?;
        let sink = Sink::new(file, self.faults.clone());
        Ok(OpenFile { sink, len: 0, end: FileEnd::Whole, lock })
    }
}

impl OpenFile {
    /// Writes a buffer that begins with a newline, which is left out after a whole line.
    fn write(&mut self, buf: &[u8]) -> io::Result<()> {
        let bytes = match self.end {
            FileEnd::Whole => &buf[1..],
            FileEnd::Torn => buf,
        };
        self.sink.write_all(bytes).inspect_err(|_| self.cut_off())?;
        self.len += bytes.len() as u64;
        self.end = FileEnd::Whole;
        Ok(())
    }

    /// Takes back what a failed write left. Where even that fails, the next write begins on a line of its own.
    fn cut_off(&mut self) {
        if self.sink.set_len(self.len).is_err()
            && let Ok(len) = self.sink.len()
            && len != self.len
        {
            self.len = len;
            self.end = FileEnd::Torn;
        }
    }
}

/// Makes a file only its owner can read: threads hold what people and programs said.
fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
