//! What counts as protected in real folders.

use std::os::unix::fs::{DirBuilderExt as _, symlink};

use pretty_assertions::assert_eq;

use super::*;

fn paths(existing: &[Existing]) -> Vec<&Path> {
    existing.iter().map(|e| e.path.as_path()).collect()
}

fn survey(roots: &[PathBuf], kept: &[PathBuf]) -> Result<Territory, SpawnError> {
    let mut files = FileRules::default();
    for root in roots {
        files.add(root.clone(), FileAccess::Write);
    }
    Territory::survey(&files, kept)
}

/// A canonical temporary folder.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(dir.path()).unwrap();
    (dir, path)
}

#[test]
fn names_are_protected_present_or_not() {
    let (_dir, root) = folder();
    fs::create_dir(root.join(".git")).unwrap();
    let found = survey(&[root.clone(), root.join("missing")], &[]).unwrap();
    assert_eq!(found.roots.len(), 1);
    assert_eq!(paths(&found.existing), [root.join(".git")]);
    assert_eq!(found.absent, [root.join(".agents"), root.join(".aws"), root.join(".codex")]);
}

#[test]
fn a_linked_name_is_refused() {
    let (_dir, root) = folder();
    symlink("elsewhere", root.join(".codex")).unwrap();
    let error = survey(std::slice::from_ref(&root), &[]).unwrap_err();
    assert!(matches!(error, SpawnError::ProtectedLink { path } if path == root.join(".codex")));
}

#[test]
fn a_worktree_protects_both_git_directories_inside_the_roots() {
    let (_dir, base) = folder();
    let git = base.join("main/.git");
    let linked = git.join("worktrees/w");
    fs::create_dir_all(&linked).unwrap();
    fs::write(linked.join("commondir"), "../..\n").unwrap();
    let work = base.join("w");
    fs::create_dir(&work).unwrap();
    fs::write(work.join(".git"), format!("gitdir: {}\n", linked.display())).unwrap();
    let found = survey(&[work.clone(), base.clone()], &[]).unwrap();
    assert_eq!(paths(&found.existing), [git, linked, work.join(".git")]);
    assert_eq!(found.outermost().map(|root| root.path.clone()).collect::<Vec<_>>(), [base]);
    // With the worktree as the only root its git directories are outside and need no cover.
    let alone = survey(std::slice::from_ref(&work), &[]).unwrap();
    assert_eq!(paths(&alone.existing), [work.join(".git")]);
}

#[test]
fn what_leads_to_a_protected_path_is_pinned() {
    let (_dir, base) = folder();
    let (work, home) = (base.join("a/w"), base.join("b/c/home"));
    fs::create_dir_all(work.join(".git")).unwrap();
    fs::create_dir_all(&home).unwrap();
    let roots = [work.clone(), base.clone()];
    let found = survey(&roots, std::slice::from_ref(&home)).unwrap();
    assert_eq!(paths(&found.existing), [work.join(".git"), home]);
    let pins = found.pins(&found.existing).unwrap();
    assert_eq!(paths(&pins), [base.join("a"), work, base.join("b"), base.join("b/c")]);
    let alone = survey(&roots[..1], &[base.join("b")]).unwrap();
    assert_eq!(alone.pins(&alone.existing).unwrap(), []);
}

#[test]
fn a_git_directory_that_does_not_exist_yet_is_protected_too() {
    let (_dir, root) = folder();
    fs::write(root.join(".git"), "gitdir: real.git\n").unwrap();
    let found = survey(std::slice::from_ref(&root), &[]).unwrap();
    assert!(found.absent.contains(&root.join("real.git")));
}

/// Commands of other processes raise and remove their placeholders at any moment, in a shared `/tmp` above all.
#[test]
fn placeholders_of_others_come_and_go_while_one_looks() {
    let (_dir, root) = folder();
    let name = root.join(".agents");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = fs::DirBuilder::new().mode(0o555).create(&name);
                let _ = fs::remove_dir(&name);
            }
        });
        for _ in 0..3_000 {
            let found = survey(std::slice::from_ref(&root), &[]).unwrap();
            assert!(found.absent.contains(&name));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// Whatever a path is protected or denied for: a placeholder on it is another command's, and goes when that has ended.
#[test]
fn placeholders_of_other_commands_are_held_wherever_they_stand() {
    let (_dir, root) = folder();
    for name in [".git", "kept", "denied"] {
        fs::DirBuilder::new().mode(0o555).create(root.join(name)).unwrap();
    }
    let mut files = FileRules::default();
    files.add(root.clone(), FileAccess::Write);
    files.add(root.join("denied"), FileAccess::Deny);
    let found = Territory::survey(&files, &[root.join("kept")]).unwrap();
    assert!(found.absent.contains(&root.join(".git")) && found.absent.contains(&root.join("kept")));
    assert_eq!(paths(&found.existing), Vec::<&Path>::new());
    assert_eq!(found.borrowed, [root.join("denied")]);
}
