//! Whether our own side may read a path for somebody whom rules limit: the host's half of what the sandbox denies.
//! Invariant: links are followed on both sides, so a rule holds for the file and not for one of its names.

use std::fs;
use std::path::{Path, PathBuf};

use codex_protocol::{FileAccess, FileRules, pattern_start};

/// Whether the rules let a path be read, wherever it leads. Blocking.
pub fn may_read(files: &FileRules, path: &Path) -> bool {
    let real = real_place(path);
    real_rules(files).access(&real) != FileAccess::Deny
        && !denied_by_pattern(files, path)
        && !is_denied_file(files, &real)
}

/// A path written through links may fit a pattern only as it is written.
fn denied_by_pattern(files: &FileRules, path: &Path) -> bool {
    files.denied_patterns().iter().any(|pattern| codex_protocol::pattern_covers(pattern, path))
}

/// The real path; of what does not exist, the real path of the nearest folder that does, and the rest.
fn real_place(path: &Path) -> PathBuf {
    for folder in path.ancestors() {
        if let Ok(real) = fs::canonicalize(folder) {
            return match path.strip_prefix(folder) {
                Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
                _ => real,
            };
        }
    }
    path.to_path_buf()
}

fn real_rules(files: &FileRules) -> FileRules {
    let mut real = FileRules::default();
    for (path, access) in files.places() {
        real.add(real_place(path), access);
    }
    for pattern in files.denied_patterns() {
        let start = pattern_start(pattern);
        let rest = pattern.strip_prefix(&*start.to_string_lossy()).unwrap_or(pattern);
        let start = real_place(start);
        real.deny_pattern(format!(
            "{}/{}",
            start.to_string_lossy().trim_end_matches('/'),
            rest.trim_start_matches('/')
        ));
    }
    real
}

/// Whether a file is another name (a hard link) of one that is denied by its path.
#[cfg(unix)]
fn is_denied_file(files: &FileRules, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = fs::metadata(path) else { return false };
    if metadata.nlink() < 2 || metadata.is_dir() {
        return false;
    }
    let same = |denied: &Path| {
        fs::metadata(denied).is_ok_and(|other| (other.dev(), other.ino()) == (metadata.dev(), metadata.ino()))
    };
    files.with(FileAccess::Deny).any(same)
}

#[cfg(not(unix))]
fn is_denied_file(_files: &FileRules, _path: &Path) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    // threat 7, threat 16
    #[test]
    fn a_denied_file_is_denied_under_every_name() {
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir_all(base.join("w/private")).unwrap();
        fs::create_dir(base.join("w/private-not")).unwrap();
        for file in ["w/private/key", "w/private-not/key", "w/.env", "w/open", "w/single"] {
            fs::write(base.join(file), "x").unwrap();
        }
        symlink(base.join("w"), base.join("link")).unwrap();
        symlink(base.join("w/private/key"), base.join("w/key-link")).unwrap();
        symlink(base.join("w/.env"), base.join("w/env-link")).unwrap();
        fs::hard_link(base.join("w/single"), base.join("w/second")).unwrap();
        let mut files = FileRules::default();
        files.add("/".into(), FileAccess::Read);
        // The rules are written through a link.
        files.add(base.join("link/private"), FileAccess::Deny);
        files.add(base.join("w/single"), FileAccess::Deny);
        files.deny_pattern(base.join("link/*.env").to_string_lossy().into_owned());
        for (path, readable) in [
            ("w/private/key", false),
            ("w/private/missing", false),
            ("link/private/key", false),
            ("w/key-link", false),
            ("w/.env", false),
            ("w/env-link", false),
            ("w/second", false),
            ("w/private-not/key", true),
            ("w/open", true),
            ("w/missing", true),
        ] {
            assert_eq!(may_read(&files, &base.join(path)), readable, "{path}");
        }
    }
}
