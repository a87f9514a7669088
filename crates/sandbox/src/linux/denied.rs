//! What may not be read, found on this file system: named paths, and what patterns fit when a command starts.
//! Invariant: a pattern whose matches cannot all be found refuses the command; no link is followed while looking.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use codex_protocol::{FileRules, pattern_covers, pattern_depth, pattern_start};

use super::sys::FileId;
use crate::SpawnError;

/// Files and folders looked at for the patterns of one command.
const SCAN_ENTRIES_MAX: usize = 100_000;
/// No folders of files; what they hold comes and goes with processes and devices.
const KERNEL_FOLDERS: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Paths hidden from one command.
const DENIED_MAX: usize = 4_096;

/// A path that may not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Denied {
    pub(crate) path: PathBuf,
    pub(crate) id: FileId,
    pub(crate) is_folder: bool,
}

/// Where a path of a rule leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Traced {
    /// To this real path.
    There(PathBuf),
    /// To nothing; the folder it would lie in is there.
    Missing(PathBuf),
    /// Not even its folder is there.
    Nowhere,
}

/// Follows a path of a rule to its real place. A link on the way that lies in one of the roots is refused: a command
/// could point it elsewhere, and the rule would then hold for another file.
pub(crate) fn trace(path: &Path, roots: &[&Path]) -> Result<Traced, SpawnError> {
    let failed = |at: &Path, source| SpawnError::Protect { path: at.to_path_buf(), source };
    let mut real = PathBuf::from("/");
    let mut left = path.components();
    while let Some(component) = left.next() {
        let next = match component {
            Component::Normal(name) => real.join(name),
            Component::ParentDir => {
                real.pop();
                continue;
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
        };
        match fs::symlink_metadata(&next) {
            Ok(metadata) if metadata.is_symlink() => {
                if roots.iter().any(|root| real.starts_with(root)) {
                    return Err(SpawnError::ProtectedLink { path: next });
                }
                match fs::canonicalize(&next) {
                    Ok(target) => real = target,
                    Err(_) => return Ok(Traced::Nowhere),
                }
            }
            Ok(_) => real = next,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let last = left.as_path().as_os_str().is_empty();
                return Ok(if last { Traced::Missing(next) } else { Traced::Nowhere });
            }
            // Where not even we may look, a command with fewer rights may not either.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory) =>
            {
                return Ok(Traced::Nowhere);
            }
            Err(source) => return Err(failed(&next, source)),
        }
    }
    Ok(Traced::There(real))
}

/// Everything the rules deny that exists, none below another, in order; and what is missing although its folder exists.
pub(crate) fn find(files: &FileRules, roots: &[&Path]) -> Result<(Vec<Denied>, Vec<PathBuf>), SpawnError> {
    let mut found = BTreeSet::new();
    let mut missing = Vec::new();
    for path in files.with(codex_protocol::FileAccess::Deny) {
        match trace(path, roots)? {
            Traced::There(real) => {
                let metadata = fs::symlink_metadata(&real)
                    .map_err(|source| SpawnError::Protect { path: real.clone(), source })?;
                if metadata.is_symlink() {
                    return Err(SpawnError::ProtectedLink { path: real });
                }
                found.insert(denied(real, &metadata));
            }
            Traced::Missing(real) => missing.push(real),
            Traced::Nowhere => {}
        }
    }
    let mut scan = Scan { files, seen: 0, found, several_names: Vec::new() };
    for pattern in files.denied_patterns() {
        scan.pattern(pattern, roots)?;
    }
    scan.add_other_names();
    let mut all: Vec<Denied> = Vec::new();
    for denied in scan.found {
        // Sorted by path, so a folder comes before what lies in it.
        if !all.iter().rev().any(|outer| denied.path.starts_with(&outer.path)) {
            all.push(denied);
        }
        if all.len() > DENIED_MAX {
            let reason = format!("more than {DENIED_MAX} paths fit the patterns");
            return Err(SpawnError::DenyPattern { pattern: files.denied_patterns().join("`, `"), reason });
        }
    }
    Ok((all, missing))
}

/// Whether a command, which has our user and fewer rights, cannot look there either, or it has just gone.
fn is_out_of_reach(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotADirectory | NotFound | PermissionDenied)
}

fn denied(path: PathBuf, metadata: &fs::Metadata) -> Denied {
    let id = FileId { dev: metadata.dev(), ino: metadata.ino() };
    Denied { path, id, is_folder: metadata.is_dir() }
}

struct Scan<'a> {
    files: &'a FileRules,
    seen: usize,
    found: BTreeSet<Denied>,
    /// Files the search came by that fit no pattern and have more than one name.
    several_names: Vec<Denied>,
}

impl Scan<'_> {
    /// A name that the search came by is denied too when it is one of a denied file (a hard link).
    fn add_other_names(&mut self) {
        let files = self.found.iter().filter(|denied| !denied.is_folder);
        let denied: HashSet<FileId> = files.map(|denied| denied.id).collect();
        let others = std::mem::take(&mut self.several_names);
        self.found.extend(others.into_iter().filter(|other| denied.contains(&other.id)));
    }

    fn pattern(&mut self, pattern: &str, roots: &[&Path]) -> Result<(), SpawnError> {
        let start = pattern_start(pattern);
        let Traced::There(real) = trace(start, roots)? else { return Ok(()) };
        // The pattern is about the path as it was written; its start may be spelled through a link.
        let rest = pattern.strip_prefix(start.to_str().unwrap_or_default()).unwrap_or(pattern);
        let pattern =
            format!("{}/{}", real.to_string_lossy().trim_end_matches('/'), rest.trim_start_matches('/'));
        let depth = match (pattern_depth(&pattern), self.files.pattern_depth_max) {
            (Some(own), Some(max)) => Some(own.min(max)),
            (own, max) => own.or(max),
        };
        self.folder(&real, &pattern, depth)
    }

    /// Looks through a folder; `depth` levels of names are left.
    fn folder(&mut self, folder: &Path, pattern: &str, depth: Option<usize>) -> Result<(), SpawnError> {
        if depth == Some(0) {
            return Ok(());
        }
        let failed = |source| SpawnError::Protect { path: folder.to_path_buf(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if is_out_of_reach(&error) => return Ok(()),
            Err(source) => return Err(failed(source)),
        };
        for entry in entries {
            self.seen += 1;
            if self.seen > SCAN_ENTRIES_MAX {
                let reason = format!("more than {SCAN_ENTRIES_MAX} files would have to be looked at");
                return Err(SpawnError::DenyPattern { pattern: pattern.to_owned(), reason });
            }
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(error) if is_out_of_reach(&error) => return Ok(()),
                Err(source) => return Err(failed(source)),
            };
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if is_out_of_reach(&error) => continue,
                Err(source) => return Err(failed(source)),
            };
            // What a link leads to is denied where it lies, or it is not denied.
            if metadata.is_symlink() {
                continue;
            }
            if pattern_covers(pattern, &path) {
                self.found.insert(denied(path, &metadata));
            } else if metadata.is_file() && metadata.nlink() > 1 {
                self.several_names.push(denied(path, &metadata));
            } else if metadata.is_dir() && !KERNEL_FOLDERS.iter().any(|kernel| Path::new(kernel) == path) {
                self.folder(&path, pattern, depth.map(|depth| depth - 1))?;
            }
        }
        Ok(())
    }
}
