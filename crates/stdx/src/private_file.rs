//! A file for nobody else's eyes, in a folder of its own; both are gone when it is dropped.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::random_name::random_name;

/// Names that are tried when one is taken.
const TRIES_MAX: u32 = 32;

/// The file, with its folder.
#[derive(Debug)]
pub struct PrivateFile {
    folder: PathBuf,
    path: PathBuf,
}

impl PrivateFile {
    /// Writes a file called `name` to a new folder below `parent`; the folder's name begins with `prefix`. Folder and
    /// file can only be entered and read by their owner.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn create(parent: &Path, prefix: &str, name: &str, bytes: &[u8]) -> io::Result<Self> {
        let folder = new_folder(parent, prefix)?;
        // From here on a failure takes the folder away again.
        let file = Self { path: folder.join(name), folder };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut open = options.open(&file.path)?;
        open.write_all(bytes)?;
        open.flush()?;
        Ok(file)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        // A folder that somebody else took away is gone as well.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn new_folder(parent: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    let mut tries = 0;
    loop {
        let folder = parent.join(format!("{prefix}{}", random_name()));
        match builder.create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES_MAX => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    // threat 18
    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it_and_it_does_not_stay() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let file = PrivateFile::create(dir.path(), "draft-", "text.md", b"words").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.path()), mode(file.path().parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read(file.path()).unwrap(), b"words");
        drop(file);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
