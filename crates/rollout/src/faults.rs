//! The one place bytes of a thread leave through, and the seam that lets tests break it.
//! Invariant: without faults it is the file itself. Knows no lines.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What goes wrong on the disk of a [`crate::ThreadStore`]: nothing by default, a full disk in tests.
#[derive(Debug, Clone)]
pub struct Faults(Arc<FaultState>);

#[derive(Debug)]
struct FaultState {
    bytes_left: AtomicU64,
    truncate_fails: AtomicBool,
}

impl Default for Faults {
    fn default() -> Self {
        Self(Arc::new(FaultState {
            bytes_left: AtomicU64::new(u64::MAX),
            truncate_fails: AtomicBool::new(false),
        }))
    }
}

impl Faults {
    /// A disk that is full after this many bytes.
    pub fn full_after(bytes: u64) -> Self {
        let faults = Self::default();
        faults.set_bytes_left(bytes);
        faults
    }

    /// Changes how many bytes still fit; `u64::MAX` is no limit.
    pub fn set_bytes_left(&self, bytes: u64) {
        self.0.bytes_left.store(bytes, Ordering::Relaxed);
    }

    /// Whether cutting a half-written line off fails too.
    pub fn set_truncate_fails(&self, fails: bool) {
        self.0.truncate_fails.store(fails, Ordering::Relaxed);
    }
}

/// A thread's file, opened for appending.
#[derive(Debug)]
pub(crate) struct Sink {
    file: File,
    faults: Faults,
}

impl Sink {
    pub(crate) fn new(file: File, faults: Faults) -> Self {
        Self { file, faults }
    }

    pub(crate) fn set_len(&self, len: u64) -> io::Result<()> {
        if self.faults.0.truncate_fails.load(Ordering::Relaxed) {
            return Err(io::Error::other("truncation made to fail"));
        }
        self.file.set_len(len)
    }

    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Writes all that `source` gives, in large pieces.
    pub(crate) fn copy_from(&mut self, mut source: impl Read) -> io::Result<()> {
        let mut piece = vec![0; 256 * 1024];
        loop {
            match source.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(n) => self.write_all(&piece[..n])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.faults.0.bytes_left.load(Ordering::Relaxed);
        if left == u64::MAX {
            return self.file.write(bytes);
        }
        let fits = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        if fits == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.file.write(&bytes[..fits])?;
        self.faults.set_bytes_left(left - written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
