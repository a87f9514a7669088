//! A file a person named for one result. Opened before the work, so that a bad name costs nothing, and empty until
//! the result is there. Not replaced but written in place: the name may be a pipe or `/dev/stderr`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// An open, empty file.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    file: File,
}

impl OutputFile {
    /// Opens the file and empties it.
    ///
    /// # Errors
    /// When the name cannot be written to.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_path_buf(), file: File::create(path)? })
    }

    /// The name as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the result.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_result_is_gone_before_the_new_one_is_there() {
        let path = std::env::temp_dir().join(format!("stdx-output-file-{}", std::process::id()));
        std::fs::write(&path, "an old and longer result").unwrap();
        let mut file = OutputFile::create(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        file.write("new").unwrap();
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), file.path()), ("new", path.as_path()));
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_bad_name_is_told_at_once() {
        let folder = std::env::temp_dir();
        assert!(OutputFile::create(&folder.join("no/such/folder/last.txt")).is_err());
        assert!(OutputFile::create(&folder).is_err());
    }
}
