//! What a policy means on this file system: the writable roots that exist, and the paths inside them that stay read-only.
//! Invariant: all paths are canonical, and each carries the identity it had when it was looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use codex_protocol::{FileAccess, FileRules};

use super::covers::is_placeholder;
use super::denied::{self, Denied, Traced, trace};
use super::sys::{self, FileId};
use crate::SpawnError;

/// A git pointer file is one short line; more than this is not one.
const GIT_POINTER_BYTES_MAX: u64 = 8 * 1024;

/// A writable folder, or a single file.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) path: PathBuf,
    pub(crate) id: FileId,
    /// `O_PATH` descriptor of the folder.
    pub(crate) dir: OwnedFd,
    pub(crate) is_folder: bool,
}

/// A protected path that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Existing {
    pub(crate) path: PathBuf,
    pub(crate) id: FileId,
}

/// The outcome.
#[derive(Debug, Default)]
pub(crate) struct Territory {
    /// Roots without duplicates, parents before children.
    pub(crate) roots: Vec<Root>,
    /// Protected paths that exist, parents before children.
    pub(crate) existing: Vec<Existing>,
    /// Protected paths that do not exist, or only as placeholders; their parent does.
    pub(crate) absent: Vec<PathBuf>,
    /// Denied paths where a placeholder of another command stands.
    pub(crate) borrowed: Vec<PathBuf>,
    /// Paths that may not be read, none below another.
    pub(crate) denied: Vec<Denied>,
    /// Folders that mounts hide besides. Landlock keeps them from being written, and lets them be listed: it could only
    /// close all that leads to them too.
    pub(crate) hidden: Vec<Denied>,
    /// What may be read besides the roots; `None`: everything that is not denied.
    pub(crate) readable: Option<Vec<PathBuf>>,
    /// Whether the kernel's view of the processes may be read.
    pub(crate) proc_readable: bool,
}

impl Territory {
    /// Looks at the roots the rules allow. Roots that are missing or neither folders nor files allow nothing and are left out.
    pub(crate) fn survey(files: &FileRules, kept: &[PathBuf]) -> Result<Self, SpawnError> {
        let mut territory = Self::default();
        // Several spellings of one root: a name is open only when each of them says so.
        let mut wanted: BTreeMap<PathBuf, BTreeSet<&str>> = BTreeMap::new();
        for root in files.with(FileAccess::Write) {
            if let Ok(path) = fs::canonicalize(root) {
                wanted.entry(path).or_default().extend(files.protected_names(root));
            }
        }
        let root_paths: Vec<&Path> = wanted.keys().map(PathBuf::as_path).collect();
        let (denied, missing) = denied::find(files, &root_paths)?;
        let mut read_only = Vec::new();
        for path in files.with(FileAccess::Read) {
            match trace(path, &root_paths)? {
                Traced::There(real) | Traced::Missing(real) => read_only.push(real),
                Traced::Nowhere => {}
            }
        }
        // Denied and missing for another command too: it must stay until this one has ended.
        let borrowed = denied.iter().filter(|denied| is_placeholder(&denied.path).unwrap_or(false));
        territory.borrowed = borrowed.map(|denied| denied.path.clone()).collect();
        territory.denied = denied;
        territory.proc_readable = files.access(Path::new("/proc")) != FileAccess::Deny;
        if !files.reads_everything() {
            territory.readable = Some(read_only.clone());
        }
        let mut protected = Vec::new();
        for (path, names) in wanted {
            if territory.is_denied(&path) {
                continue;
            }
            if let Some(root) = open_root(&path)? {
                territory.roots.push(root);
                protected.push(names);
            }
        }
        for (index, names) in protected.into_iter().enumerate() {
            for name in names {
                territory.protect_name(index, name)?;
            }
        }
        for path in read_only.iter().chain(kept) {
            territory.protect_inside_roots(path)?;
        }
        for path in missing {
            if territory.is_inside(&path) && !territory.is_denied(&path) {
                territory.absent.push(path);
            }
        }
        territory.hidden = daemon_folder()
            .filter(|folder| !territory.is_denied(&folder.path))
            .filter(|folder| !territory.roots.iter().any(|root| root.path.starts_with(&folder.path)))
            .into_iter()
            .collect();
        territory.existing.sort();
        territory.existing.dedup();
        territory.absent.sort();
        territory.absent.dedup();
        Ok(territory)
    }

    /// Roots that lie in no other root.
    pub(crate) fn outermost(&self) -> impl Iterator<Item = &Root> {
        self.roots
            .iter()
            .filter(|root| !self.roots.iter().any(|r| r.path != root.path && root.path.starts_with(&r.path)))
    }

    /// Roots that lie below one of the covers, which itself lies in a root.
    pub(crate) fn reopened<'a>(&'a self, covers: &'a [Existing]) -> impl Iterator<Item = &'a Root> {
        self.roots.iter().filter(|root| self.is_inside(&root.path) && self.is_covered(&root.path, covers))
    }

    /// Whether the nearest cover or root that a path lies in is a cover.
    fn is_covered(&self, path: &Path, covers: &[Existing]) -> bool {
        let nearest = path.ancestors().skip(1).find_map(|dir| {
            let cover = covers.iter().any(|cover| cover.path == dir);
            (cover || self.roots.iter().any(|root| root.path == dir)).then_some(cover)
        });
        nearest == Some(true)
    }

    /// Whether a path may not be read.
    pub(crate) fn is_denied(&self, path: &Path) -> bool {
        self.denied.iter().any(|denied| path.starts_with(&denied.path))
    }

    /// Every path that may not be read.
    pub(crate) fn denied_paths(&self) -> Vec<PathBuf> {
        self.denied.iter().map(|denied| denied.path.clone()).collect()
    }

    /// Every path that may not be written inside the roots, present or not, and what mounts would hide.
    pub(crate) fn left_out(&self) -> Vec<PathBuf> {
        let existing = self.existing.iter().map(|existing| &existing.path);
        let unseen = self.denied.iter().chain(&self.hidden).map(|denied| &denied.path);
        existing.chain(&self.absent).chain(unseen).cloned().collect()
    }

    /// Folders inside the roots that lead to a protected or denied path or to an inner root, parents first. As mounts of their
    /// own they cannot be renamed: otherwise a command could move them aside and put others, without protection, in
    /// their place.
    pub(crate) fn pins(&self, covers: &[Existing]) -> Result<Vec<Existing>, SpawnError> {
        let mut pins = BTreeSet::new();
        let unseen = self.denied.iter().chain(&self.hidden).map(|denied| &denied.path);
        let ends = covers.iter().map(|cover| &cover.path).chain(unseen);
        for path in ends.chain(self.roots.iter().map(|root| &root.path)) {
            let is_root = self.roots.iter().any(|root| root.path == *path);
            let leading = path.ancestors().skip(usize::from(!is_root));
            let covered = |folder: &Path| {
                covers.iter().any(|cover| cover.path == folder) || self.is_covered(folder, covers)
            };
            pins.extend(
                leading.take_while(|folder| self.is_inside(folder)).filter(|folder| !covered(folder)),
            );
        }
        let pin = |path: &Path| match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => {
                Err(SpawnError::ProtectedLink { path: path.to_path_buf() })
            }
            Ok(metadata) => {
                let id = FileId { dev: metadata.dev(), ino: metadata.ino() };
                Ok(Existing { path: path.to_path_buf(), id })
            }
            Err(source) => Err(SpawnError::Protect { path: path.to_path_buf(), source }),
        };
        pins.into_iter().map(pin).collect()
    }

    fn protect_name(&mut self, root: usize, name: &str) -> Result<(), SpawnError> {
        let path = self.roots[root].path.join(name);
        if self.is_denied(&path) {
            return Ok(());
        }
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.absent.push(path);
                return Ok(());
            }
            // Not even we may look into the root, and a command has fewer rights: nothing there to protect from it. A root
            // that is a file holds no names.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory) =>
            {
                return Ok(());
            }
            Err(source) => return Err(SpawnError::Protect { path, source }),
        };
        if metadata.is_symlink() {
            return Err(SpawnError::ProtectedLink { path });
        }
        if metadata.file_type().is_socket() || metadata.file_type().is_fifo() {
            let source = io::Error::other("it is neither a file nor a folder");
            return Err(SpawnError::Protect { path, source });
        }
        if self.share_placeholder(&path) {
            return Ok(());
        }
        if name == ".git" && metadata.is_file() && metadata.len() <= GIT_POINTER_BYTES_MAX {
            self.protect_git_directory(&path)?;
        }
        self.protect_existing(path)
    }

    /// One that another command raised may vanish any moment: it is shared like one we raise. False for anything else.
    fn share_placeholder(&mut self, path: &Path) -> bool {
        let shared = match is_placeholder(path) {
            Ok(is_one) => is_one,
            // It has just vanished.
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if shared {
            self.absent.push(path.to_path_buf());
        }
        shared
    }

    /// Follows a `.git` file to the real git directory and, for a linked worktree, to the common one.
    fn protect_git_directory(&mut self, pointer: &Path) -> Result<(), SpawnError> {
        let Some(directory) = pointed_path(pointer, "gitdir:") else { return Ok(()) };
        if let Some(common) = pointed_path(&directory.join("commondir"), "") {
            self.protect_inside_roots(&common)?;
        }
        self.protect_inside_roots(&directory)
    }

    fn protect_inside_roots(&mut self, path: &Path) -> Result<(), SpawnError> {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            // A git directory that does not exist yet must not be made by the command either.
            Err(_) => {
                let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
                let Ok(parent) = fs::canonicalize(parent) else { return Ok(()) };
                let real = parent.join(name);
                if self.is_inside(&real) && fs::symlink_metadata(&real).is_err() {
                    self.absent.push(real);
                }
                return Ok(());
            }
        };
        if !self.is_inside(&real) || self.share_placeholder(&real) {
            return Ok(());
        }
        self.protect_existing(real)
    }

    fn is_inside(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path != root.path && path.starts_with(&root.path))
    }

    fn protect_existing(&mut self, path: PathBuf) -> Result<(), SpawnError> {
        if self.is_denied(&path) {
            return Ok(());
        }
        match open_path(&path).and_then(|fd| Ok(sys::stat_fd(fd.as_raw_fd())?)) {
            // What was a folder a moment ago: a mount would cover the link and leave the folder bare.
            Ok((_, stat)) if stat.st_mode & libc::S_IFMT == libc::S_IFLNK => {
                Err(SpawnError::ProtectedLink { path })
            }
            Ok((id, _)) => {
                self.existing.push(Existing { path, id });
                Ok(())
            }
            Err(source) => Err(SpawnError::Protect { path, source }),
        }
    }
}

/// Where that folder lies, whether it is there or not.
pub(crate) fn daemon_path() -> Option<PathBuf> {
    // SAFETY: geteuid cannot fail and takes nothing.
    let user = unsafe { libc::geteuid() };
    Some(fs::canonicalize("/tmp").ok()?.join(format!("codex-daemon-{user}")))
}

/// The folder where a background server of ours has its sockets: who reaches them acts with our rights (`safety.md §2`).
fn daemon_folder() -> Option<Denied> {
    let path = daemon_path()?;
    let metadata = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_dir)?;
    let id = FileId { dev: metadata.dev(), ino: metadata.ino() };
    Some(Denied { path, id, is_folder: true })
}

fn open_root(path: &Path) -> Result<Option<Root>, SpawnError> {
    let failed = |source| SpawnError::WritableRoot { path: path.to_path_buf(), source };
    let dir = match open_path(path) {
        Ok(dir) => dir,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let (id, stat) = sys::stat_fd(dir.as_raw_fd()).map_err(|errno| failed(errno.into()))?;
    let kind = stat.st_mode & libc::S_IFMT;
    let usable = matches!(kind, libc::S_IFDIR | libc::S_IFREG);
    let is_folder = kind == libc::S_IFDIR;
    Ok(usable.then(|| Root { path: path.to_path_buf(), id, dir, is_folder }))
}

fn open_path(path: &Path) -> io::Result<OwnedFd> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_NOFOLLOW).open(path)?;
    Ok(file.into())
}

/// The path a one-line file names after `prefix`; relative ones start at the folder of the file.
fn pointed_path(file: &Path, prefix: &str) -> Option<PathBuf> {
    let metadata = fs::symlink_metadata(file).ok()?;
    if !metadata.is_file() || metadata.len() > GIT_POINTER_BYTES_MAX {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    let target = text.trim_end_matches(['\n', '\r']).strip_prefix(prefix)?.trim_start();
    if target.is_empty() {
        return None;
    }
    let joined = file.parent()?.join(target);
    // `a/b/..` names `a`, and `file_name()` must see that when the end of the path does not exist.
    let ends_named = matches!(joined.components().next_back(), Some(Component::Normal(_)));
    if ends_named { Some(joined) } else { fs::canonicalize(joined).ok() }
}

#[cfg(test)]
#[path = "territory_tests.rs"]
mod tests;
