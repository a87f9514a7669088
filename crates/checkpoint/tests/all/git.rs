//! What git itself can bring back is not copied. Needs git.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use codex_checkpoint::{Budget, CheckpointStore, Coverage, GitIndex, Taker};
use pretty_assertions::assert_eq;

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
}

fn repository(dir: &tempfile::TempDir) -> PathBuf {
    let work = fs::canonicalize(dir.path()).unwrap().join("work");
    fs::create_dir(&work).unwrap();
    git(&work, &["init", "-q"]);
    for (name, text) in
        [("a.txt", "1"), ("dir/b b.txt", "22"), ("dir/c.txt", "333"), (".gitignore", "*.log\n")]
    {
        let path = work.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    git(&work, &["add", "."]);
    git(&work, &["commit", "-qm", "x"]);
    // The moment the list was written does not count as unchanged.
    let before = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for name in ["a.txt", "dir/b b.txt", "dir/c.txt", ".gitignore"] {
        fs::File::options().write(true).open(work.join(name)).unwrap().set_modified(before).unwrap();
    }
    git(&work, &["update-index", "--refresh"]);
    work
}

#[test]
fn only_what_git_does_not_hold_is_copied() {
    for version in ["2", "3", "4"] {
        let dir = tempfile::tempdir().unwrap();
        let work = repository(&dir);
        git(&work, &["update-index", "--index-version", version]);
        fs::write(work.join("a.txt"), "changed").unwrap();
        fs::write(work.join("untracked"), "u").unwrap();
        fs::write(work.join("x.log"), "ignored").unwrap();
        let shelf = CheckpointStore::new(dir.path()).thread("t");
        let coverage = Coverage { roots: vec![work.clone()], without: Vec::new(), may_copy: &|_| true };
        let taken = Taker::new(shelf.clone(), Budget::default()).take("turn", &coverage).unwrap();
        assert_eq!(taken.files, 3, "version {version}");
        fs::remove_dir_all(work.join("dir")).unwrap();
        fs::remove_file(work.join("untracked")).unwrap();
        let lost = shelf.lost();
        let names: Vec<_> = lost.files.iter().map(|file| file.path.clone()).collect();
        assert_eq!(names, [work.join("untracked")]);
        assert_eq!(lost.in_git, [work.join("dir/b b.txt"), work.join("dir/c.txt")]);
    }
}

#[test]
fn what_was_missing_before_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let work = repository(&dir);
    fs::remove_file(work.join("dir/c.txt")).unwrap();
    let shelf = CheckpointStore::new(dir.path()).thread("t");
    let coverage = Coverage { roots: vec![work.clone()], without: Vec::new(), may_copy: &|_| true };
    Taker::new(shelf.clone(), Budget::default()).take("turn", &coverage).unwrap();
    fs::remove_file(work.join("a.txt")).unwrap();
    assert_eq!(shelf.lost().in_git, [work.join("a.txt")]);
}

#[test]
fn changes_are_found_below_places() {
    let dir = tempfile::tempdir().unwrap();
    let work = repository(&dir);
    fs::write(work.join("a.txt"), "changed").unwrap();
    fs::write(work.join("dir/c.txt"), "changed").unwrap();
    let index = GitIndex::around(&work.join("dir")).unwrap();
    assert_eq!(index.root(), work);
    assert_eq!(index.changed(&[]), [work.join("a.txt"), work.join("dir/c.txt")]);
    assert_eq!(index.changed(&[work.join("dir")]), [work.join("dir/c.txt")]);
}

#[test]
fn a_list_that_is_not_understood_is_no_list() {
    let dir = tempfile::tempdir().unwrap();
    let work = repository(&dir);
    let file = work.join(".git/index");
    let whole = fs::read(&file).unwrap();
    for cut in [0, 3, 11, 40, whole.len() / 2] {
        fs::write(&file, &whole[..cut]).unwrap();
        assert!(GitIndex::around(&work).is_none(), "{cut}");
    }
    for at in 4..whole.len().min(200) {
        let mut wrong = whole.clone();
        wrong[at] = 0xff;
        fs::write(&file, &wrong).unwrap();
        // Whatever it gives, it ends.
        let _ = GitIndex::around(&work);
    }
}
