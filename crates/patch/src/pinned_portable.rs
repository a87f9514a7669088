//! The same operations where folders cannot be held open: by path, through std.
//! Must not be used under a limited scope, because a link swapped in between would be followed; `apply`
//! refuses that.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Whether folders on the way are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Create,
    Fail,
}

/// What an existing file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// A folder, by path.
#[derive(Debug)]
pub(crate) struct PinnedDir(PathBuf);

impl PinnedDir {
    /// Names the folder, making it when asked.
    pub(crate) fn open(dir: &Path, missing: Missing) -> io::Result<Self> {
        if missing == Missing::Create {
            fs::create_dir_all(dir)?;
        }
        Ok(Self(dir.to_owned()))
    }

    /// The regular file `name`, or `None` when there is nothing.
    pub(crate) fn existing(&self, name: &OsStr, access: Access) -> io::Result<Option<File>> {
        match OpenOptions::new().read(true).write(access == Access::ReadWrite).open(self.0.join(name)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the new file `name`.
    pub(crate) fn create(&self, name: &OsStr, content: &[u8]) -> io::Result<()> {
        let path = self.0.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(content).inspect_err(|_| drop(fs::remove_file(&path)))
    }

    /// Gives the open file new content.
    pub(crate) fn replace(&self, _name: &OsStr, file: &mut File, content: &[u8]) -> io::Result<()> {
        file.rewind()?;
        file.write_all(content)?;
        file.set_len(content.len() as u64)
    }

    /// Removes the entry `name`.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }
}
