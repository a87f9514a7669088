//! Packed threads (`.jsonl.zst`, `rollouts.md §1`).
//! Invariant: a plain file appears whole or not at all, and the packed one goes only after that.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::layout::plain_path;
use crate::{Packing, RolloutError, ThreadFile};

/// Opens the thread's text for reading; of a packed file a nameless unpacked copy.
pub(crate) fn open_plain(file: &ThreadFile) -> Result<File, RolloutError> {
    let opened = File::open(&file.path).map_err(RolloutError::read(&file.path))?;
    match file.packing {
        Packing::Plain => Ok(opened),
        Packing::Zstd => {
            let unpacked = || -> io::Result<File> {
                let mut copy = tempfile::tempfile()?;
                zstd::stream::copy_decode(opened, &mut copy)?;
                copy.rewind()?;
                Ok(copy)
            };
            unpacked().map_err(RolloutError::read(&file.path))
        }
    }
}

/// Opens the thread's text to read its beginning; a packed file is unpacked only as far as it is read.
pub(crate) fn open_start(file: &ThreadFile) -> Result<Box<dyn Read>, RolloutError> {
    let opened = File::open(&file.path).map_err(RolloutError::read(&file.path))?;
    Ok(match file.packing {
        Packing::Plain => Box::new(opened),
        Packing::Zstd => {
            Box::new(zstd::stream::read::Decoder::new(opened).map_err(RolloutError::read(&file.path))?)
        }
    })
}

/// Puts the plain file in the place of the packed one.
pub(crate) fn unpack(file: ThreadFile) -> Result<ThreadFile, RolloutError> {
    if file.packing == Packing::Plain {
        return Ok(file);
    }
    let path = plain_path(&file.path);
    let folder = path.parent().unwrap_or(Path::new("."));
    let packed = File::open(&file.path).map_err(RolloutError::read(&file.path))?;
    let mut plain = NamedTempFile::new_in(folder).map_err(RolloutError::write(&path))?;
    zstd::stream::copy_decode(packed, plain.as_file_mut()).map_err(RolloutError::read(&file.path))?;
    plain.as_file().sync_data().map_err(RolloutError::write(&path))?;
    plain.persist(&path).map_err(|error| RolloutError::Write { path: path.clone(), source: error.error })?;
    fs::remove_file(&file.path).map_err(RolloutError::write(&file.path))?;
    Ok(ThreadFile { path, packing: Packing::Plain, ..file })
}
