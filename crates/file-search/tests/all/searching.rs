//! Walks, questions and the end of a search.

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use codex_file_search::{FileSearch, Found, Kind};
use pretty_assertions::assert_eq;
use tempfile::TempDir;

/// How long a test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers that may wait for the test.
const ANSWERS_MAX: usize = 1_000;

struct Desk {
    dir: TempDir,
    search: FileSearch,
    told: Receiver<Found>,
}

impl Desk {
    fn of(dir: TempDir) -> Self {
        let (tell, told) = sync_channel(ANSWERS_MAX);
        let search = FileSearch::start(dir.path().to_path_buf(), move |found| {
            let _ = tell.send(found);
        });
        Self { dir, search: search.unwrap(), told }
    }

    fn with(files: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            write(dir.path(), file, "");
        }
        Self::of(dir)
    }

    /// The last answer to a question.
    fn found(&self, query: &str) -> Found {
        self.search.ask(query);
        loop {
            let found = self.told.recv_timeout(PATIENCE).unwrap();
            if found.complete && found.query == query {
                return found;
            }
        }
    }

    fn paths(&self, query: &str) -> Vec<String> {
        self.found(query).matches.into_iter().map(|found| found.path).collect()
    }
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn letters_find_paths_and_are_marked() {
    let desk = Desk::with(&["zebra_notes.md", "src/zebra.rs", "src/main.rs", "docs/a b.md"]);
    assert_eq!(desk.paths("zeb"), ["src/zebra.rs", "zebra_notes.md"]);
    let found = desk.found("srm");
    assert_eq!((found.total, found.matches[0].path.as_str()), (1, "src/main.rs"));
    assert_eq!(found.matches[0].marked, [0, 1, 4]);
    assert_eq!(desk.found("zebra").matches[0].marked, [4, 5, 6, 7, 8], "the last part of the path is meant");
    assert_eq!(desk.paths("a b"), ["docs/a b.md"]);
    assert_eq!(desk.found("nothing at all").matches, []);
}

#[test]
fn without_letters_the_nearest_come_first() {
    let desk = Desk::with(&["b.txt", "src/deep/c.txt", "a.txt"]);
    assert_eq!(desk.paths(""), ["a.txt", "b.txt", "src", "src/deep", "src/deep/c.txt"]);
    assert_eq!(desk.found("src").matches[0].kind, Kind::Folder);
}

#[test]
fn hidden_files_are_offered_and_stores_and_ignored_files_are_not() {
    let dir = tempfile::tempdir().unwrap();
    for file in [
        ".git/config",
        ".env",
        ".github/ci.yml",
        "target/out.bin",
        "keep/target.rs",
        "sub/x.log",
        "sub/y.log",
    ] {
        write(dir.path(), file, "");
    }
    write(dir.path(), "worktree/.git", "gitdir: elsewhere");
    write(dir.path(), ".gitignore", "/target/\n*.log\n");
    write(dir.path(), "sub/.gitignore", "!y.log\n");
    write(dir.path(), ".git/info/exclude", "notes.txt\n");
    write(dir.path(), "notes.txt", "");
    let desk = Desk::of(dir);
    let all = desk.paths("");
    assert_eq!(
        all,
        [
            ".env",
            ".github",
            ".gitignore",
            "keep",
            "sub",
            "worktree",
            ".github/ci.yml",
            "keep/target.rs",
            "sub/.gitignore",
            "sub/y.log",
        ]
    );
}

#[test]
fn the_rules_of_folders_above_hold_too() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), ".git/HEAD", "");
    write(dir.path(), ".gitignore", "*.tmp\n");
    write(dir.path(), "inner/a.tmp", "");
    write(dir.path(), "inner/a.rs", "");
    let (tell, told) = sync_channel(ANSWERS_MAX);
    let search = FileSearch::start(dir.path().join("inner"), move |found| {
        let _ = tell.send(found);
    })
    .unwrap();
    search.ask("");
    let found = std::iter::repeat_with(|| told.recv_timeout(PATIENCE).unwrap()).find(|found| found.complete);
    let paths: Vec<String> = found.unwrap().matches.into_iter().map(|found| found.path).collect();
    assert_eq!(paths, ["a.rs"]);
    search.stop();
}

#[cfg(unix)]
#[test]
fn loops_of_links_and_pipes_hold_nothing_up() {
    use std::os::unix::fs::symlink;

    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a/file.rs", "");
    symlink("..", dir.path().join("a/up")).unwrap();
    symlink("/", dir.path().join("a/everything")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join(".gitignore")).status().unwrap();
    assert!(made.success());
    let desk = Desk::of(dir);
    assert_eq!(desk.paths(""), [".gitignore", "a", "a/everything", "a/file.rs", "a/up"]);
}

#[test]
fn narrowing_and_widening_agree_with_a_fresh_search() {
    let files: Vec<String> = (0..3_000).map(|n| format!("d{}/file_{n}.rs", n % 7)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let desk = Desk::with(&files);
    for query in ["f", "fi", "fi1", "fi", "fi12", "F", "Fi", ""] {
        let narrowed = desk.found(query);
        let (tell, told) = sync_channel(ANSWERS_MAX);
        let other = FileSearch::start(desk.dir.path().to_path_buf(), move |found| {
            let _ = tell.send(found);
        })
        .unwrap();
        other.ask(query);
        let fresh =
            std::iter::repeat_with(|| told.recv_timeout(PATIENCE).unwrap()).find(|found| found.complete);
        assert_eq!(Some(narrowed), fresh, "{query}");
        other.stop();
    }
}

#[test]
fn a_search_ends_when_it_is_stopped_or_dropped() {
    let desk = Desk::with(&["a"]);
    let Desk { dir, search, told } = desk;
    search.ask("a");
    search.stop();
    assert!(told.iter().count() <= 2, "the sender is gone with its thread");
    let (tell, told) = sync_channel(ANSWERS_MAX);
    let search = FileSearch::start(dir.path().to_path_buf(), move |found| {
        let _ = tell.send(found);
    })
    .unwrap();
    drop(search);
    assert!(told.recv_timeout(PATIENCE).is_err(), "nothing was asked, and the thread has ended");
}
