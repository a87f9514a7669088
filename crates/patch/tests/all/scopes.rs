//! What lies inside the roots and what does not, links, names and spellings included.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use codex_patch::{OutsideReason, WriteScope, parse, verify};
use pretty_assertions::assert_eq;

use crate::support::{Workspace, texts};

fn check(cwd: &Path, scope: &WriteScope, sections: &str) -> Option<OutsideReason> {
    let patch = parse(&format!("*** Begin Patch\n{sections}\n*** End Patch")).unwrap();
    verify(&patch, cwd).unwrap().check(scope).err().map(|outside| outside.reason)
}

fn add(cwd: &Path, scope: &WriteScope, path: &str) -> Option<OutsideReason> {
    check(cwd, scope, &format!("*** Add File: {path}\n+1"))
}

// threat 7, threat 35
#[test]
fn roots_are_compared_part_by_part() {
    let workspace = Workspace::new(&texts([]));
    let scope = workspace.scope();
    let outside = Some(OutsideReason::OutsideRoots);
    for (path, expected) in [
        ("x", None),
        ("a/b/c", None),
        ("a/../b", None),
        ("../cwd/x", None),
        ("../cwd-evil/x", outside),
        ("../x", outside),
        ("a/../../x", outside),
        ("/etc/x", outside),
    ] {
        assert_eq!(add(&workspace.cwd, &scope, path), expected, "{path}");
    }
    let read_only = WriteScope::below(Vec::<&Path>::new());
    assert_eq!(add(&workspace.cwd, &read_only, "x"), Some(OutsideReason::ReadOnly));
    assert_eq!(add(&workspace.cwd, &WriteScope::below(["relative"]), "x"), Some(OutsideReason::ReadOnly));
}

// threat 28
#[test]
fn protected_names_are_known_in_any_spelling() {
    let workspace = Workspace::new(&texts([]));
    let scope = workspace.scope();
    for name in [
        ".git",
        ".Git",
        ".GIT",
        ".codex",
        ".CODEX",
        ".agents",
        ".agentſ",
        ".aws",
        ".git.",
        ".git ",
        ".git::$x",
        ".g\u{200c}it",
        "GIT~1",
    ] {
        for path in [format!("{name}/x"), name.to_owned(), format!("a/../{name}/hooks/y")] {
            // A name at the end of a line is trimmed by the parser.
            let expected = Some(OutsideReason::Protected);
            assert_eq!(add(&workspace.cwd, &scope, &path), expected, "{path}");
        }
    }
    for free in [".gitignore", ".github/x", "git/x", "sub/.git/x", "x.git/y", ".codexrc"] {
        assert_eq!(add(&workspace.cwd, &scope, free), None, "{free}");
    }
}

#[test]
fn the_innermost_root_decides() {
    let workspace = Workspace::new(&texts([(".codex/work/k", "1\n"), ("sub/k", "1\n")]));
    let cwd = &workspace.cwd;
    let scope = WriteScope::below([cwd.clone(), cwd.join("sub"), cwd.join(".codex/work")]);
    assert_eq!(add(cwd, &scope, ".codex/work/x"), None);
    assert_eq!(add(cwd, &scope, ".codex/x"), Some(OutsideReason::Protected));
    assert_eq!(add(cwd, &scope, "sub/.git/x"), Some(OutsideReason::Protected));
}

// threat 3, threat 35
#[test]
fn links_count_where_they_lead() {
    let workspace = Workspace::new(&texts([("in/f.txt", "a\n")]));
    let (cwd, scope) = (&workspace.cwd, workspace.scope());
    fs::create_dir(workspace.outer.join("out")).unwrap();
    fs::write(workspace.outer.join("out/f.txt"), "a\n").unwrap();
    symlink("../out", cwd.join("dir")).unwrap();
    symlink("../out/f.txt", cwd.join("file")).unwrap();
    symlink("../out/none", cwd.join("dangling")).unwrap();
    symlink("in", cwd.join("inner")).unwrap();
    symlink("loop", cwd.join("loop")).unwrap();
    symlink(".git/config", cwd.join("config")).unwrap();
    let outside = Some(OutsideReason::OutsideRoots);
    for (path, expected) in [
        ("dir/x", outside),
        ("dir/new/x", outside),
        ("file", outside),
        ("dangling", outside),
        ("inner/x", None),
        ("loop", Some(OutsideReason::Unresolvable)),
        ("config", Some(OutsideReason::Protected)),
    ] {
        assert_eq!(add(cwd, &scope, path), expected, "{path}");
    }
    let update = |path: &str| check(cwd, &scope, &format!("*** Update File: {path}\n@@\n-a\n+A"));
    assert_eq!((update("file"), update("dir/f.txt"), update("inner/f.txt")), (outside, outside, None));
    let delete = |path: &str| check(cwd, &scope, &format!("*** Delete File: {path}"));
    assert_eq!((delete("file"), delete("dir/f.txt")), (None, outside));
    let moved =
        |to: &str| check(cwd, &scope, &format!("*** Update File: in/f.txt\n*** Move to: {to}\n@@\n-a"));
    assert_eq!((moved("g"), moved("dir/g"), moved("file")), (None, outside, outside));
    let move_from = check(cwd, &scope, "*** Update File: dir/f.txt\n*** Move to: g\n@@\n-a");
    assert_eq!(move_from, outside);
}

#[test]
fn what_a_protected_name_points_to_is_protected() {
    let workspace = Workspace::new(&texts([(".git", "gitdir: store/real\n"), ("store/real/HEAD", "x\n")]));
    let cwd = &workspace.cwd;
    fs::create_dir(cwd.join("settings")).unwrap();
    symlink("settings", cwd.join(".codex")).unwrap();
    let scope = workspace.scope();
    let protected = Some(OutsideReason::Protected);
    assert_eq!(add(cwd, &scope, "store/real/hooks/x"), protected);
    assert_eq!(add(cwd, &scope, "settings/config.toml"), protected);
    assert_eq!(add(cwd, &scope, "store/other"), None);
}

// threat 29
#[test]
fn a_linked_worktree_protects_the_folder_it_shares() {
    let workspace = Workspace::new(&texts([
        ("w/.git", "gitdir: ../main/.git/worktrees/w\n"),
        ("main/.git/worktrees/w/commondir", "../..\n"),
        ("main/.git/config", "x\n"),
    ]));
    let cwd = &workspace.cwd;
    let scope = WriteScope::below([cwd.join("w"), cwd.clone()]);
    let protected = Some(OutsideReason::Protected);
    for path in ["main/.git/hooks/pre-commit", "main/.git/config", "main/.git/worktrees/w/x", "w/.git"] {
        assert_eq!(add(cwd, &scope, path), protected, "{path}");
    }
    assert_eq!((add(cwd, &scope, "main/src/x"), add(cwd, &scope, "w/x")), (None, None));
}

// threat 26, threat 31
#[test]
fn kept_places_are_protected_however_they_are_named() {
    let workspace = Workspace::new(&texts([("home/config.toml", "x\n")]));
    let cwd = &workspace.cwd;
    symlink("home", cwd.join("alias")).unwrap();
    let scope = WriteScope::below([cwd]).keeping([cwd.join("alias")]);
    let protected = Some(OutsideReason::Protected);
    for path in ["home/config.toml", "alias/new", "a/../home/rules/x"] {
        assert_eq!(add(cwd, &scope, path), protected, "{path}");
    }
    assert_eq!(add(cwd, &scope, "home2/x"), None);
}

// threat 17
#[test]
fn a_root_swapped_for_a_link_grants_nothing() {
    let workspace = Workspace::new(&texts([("root/f.txt", "a\n")]));
    let root = workspace.cwd.join("root");
    fs::create_dir(workspace.cwd.join("secret")).unwrap();
    let scope = WriteScope::below([&root]);
    let patch = parse("*** Begin Patch\n*** Add File: x.txt\n+1\n*** End Patch").unwrap();
    let plan = verify(&patch, &root).unwrap();
    plan.check(&scope).unwrap();
    fs::rename(&root, workspace.cwd.join("old")).unwrap();
    symlink("secret", &root).unwrap();
    assert!(plan.check(&scope).is_err());
    assert!(plan.apply(&scope).is_err());
    assert!(!workspace.cwd.join("secret/x.txt").exists());
}
