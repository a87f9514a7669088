//! Which bubblewrap to use: the first on the search path that nobody we guard against could have put there.
//! Invariant: only a file of root's (or of our user's) in folders nobody else may write, outside of everything writable and of every repository.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::sys::FileId;

/// The program's name.
const NAME: &str = "bwrap";
/// Mode bits that let others write.
const OTHERS_WRITE: u32 = 0o022;
/// In a folder with this bit others cannot replace what is not theirs.
const STICKY: u32 = 0o1000;
/// The user that stands for everybody a namespace does not know.
const NOBODY: u32 = 65_534;

/// A bubblewrap that may be used. Two values are equal only while the file is the same and unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bubblewrap {
    pub(crate) path: PathBuf,
    id: FileId,
    bytes: u64,
    /// Seconds and nanoseconds of the last change to the file or its rights.
    changed: (i64, i64),
}

/// Looks for a bubblewrap below none of `writable`. The error says why there is none.
pub(crate) fn find(search: &OsStr, writable: &[PathBuf]) -> Result<Bubblewrap, String> {
    let mut reason = "`bwrap` is not on PATH".to_owned();
    for folder in std::env::split_paths(search).filter(|folder| folder.is_absolute()) {
        let Ok(path) = fs::canonicalize(folder.join(NAME)) else { continue };
        match examine(&path, writable) {
            Ok(metadata) => {
                return Ok(Bubblewrap {
                    id: FileId { dev: metadata.dev(), ino: metadata.ino() },
                    bytes: metadata.size(),
                    changed: (metadata.ctime(), metadata.ctime_nsec()),
                    path,
                });
            }
            Err(fault) => reason = format!("`{}` is not used: {fault}", path.display()),
        }
    }
    Err(reason)
}

fn examine(path: &Path, writable: &[PathBuf]) -> Result<Metadata, String> {
    if let Some(root) = writable.iter().find(|root| path.starts_with(root)) {
        return Err(format!("it lies in `{}`, which commands may write", root.display()));
    }
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.mode() & 0o111 == 0 {
        return Err("it is not an executable file".to_owned());
    }
    // SAFETY: geteuid cannot fail and takes nothing.
    let us = unsafe { libc::geteuid() };
    for ancestor in path.ancestors() {
        let metadata = fs::metadata(ancestor).map_err(|error| error.to_string())?;
        let owned = [0, us, NOBODY].contains(&metadata.uid());
        let shared =
            metadata.mode() & OTHERS_WRITE != 0 && !(metadata.is_dir() && metadata.mode() & STICKY != 0);
        // A placeholder of another command is no repository.
        let git = ancestor.join(".git");
        if ancestor != Path::new("/") && (git.is_file() || git.join("HEAD").exists()) {
            return Err(format!("it lies in the repository `{}`", ancestor.display()));
        }
        if !owned || shared {
            return Err(format!("other users may change `{}`", ancestor.display()));
        }
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A folder with a `bwrap` in it; not below `/tmp`, whose sticky bit is a case of its own.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(dir.path()).unwrap();
        fs::write(path.join(NAME), "").unwrap();
        fs::set_permissions(path.join(NAME), fs::Permissions::from_mode(0o755)).unwrap();
        (dir, path)
    }

    #[test]
    fn one_that_a_command_could_have_written_is_not_used() {
        let (_dir, place) = folder();
        let found = find(place.as_os_str(), &[]).unwrap();
        assert_eq!(found.path, place.join(NAME));
        let fault = find(place.as_os_str(), std::slice::from_ref(&place)).unwrap_err();
        assert!(fault.contains("which commands may write"), "{fault}");
        // A link elsewhere does not hide where the file lies.
        let links = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(place.join(NAME), links.path().join(NAME)).unwrap();
        let fault = find(links.path().as_os_str(), std::slice::from_ref(&place)).unwrap_err();
        assert!(fault.contains("which commands may write"), "{fault}");
    }

    #[test]
    fn one_that_a_repository_brings_is_not_used() {
        let (_dir, place) = folder();
        fs::create_dir(place.join(".git")).unwrap();
        assert_eq!(find(place.as_os_str(), &[]).unwrap().path, place.join(NAME));
        fs::write(place.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let fault = find(place.as_os_str(), &[]).unwrap_err();
        assert!(fault.contains("lies in the repository"), "{fault}");
    }

    #[test]
    fn the_next_one_is_taken_when_the_first_is_open_to_others() {
        let ((_dir, first), (_other, second)) = (folder(), folder());
        let search = std::env::join_paths([&first, &second]).unwrap();
        assert_eq!(find(&search, &[]).unwrap().path, first.join(NAME));
        fs::set_permissions(first.join(NAME), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(find(&search, &[]).unwrap().path, second.join(NAME));
        fs::set_permissions(first.join(NAME), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&first, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(find(&search, &[]).unwrap().path, second.join(NAME));
        fs::set_permissions(second.join(NAME), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(find(&search, &[]).unwrap_err().contains("not an executable file"));
    }

    #[test]
    fn a_relative_folder_is_never_searched_and_a_changed_file_is_another() {
        assert_eq!(find(OsStr::new("bin:."), &[]).unwrap_err(), "`bwrap` is not on PATH");
        let (_dir, place) = folder();
        let before = find(place.as_os_str(), &[]).unwrap();
        assert_eq!(find(place.as_os_str(), &[]).unwrap(), before);
        fs::write(place.join(NAME), "new").unwrap();
        assert_ne!(find(place.as_os_str(), &[]).unwrap(), before);
    }
}
