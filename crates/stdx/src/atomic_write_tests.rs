//! Tests of `atomic_write`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use super::atomic_write;

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stdx-atomic-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

// threat 18
#[test]
fn a_new_file_is_private_and_nothing_else_stays() {
    let dir = Dir::new("new");
    let file = dir.0.join("a.toml");
    atomic_write(&file, b"one").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"one");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(dir.names(), ["a.toml"]);
}

#[test]
fn an_existing_file_keeps_its_mode() {
    let dir = Dir::new("mode");
    let file = dir.0.join("a.toml");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    atomic_write(&file, b"new").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert_eq!(mode(&file), 0o644);
}

#[test]
fn a_link_stays_a_link() {
    let dir = Dir::new("link");
    let file = dir.0.join("real.toml");
    let link = dir.0.join("link.toml");
    fs::write(&file, "old").unwrap();
    symlink(&file, &link).unwrap();
    atomic_write(&link, b"new").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn a_failure_names_the_file_and_leaves_nothing() {
    let dir = Dir::new("fail");
    let folder = dir.0.join("taken");
    fs::create_dir(&folder).unwrap();
    let err = atomic_write(&folder, b"x").unwrap_err();
    assert_eq!(err.path, folder);
    assert_eq!(dir.names(), ["taken"]);
    let missing = dir.0.join("none").join("a");
    assert_eq!(atomic_write(&missing, b"x").unwrap_err().path, missing);
}
