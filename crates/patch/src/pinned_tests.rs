//! Failing writes must leave the old content; links, modes and owners must stay.

use std::fs as stdfs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use pretty_assertions::assert_eq;

use super::*;

fn full_disk(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.write_all(&content[..content.len() / 2])?;
    Err(io::Error::from(io::ErrorKind::StorageFull))
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().canonicalize().unwrap();
    (temp, path)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        stdfs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_full_disk_keeps_the_old_content() {
    let (_temp, dir) = folder();
    stdfs::write(dir.join("f"), "old content\n").unwrap();
    let pinned = PinnedDir::open(&dir, Missing::Fail).unwrap();
    let mut file = pinned.existing(OsStr::new("f"), Access::ReadWrite).unwrap().unwrap();
    let error = pinned.replace_with(OsStr::new("f"), &mut file, b"new and longer content\n", full_disk);
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(stdfs::read_to_string(dir.join("f")).unwrap(), "old content\n");
    assert_eq!(names(&dir), ["f"]);
}

#[test]
fn a_full_disk_keeps_the_old_content_of_a_hard_link() {
    let (_temp, dir) = folder();
    stdfs::write(dir.join("f"), "old content\n").unwrap();
    stdfs::hard_link(dir.join("f"), dir.join("g")).unwrap();
    let pinned = PinnedDir::open(&dir, Missing::Fail).unwrap();
    let mut file = pinned.existing(OsStr::new("f"), Access::ReadWrite).unwrap().unwrap();
    let error = pinned.replace_with(OsStr::new("f"), &mut file, b"new and longer content\n", full_disk);
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(stdfs::read_to_string(dir.join("g")).unwrap(), "old content\n");
}

#[test]
fn a_new_file_that_does_not_fit_is_not_left_behind() {
    let (_temp, dir) = folder();
    let pinned = PinnedDir::open(&dir, Missing::Fail).unwrap();
    let mode = Mode::from_raw_mode(0o666);
    let error = pinned.create_with(OsStr::new("f"), b"new content\n", mode, full_disk);
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(names(&dir), Vec::<String>::new());
}

#[test]
fn replacing_keeps_hard_links_and_modes() {
    let (_temp, dir) = folder();
    stdfs::write(dir.join("f"), "a much longer old text\n").unwrap();
    stdfs::set_permissions(dir.join("f"), stdfs::Permissions::from_mode(0o751)).unwrap();
    stdfs::hard_link(dir.join("f"), dir.join("g")).unwrap();
    stdfs::write(dir.join("h"), "x\n").unwrap();
    stdfs::set_permissions(dir.join("h"), stdfs::Permissions::from_mode(0o640)).unwrap();
    let pinned = PinnedDir::open(&dir, Missing::Fail).unwrap();
    for name in ["f", "h"].map(OsStr::new) {
        let mut file = pinned.existing(name, Access::ReadWrite).unwrap().unwrap();
        pinned.replace(name, &mut file, b"new\n").unwrap();
    }
    let mode = |name: &str| stdfs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(stdfs::read_to_string(dir.join("g")).unwrap(), "new\n");
    assert_eq!((mode("f"), mode("h")), (0o751, 0o640));
    assert_eq!(names(&dir), ["f", "g", "h"]);
}

#[test]
fn links_pipes_and_folders_are_not_opened() {
    let (_temp, dir) = folder();
    stdfs::create_dir(dir.join("d")).unwrap();
    std::os::unix::fs::symlink("d", dir.join("l")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, dir.join("p"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let pinned = PinnedDir::open(&dir, Missing::Fail).unwrap();
    for name in ["d", "l", "p"] {
        assert!(pinned.existing(OsStr::new(name), Access::Read).is_err(), "{name}");
    }
    assert!(PinnedDir::open(&dir.join("l"), Missing::Fail).is_err());
    assert!(PinnedDir::open(&dir.join("l/x"), Missing::Create).is_err());
}
