//! A folder swapped for a link while a patch is written must not carry the write outside.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use codex_patch::{parse, verify};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::support::{Workspace, texts};

const ROUNDS: usize = 300;

const PATCH: &str = "*** Begin Patch\n*** Add File: d/deep/new.txt\n+1\n*** Update File: d/f.txt\n@@\n-a\n+A\n\
     *** Update File: d/g.txt\n*** Move to: d/h.txt\n@@\n-b\n+B\n*** Delete File: d/gone.txt\n*** End Patch";

// threat 3, threat 17
#[test]
fn a_swapped_folder_carries_nothing_outside() {
    let workspace = Workspace::new(&texts([]));
    let (cwd, scope) = (&workspace.cwd, workspace.scope());
    let outside = workspace.outer.join("outside");
    fill(&outside);
    let patch = parse(PATCH).unwrap();
    let mut refused = 0;
    for _ in 0..ROUNDS {
        fill(&cwd.join("d"));
        let plan = verify(&patch, cwd).unwrap();
        let stop = AtomicBool::new(false);
        thread::scope(|threads| {
            threads.spawn(|| swap_until(&stop, cwd, &outside));
            refused += usize::from(plan.apply(&scope).is_err());
            stop.store(true, Ordering::Relaxed);
        });
        let mut names: Vec<_> =
            fs::read_dir(&outside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["f.txt", "g.txt", "gone.txt"]);
        assert_eq!(fs::read_to_string(outside.join("f.txt")).unwrap(), "a\n");
        fs::remove_dir_all(cwd.join("d")).unwrap();
    }
    // Without a single lost race the test would have shown nothing.
    assert!(refused > 0, "no round raced");
}

fn fill(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    for (name, text) in [("f.txt", "a\n"), ("g.txt", "b\n"), ("gone.txt", "c\n")] {
        fs::write(dir.join(name), text).unwrap();
    }
}

/// Exchanges the folder `d` with a link to `outside` again and again; ends with the folder in place.
fn swap_until(stop: &AtomicBool, cwd: &Path, outside: &Path) {
    let (dir, link) = (cwd.join("d"), cwd.join("link"));
    let exchange = || renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE).unwrap();
    symlink(outside, &link).unwrap();
    while !stop.load(Ordering::Relaxed) {
        exchange();
        exchange();
    }
    fs::remove_file(&link).unwrap();
}
