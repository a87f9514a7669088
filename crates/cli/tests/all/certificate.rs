//! `codex sandbox --certify` where the mechanisms are missing for real, and in workspaces that are not plain folders.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use codex_test_support::{CommandOutput, TestCodex};
use pretty_assertions::assert_eq;

use crate::world::world;

/// A world below the build folder: `/tmp` may be writable.
async fn quiet_world() -> TestCodex {
    world().root_in(env!("CARGO_TARGET_TMPDIR")).build().await.unwrap()
}

async fn certify(codex: &TestCodex, folder: &Path) -> CommandOutput {
    codex.command(["sandbox", "--certify", "-C"]).args([folder]).run().await.unwrap()
}

/// Runs a script past the sandbox; `$0` is the program.
async fn script(codex: &TestCodex, script: &str) -> CommandOutput {
    let shell = ["sandbox", "-P", ":danger-full-access", "--", "/bin/sh", "-c", script];
    codex.command(shell).args([env!("CARGO_BIN_EXE_codex")]).run().await.unwrap()
}

/// Everything below the heading `In this workspace`, up to what is in reserve.
fn here(out: &CommandOutput) -> String {
    let (_, here) = out.stdout.split_once("In this workspace").unwrap();
    here.split("In reserve").next().unwrap().to_owned()
}

fn faults(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("  NOT enforced  "));
    lines.map(|line| line.split(": ").next().unwrap()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Takes user namespaces away, in one of the test's own, and then more.
const WITHOUT_NAMESPACES: &str = "exec unshare --user --map-root-user --mount /bin/sh -e -c 'echo 0 > /proc/sys/user/max_user_namespaces; ";

// covers: safety S13
#[tokio::test]
async fn root_without_user_namespaces_is_held_by_bubblewrap() {
    let codex = quiet_world().await;
    let plain = certify(&codex, codex.repo()).await;
    if !plain.stdout.contains("In reserve: bubblewrap") {
        return;
    }
    let out = script(&codex, &format!("{WITHOUT_NAMESPACES} exec \"$0\" sandbox --certify' \"$0\"")).await;
    assert!(out.stdout.starts_with("Sandbox: full: the system's bubblewrap"), "{out:?}");
    assert_eq!((out.code, faults(&out.stdout)), (Some(0), Vec::new()));
    assert!(!out.stdout.contains("In reserve: private namespaces"), "{out:?}");
}

/// As in many containers: root, but neither CAP_SYS_ADMIN nor user namespaces, so that bubblewrap cannot help either.
#[tokio::test]
async fn a_container_without_rights_is_held_by_landlock_and_says_what_that_lacks() {
    let codex = quiet_world().await;
    if !certify(&codex, codex.repo()).await.stdout.contains("In reserve: bubblewrap") {
        return;
    }
    let rest = "exec setpriv --bounding-set=-sys_admin --inh-caps=-all \"$0\" sandbox --certify' \"$0\"";
    let out = script(&codex, &format!("{WITHOUT_NAMESPACES} {rest}")).await;
    if out.stdout.starts_with("Sandbox: none") {
        return;
    }
    assert!(out.stdout.starts_with("Sandbox: reduced: Landlock"), "{out:?}");
    let lacking = [
        "entries directly in a writable root can be made",
        "modes of files in writable roots can be changed",
        "processes outside are invisible",
        "System V objects are private",
        "shared memory works and is private",
        "the folders that lead to it can be listed",
        "the network proxy itself is reached",
        "entries directly in the workspace can be made",
    ];
    let mut found = faults(&out.stdout);
    // Tried only where there is one.
    found.retain(|fault| *fault != "the folder of a background server is hidden");
    assert_eq!((out.code, found), (Some(1), lacking.to_vec()));
    assert!(!out.stdout.contains("In reserve"), "{out:?}");
    let refused =
        "  enforced      behind the network proxy no local socket is reached (such commands are refused)";
    assert!(out.stdout.contains(refused), "{out:?}");
    assert!(
        out.stdout.contains("  enforced      what a profile denies cannot be read (Landlock)"),
        "{out:?}"
    );
}

#[tokio::test]
async fn a_worktree_keeps_its_pointer_and_both_git_folders() {
    let codex = quiet_world().await;
    let work = codex.root().join("linked-tree");
    let make = "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one && git worktree add -q ../linked-tree";
    let made = script(&codex, make).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let before = (names(&work), names(&codex.repo().join(".git")), fs::read(work.join(".git")).unwrap());
    let out = certify(&codex, &work).await;
    if out.stdout.starts_with("Sandbox: full: ") {
        assert_eq!((out.code, faults(&out.stdout)), (Some(0), Vec::new()), "{out:?}");
        assert!(here(&out).contains("enforced      the git folders a pointer leads to stay"), "{out:?}");
    }
    assert_eq!(
        (names(&work), names(&codex.repo().join(".git")), fs::read(work.join(".git")).unwrap()),
        before
    );
}

#[tokio::test]
async fn a_workspace_behind_a_link_is_held_and_a_linked_name_is_told() {
    let codex = quiet_world().await;
    let link = codex.root().join("way-in");
    symlink(codex.repo(), &link).unwrap();
    let before = (names(codex.root()), names(codex.repo()));
    let out = certify(&codex, &link).await;
    if !out.stdout.starts_with("Sandbox: full: ") {
        return;
    }
    assert_eq!((out.code, faults(&out.stdout)), (Some(0), Vec::new()), "{out:?}");
    assert_eq!((names(codex.root()), names(codex.repo())), before);
    symlink(codex.home(), codex.repo().join(".codex")).unwrap();
    let out = certify(&codex, &link).await;
    assert_eq!((out.code, faults(&here(&out))), (Some(1), vec!["commands start here"]), "{out:?}");
    assert!(here(&out).contains("is a symbolic link inside a writable root"), "{out:?}");
}

/// The mechanisms that are wanted need no other program: with nothing on `PATH` the sandbox is the same.
// covers: safety S14
#[tokio::test]
async fn without_bubblewrap_on_the_path_nothing_is_missing() {
    let codex = quiet_world().await;
    let plain = certify(&codex, codex.repo()).await;
    let empty = codex.root().join("no-programs");
    fs::create_dir(&empty).unwrap();
    let bare = codex.command(["sandbox", "--certify"]).env("PATH", &empty).run().await.unwrap();
    let verdict = |out: &CommandOutput| (out.code, out.stdout.lines().next().map(str::to_owned));
    if plain.stdout.contains("  namespaces   available") {
        assert_eq!(verdict(&bare), verdict(&plain));
    }
    assert!(bare.stdout.contains("  bubblewrap   `bwrap` is not on PATH"), "{bare:?}");
    let refused = codex.command(["sandbox", "--barrier", "bubblewrap", "--", "/bin/true"]);
    let refused = refused.env("PATH", &empty).run().await.unwrap();
    assert_eq!((refused.code, &*refused.stdout), (Some(1), ""));
    assert!(refused.stderr.contains("`bwrap` is not on PATH"), "{refused:?}");
}

#[tokio::test]
async fn what_other_systems_would_be_told_can_be_read() {
    let codex = quiet_world().await;
    let plan = |system: &'static str, profile: &'static str| {
        codex.command(["sandbox", "--plan", system, "-P", profile, "--", "touch", "ran"]).run()
    };
    let macos = plan("macos", ":workspace").await.unwrap();
    assert!(macos.stdout.starts_with("(version 1)\n(deny default)\n"), "{macos:?}");
    let value = format!("={}\n", codex.repo().join(".git").display());
    assert!(macos.stdout.contains("; -D KEPT_") && macos.stdout.contains(&value), "{macos:?}");
    let windows = plan("windows", ":read-only").await.unwrap();
    assert!(windows.stdout.starts_with("1. make an identity for this command\n"), "{windows:?}");
    let open = plan("windows", ":danger-full-access").await.unwrap();
    assert_eq!(open.stdout, "no sandbox: the command may do everything\n");
    assert!(!codex.repo().join("ran").exists());
}
