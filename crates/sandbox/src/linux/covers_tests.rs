//! Placeholders shared by several holders, taken over, replaced and moved into.

use super::*;

#[test]
fn the_last_holder_removes_the_placeholder() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".codex");
    let (first, covered) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
    let (second, shared) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
    assert_eq!(covered, shared);
    assert!(is_placeholder(&path).unwrap());
    drop(first);
    assert!(path.exists(), "the second holder still needs it");
    drop(second);
    assert!(!path.exists());
}

#[test]
fn a_leftover_is_taken_over_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".agents");
    fs::DirBuilder::new().mode(PLACEHOLDER_MODE).create(&path).unwrap();
    let (held, _) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
    drop(held);
    assert!(!path.exists());
}

#[test]
fn many_threads_agree_who_is_last() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".codex");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let (held, covered) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
                    assert_eq!(fs::metadata(&path).unwrap().ino(), covered[0].id.ino);
                    drop(held);
                }
            });
        }
    });
    assert!(!path.exists());
}

#[test]
fn a_folder_someone_filled_is_kept_and_opened_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".codex");
    let (held, _) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(path.join("config.toml"), "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(PLACEHOLDER_MODE)).unwrap();
    drop(held);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o755);
}

/// Somebody cleans up, and the next command raises another one: that is not the first one's to remove.
#[test]
fn one_that_was_replaced_is_left_to_those_who_rely_on_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".codex");
    let (first, old) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
    fs::remove_dir(&path).unwrap();
    // Takes the number of the one that is gone, so that the new one has another.
    fs::create_dir(dir.path().join("between")).unwrap();
    let (second, new) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
    assert_ne!(old, new);
    drop(first);
    assert!(path.exists(), "the second holder still needs it");
    drop(second);
    assert!(!path.exists());
}

/// What stands on a shared `/tmp` may be another user's, who may not remove it while we rely on it.
#[test]
fn another_user_s_is_shared_like_our_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".codex");
    fs::DirBuilder::new().mode(PLACEHOLDER_MODE).create(&path).unwrap();
    // Only root can make folders of other users; for anybody else it stays their own.
    let _ = std::os::unix::fs::chown(&path, Some(4321), None);
    assert!(is_placeholder(&path).unwrap());
    let (held, covered) = Placeholders::raise(std::slice::from_ref(&path)).unwrap();
    assert_eq!(covered[0].id.ino, fs::metadata(&path).unwrap().ino());
    let theirs = open_folder(&File::open(dir.path()).unwrap(), c".codex").unwrap();
    assert!(lock(&theirs, libc::LOCK_EX | libc::LOCK_NB).is_err(), "they could remove it now");
    drop(theirs);
    drop(held);
    assert!(!path.exists());
}

#[test]
fn a_folder_that_somebody_has_just_made_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".git");
    fs::create_dir(&path).unwrap();
    let error = Placeholders::raise(std::slice::from_ref(&path)).unwrap_err();
    assert!(
        matches!(error, SpawnError::Protect { source, .. } if source.raw_os_error() == Some(libc::ESTALE))
    );
    assert!(path.exists());
}
