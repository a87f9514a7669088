//! What was removed or written over comes back, and nothing else happens.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use codex_checkpoint::{Budget, CheckpointStore, Coverage, Fate, Lost, Retention, Taker, ThreadShelf};
use pretty_assertions::assert_eq;

struct World {
    _dir: tempfile::TempDir,
    home: PathBuf,
    work: PathBuf,
    shelf: ThreadShelf,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        let (home, work) = (base.join("home"), base.join("work"));
        for folder in [&home, &work] {
            fs::create_dir(folder).unwrap();
        }
        let shelf = CheckpointStore::new(&home).thread("t1");
        Self { _dir: dir, home, work, shelf }
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.work.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn coverage(&self) -> Coverage<'static> {
        Coverage { roots: vec![self.work.clone()], without: Vec::new(), may_copy: &|_| true }
    }

    fn taker(&self) -> Taker {
        Taker::new(self.shelf.clone(), Budget::default())
    }

    fn fates(&self) -> Vec<(PathBuf, Fate)> {
        self.shelf.lost().files.iter().map(|file| (file.path.clone(), file.fate)).collect()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn removed_and_changed_files_come_back_as_they_were() {
    let world = World::new();
    let notes = world.write("docs/notes.md", "words");
    let script = world.write("run.sh", "#!/bin/sh");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).unwrap();
    let kept = world.write("kept", "same");
    let written = fs::metadata(&notes).unwrap().modified().unwrap();
    let taken = world.taker().take("turn-1", &world.coverage()).unwrap();
    assert_eq!((taken.files, taken.left_out, taken.cut), (3, 0, false));
    assert_eq!(world.fates(), []);
    fs::remove_dir_all(world.work.join("docs")).unwrap();
    fs::write(&script, "other").unwrap();
    assert_eq!(world.fates(), [(notes.clone(), Fate::Removed), (script.clone(), Fate::Changed)]);
    let restored = world.shelf.restore(&world.shelf.lost().files);
    assert_eq!(restored.files, [notes.clone(), script.clone()]);
    assert!(restored.failed.is_empty(), "{:?}", restored.failed);
    assert_eq!(fs::read_to_string(&notes).unwrap(), "words");
    assert_eq!((fs::read_to_string(&script).unwrap().as_str(), mode(&script)), ("#!/bin/sh", 0o750));
    assert_eq!(fs::metadata(&notes).unwrap().modified().unwrap(), written);
    assert_eq!(fs::read_to_string(&kept).unwrap(), "same");
    // What was replaced was copied first.
    assert_eq!(world.fates(), [(script.clone(), Fate::Changed)]);
    world.shelf.restore(&world.shelf.lost().files);
    assert_eq!(fs::read_to_string(&script).unwrap(), "other");
}

#[test]
fn what_cannot_be_copied_is_not_replaced() {
    let world = World::new();
    let path = world.write("a", "small");
    world.taker().take("turn-1", &world.coverage()).unwrap();
    let large = Budget::default().file_bytes_max + 1;
    fs::File::create(&path).unwrap().set_len(large).unwrap();
    let restored = world.shelf.restore(&world.shelf.lost().files);
    assert_eq!((restored.files, restored.failed.len()), (Vec::new(), 1));
    assert_eq!(fs::metadata(&path).unwrap().len(), large);
}

#[test]
fn a_file_is_copied_once_as_long_as_it_does_not_change() {
    let world = World::new();
    let a = world.write("a", "1234");
    let mut taker = world.taker();
    assert_eq!(taker.take("turn-1", &world.coverage()).unwrap().copied_bytes, 4);
    assert_eq!(taker.take("turn-2", &world.coverage()).unwrap().copied_bytes, 0);
    world.write("b", "12");
    assert_eq!(taker.take("turn-3", &world.coverage()).unwrap().copied_bytes, 2);
    assert!(taker.was_there(&a));
    assert!(!taker.was_there(&world.work.join("b")), "it was made later");
    fs::remove_file(&a).unwrap();
    fs::remove_file(world.work.join("b")).unwrap();
    assert_eq!(world.shelf.lost().files.len(), 2);
}

// threat 17
#[test]
fn nothing_is_read_or_written_through_links() {
    let world = World::new();
    let outside = world.home.join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    let inner = world.write("inner/secret", "mine");
    symlink(outside.join("secret"), world.work.join("link")).unwrap();
    symlink(&outside, world.work.join("folder")).unwrap();
    let taken = world.taker().take("turn-1", &world.coverage()).unwrap();
    assert_eq!(taken.files, 1, "links are not followed");
    // A command replaces the folder by a link to another place.
    fs::remove_dir_all(world.work.join("inner")).unwrap();
    fs::remove_file(outside.join("secret")).unwrap();
    symlink(&outside, world.work.join("inner")).unwrap();
    let lost = world.shelf.lost();
    assert_eq!(lost.files.len(), 1);
    let restored = world.shelf.restore(&lost.files);
    assert_eq!((restored.files.len(), restored.failed.len()), (0, 1));
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "nothing was written there");
    // A link in the place of the file itself is not written through either.
    fs::remove_file(world.work.join("inner")).unwrap();
    fs::create_dir(world.work.join("inner")).unwrap();
    symlink(outside.join("target"), &inner).unwrap();
    let restored = world.shelf.restore(&world.shelf.lost().files);
    assert_eq!(restored.files, std::slice::from_ref(&inner));
    assert!(!outside.join("target").exists());
    assert_eq!(fs::read_to_string(&inner).unwrap(), "mine");
}

// threat 18
#[test]
fn copies_are_readable_by_their_owner_only() {
    let world = World::new();
    world.write("a", "x");
    world.taker().take("turn-1", &world.coverage()).unwrap();
    let mut open = vec![world.home.join("checkpoints")];
    let mut files = 0;
    while let Some(path) = open.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        if meta.is_dir() {
            assert_eq!(mode(&path), 0o700, "{path:?}");
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            assert_eq!(mode(&path), 0o600, "{path:?}");
            files += 1;
        }
    }
    assert_eq!(files, 2);
}

#[test]
fn what_does_not_fit_the_budget_is_said() {
    let world = World::new();
    world.write("small", "1");
    world.write("large", &"x".repeat(100));
    let budget = Budget { file_bytes_max: 10, ..Budget::default() };
    let taken = Taker::new(world.shelf.clone(), budget).take("turn-1", &world.coverage()).unwrap();
    assert_eq!((taken.files, taken.left_out), (1, 1));
    assert!(world.shelf.lost().partly);
    let budget = Budget { entries_max: 1, ..Budget::default() };
    let taken = Taker::new(world.shelf.clone(), budget).take("turn-2", &world.coverage()).unwrap();
    assert!(taken.cut);
    let nothing = CheckpointStore::new(&world.home).thread("other").lost();
    assert_eq!(nothing, Lost::default());
}

#[test]
fn folders_that_can_be_made_again_are_passed_over() {
    let world = World::new();
    world.write("src/a", "1");
    world.write("target/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
    world.write("target/debug/huge", "1");
    world.write("node_modules/x/index.js", "1");
    world.write("fake/CACHEDIR.TAG", "no signature");
    let taken = world.taker().take("turn-1", &world.coverage()).unwrap();
    assert_eq!(taken.files, 2);
}

#[test]
fn places_outside_are_kept_by_name() {
    let world = World::new();
    let outside = world.home.join("data");
    fs::create_dir(&outside).unwrap();
    for name in ["a", "b"] {
        fs::write(outside.join(name), name).unwrap();
    }
    let mut taker = world.taker();
    taker.take("turn-1", &world.coverage()).unwrap();
    let taken = taker.keep_places("turn-1", &[outside.clone(), world.home.join("gone")]).unwrap();
    assert_eq!(taken.files, 2);
    fs::remove_dir_all(&outside).unwrap();
    assert_eq!(world.shelf.restore(&world.shelf.lost().files).files.len(), 2);
    assert_eq!(fs::read_to_string(outside.join("b")).unwrap(), "b");
}

#[test]
fn old_and_large_copies_go() {
    let world = World::new();
    world.write("a", &"x".repeat(1_000));
    let store = CheckpointStore::new(&world.home);
    for thread in ["old", "new"] {
        Taker::new(store.thread(thread), Budget::default()).take("turn", &world.coverage()).unwrap();
    }
    let now = SystemTime::now();
    let week = Duration::from_secs(7 * 86_400);
    store.prune(Retention { age_max: week, bytes_max: u64::MAX }, "new", now);
    assert!(store.has("old"));
    store.prune(Retention { age_max: week, bytes_max: u64::MAX }, "new", now + week * 2);
    assert!(!store.has("old"));
    assert!(store.has("new"), "the open thread's copies stay");
    Taker::new(store.thread("big"), Budget::default()).take("turn", &world.coverage()).unwrap();
    store.prune(Retention { age_max: week, bytes_max: 1_500 }, "new", now);
    assert!(!store.has("big"));
}
