//! Path text -> absolute path -> the place on disk it stands for, links followed.
//! Invariant: a resolved path has no `.`, no `..` and held no link when it was looked at. Writes nothing.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Links followed for one path before it counts as a loop; the kernel's own limit.
const LINKS_MAX: usize = 40;

/// `path` as seen from `cwd`, with `.` and `..` taken out of the text.
pub(crate) fn absolute(cwd: &Path, path: &str) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

/// Where a write to the absolute `path` lands. Parts that do not exist yet are kept as written, also below
/// a dangling link.
pub(crate) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut resolved = PathBuf::new();
    let mut pending: VecDeque<OsString> = VecDeque::new();
    push_front(&mut pending, path);
    let mut links = 0;
    while let Some(part) = pending.pop_front() {
        match Path::new(&part).components().next() {
            None | Some(Component::CurDir) => continue,
            Some(Component::ParentDir) => {
                resolved.pop();
                continue;
            }
            Some(Component::RootDir | Component::Prefix(_)) => {
                resolved.push(&part);
                continue;
            }
            Some(Component::Normal(_)) => resolved.push(&part),
        }
        let is_link = match resolved.symlink_metadata() {
            Ok(metadata) => metadata.is_symlink(),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                false
            }
            Err(error) => return Err(error),
        };
        if is_link {
            links += 1;
            if links > LINKS_MAX {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many links in the path"));
            }
            let target = resolved.read_link()?;
            resolved.pop();
            push_front(&mut pending, &target);
        }
    }
    Ok(resolved)
}

/// Where the directory entry at the absolute `path` itself is: links above it are followed, it is not.
pub(crate) fn follow_parent(path: &Path) -> io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok(follow(parent)?.join(name)),
        _ => Ok(path.to_owned()),
    }
}

fn push_front(pending: &mut VecDeque<OsString>, path: &Path) {
    for component in path.components().rev() {
        pending.push_front(component.as_os_str().to_owned());
    }
}
