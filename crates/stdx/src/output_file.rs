//! A file a person named for one result. Opened before the work, so that a bad name costs nothing, and empty until
//! the result is there. Not replaced but written in place: the name may be a pipe or `/dev/stderr`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

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

    /// As [`Self::create`], for a name that may lie in `folder`, where programs that are not trusted write: a link
    /// they left there is not followed, be it the file or a folder on the way. Devices are fine.
    ///
    /// # Errors
    /// When the name cannot be written to, or leads through such a link.
    pub fn create_beside_others(path: &Path, folder: &Path) -> io::Result<Self> {
        let (full, folder) = (plain(&std::path::absolute(path)?), fs::canonicalize(folder)?);
        let (true, Some(parent)) = (full.starts_with(&folder), full.parent()) else {
            return Self::create(path);
        };
        let real_parent = fs::canonicalize(parent)?;
        let is_link = fs::symlink_metadata(&full).is_ok_and(|metadata| metadata.is_symlink());
        let to_device = fs::metadata(&full).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        if real_parent != parent || (is_link && !to_device) {
            let target = fs::canonicalize(&full).or_else(|_| fs::read_link(&full)).unwrap_or(real_parent);
            return Err(io::Error::other(format!(
                "a symbolic link leads it to {}; name that file itself, or remove the link",
                target.display()
            )));
        }
        Self::create(path)
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

/// The absolute path with `..` taken out of the text.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
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

    // threat 17
    #[cfg(unix)]
    #[test]
    fn links_in_a_shared_folder_are_not_followed() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        let work = base.join("work");
        fs::create_dir_all(work.join("sub")).unwrap();
        fs::write(base.join("precious"), "kept").unwrap();
        symlink("../precious", work.join("file")).unwrap();
        symlink("../new", work.join("dangling")).unwrap();
        symlink("..", work.join("folder")).unwrap();
        symlink("/dev/null", work.join("null")).unwrap();
        symlink("precious", base.join("own")).unwrap();
        let create = |name: &str| OutputFile::create_beside_others(&work.join(name), &work);
        for name in ["file", "dangling", "folder/precious", "sub/../file"] {
            let error = create(name).unwrap_err().to_string();
            assert!(error.starts_with("a symbolic link leads it to "), "{name}: {error}");
        }
        assert_eq!(fs::read_to_string(base.join("precious")).unwrap(), "kept");
        assert!(!base.join("new").exists());
        for name in ["plain", "sub/plain", "null", "../beside", "../own"] {
            create(name).unwrap();
        }
    }
}
