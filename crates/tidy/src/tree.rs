//! Reads the repository once: its top level, its crates and every text file. Knows no rule.
//! Invariant: paths are relative to the root and use `/` on every platform, so findings read the same everywhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Names that hold no text of ours; in a linked work tree `.git` is a file.
const SKIPPED: [&str; 4] = [".git", ".idea", "node_modules", "target"];

/// Nothing is read beyond this: larger files are data, not text a person wrote.
const TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Why the tree could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {source}")]
pub struct TreeError {
    path: PathBuf,
    source: io::Error,
}

/// The repository as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Names directly below the root.
    pub top_level: Vec<String>,
    /// Folder names below `crates/`.
    pub crates: Vec<String>,
    /// Path and content of every UTF-8 file, sorted by path.
    pub files: Vec<(String, String)>,
}

impl Tree {
    /// Reads everything below `root`.
    pub fn read(root: &Path) -> Result<Self, TreeError> {
        let mut files = Vec::new();
        collect(root, root, &mut files)?;
        files.sort();
        Ok(Self { top_level: names(root)?, crates: crate_names(&root.join("crates"))?, files })
    }

    /// The content of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> TreeError + '_ {
    move |source| TreeError { path: path.to_owned(), source }
}

fn entries(dir: &Path) -> Result<Vec<fs::DirEntry>, TreeError> {
    fs::read_dir(dir).map_err(failed(dir))?.collect::<io::Result<Vec<_>>>().map_err(failed(dir))
}

fn names(dir: &Path) -> Result<Vec<String>, TreeError> {
    let mut names: Vec<String> =
        entries(dir)?.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn crate_names(dir: &Path) -> Result<Vec<String>, TreeError> {
    Ok(names(dir)?.into_iter().filter(|name| dir.join(name).join("Cargo.toml").is_file()).collect())
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) -> Result<(), TreeError> {
    for entry in entries(dir)? {
        let path = entry.path();
        // Not followed: a link would be read twice or lead outside.
        let meta = match fs::symlink_metadata(&path) {
            Ok(meta) => meta,
            // Gone between listing and reading, as an editor's temporary files are.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&path)(error)),
        };
        let skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
        if meta.is_dir() && !skipped {
            collect(root, &path, files)?;
        } else if meta.is_file() && !skipped && meta.len() <= TEXT_BYTES_MAX {
            let Ok(bytes) = fs::read(&path) else { continue };
            if let Ok(text) = String::from_utf8(bytes) {
                files.push((relative(root, &path), text));
            }
        }
    }
    Ok(())
}

fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
