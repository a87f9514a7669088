//! Folders that only stand in for a missing name: the sandbox puts them where a protected name is absent, for as long
//! as a command runs. Whoever looks for that name meanwhile, in another process too, should find nothing.

use std::fs;
use std::path::Path;

/// Whether something is there that is more than an empty folder nobody may write to. Links are followed.
pub fn is_really_there(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    let stands_in = metadata.is_dir()
        && metadata.permissions().readonly()
        && fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    !stands_in
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn an_empty_folder_nobody_may_write_to_is_as_good_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".git");
        let check = |expected| assert_eq!(is_really_there(&path), expected);
        check(false);
        fs::create_dir(&path).unwrap();
        check(true);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
        check(false);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(path.join("HEAD"), "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).unwrap();
        check(true);
        assert!(is_really_there(&path.join("HEAD")));
    }
}
